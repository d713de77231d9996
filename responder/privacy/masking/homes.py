"""Numbers of houses and flats. The street stays, as helpers need it; the number is somebody's door."""

import re
from collections.abc import Iterator, Sequence

from responder.privacy.masking.folding import fold_words
from responder.privacy.masking.vocabulary import COUNTED, COUNTED_INSIDE, CURRENCY, NUMBER_SIGN
from responder.privacy.masking.words import LETTER, WORD, Word

NUMBER = re.compile(
    rf"(\d{{1,5}}(?:[/-]\d{{1,4}})?(?: ?(?:bis|ter)\b|[{LETTER}-]{{1,3}}(?![{LETTER}]))?)(?![{LETTER}%])(?![.,:]\d)"
)
# A door by itself, and a house, after which a number may be a count.
DOORS = fold_words("""
    flat apt apartment apto apartamento departamento dpto depto appartement appart wohnung blk villa plot
    h.no hno кв квартира кв-ра офис дом д будинок буд корпус daire شقة واحد پلاک فلیٹ फ्लैट फ्ल्याट
    ফ্ল্যাট கதவு
""")
HOUSES = fold_words("""
    house door block bloque lot lote unit casa maison haus home rumah kay nyumba bahay ev منزل بيت دار عمارة خانه مکان گھر मकान घर বাড়ি বাসা வீட்டு வீடு
""")
STREETS = fold_words("""
    rua avenida av travessa calle carrera cra kra jiron jirón rue boulevard bd bulevar ул улица вул вулиця проспект просп пр-т
    переулок пер провулок шоссе бульвар jl jln jalan gang gg شارع خیابان کوچه ri street mtaa via
""")
AFTER_STREET = fold_words("caddesi cad sokak sokağı sok bulvarı mahallesi strasse str straße")
BEFORE_STREET = fold_words("rue avenue boulevard impasse allée allee chemin place ri route")
SUFFIXES = fold_words("street st road rd avenue ave lane ln drive close court crescent")
_FILLER = NUMBER_SIGN
STREET_TAIL = re.compile(
    rf"\.?(?: (?!km )[\w'.-]{{1,30}}){{1,5}}?,?(?: |(?=\W)){_FILLER}(?<!\d:){NUMBER.pattern}(?! (?i:de|do|da)\b)",
    re.IGNORECASE,
)
DOOR_TAIL = re.compile(rf"{_FILLER}{NUMBER.pattern}", re.IGNORECASE)
BEFORE_FRENCH = re.compile(rf"(?<![\w.]){NUMBER.pattern},? $")
BEFORE_ENGLISH = re.compile(
    rf"(?<![\w.]){NUMBER.pattern},? (?:(?:[A-Z][\w'.-]{{1,30}} ){{1,3}}|(?:old |new )?([a-z]{{3,20}}) )$"
)
LOOK_BACK = 80
NO_STREET = fold_words(
    "the this that main_road people cars trucks houses families blocked flooded other more down from along"
)
_HAN = "\u4e00-\u9fff"
CHINESE = re.compile(r"(?<=[路街巷道弄里村组町])(\d{1,5}(?:-\d{1,4})?)(?=号)|(?<!\d)(\d{2,5})(?=室)")
JAPANESE = re.compile(
    rf"[{_HAN}]\d{{1,3}}-\d{{1,3}}-(\d{{1,4}})(?!\d)|(?:丁目|[{_HAN}]町)\d{{1,3}}(?:番地?|-)(\d{{1,4}})(?![\d-])|(\d{{1,4}})(?=番地|号室)"
)


def spans(text: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Ranges of house and flat numbers in a folded text."""
    if not any(map(str.isdigit, text)):
        return
    for word in words:
        yield from _beside(text, word)
    if not text.isascii():
        for pattern in (CHINESE, JAPANESE):
            yield from (match.span(match.lastindex or 0) for match in pattern.finditer(text))


def _beside(text: str, word: Word) -> Iterator[tuple[int, int]]:
    """The number beside a word that may be a house's, a street's or a flat's."""
    if word.lower in DOORS or word.lower in HOUSES or word.lower in AFTER_STREET:
        match = DOOR_TAIL.match(text, word.end)
        if match and not _is_count(text, match, 1, word):
            yield match.span(1)
    if word.lower in STREETS:
        match = STREET_TAIL.match(text, word.end)
        if match and not _is_count(text, match, 1, word):
            yield match.span(1)
    if word.lower in BEFORE_STREET and (match := BEFORE_FRENCH.search(text, max(0, word.start - 16), word.start)):
        yield match.span(1)
    if word.lower in SUFFIXES:
        match = BEFORE_ENGLISH.search(text, max(0, word.start - LOOK_BACK), word.start)
        if match and (match[2] is None or _is_street(match)):
            yield match.span(1)


def _is_street(match: re.Match[str]) -> bool:
    """Whether “21 baker street”, in small letters, is an address: “2 main roads” is none."""
    return match[2] not in NO_STREET and match[2] not in COUNTED and len(match[1]) > 1


def _is_count(text: str, match: re.Match[str], group: int, word: Word) -> bool:
    """Whether the number counts what follows it."""
    after = WORD.match(text, match.end(group) + 1)
    following = after[0].lower() if after and text[match.end(group)] in " -" else ""
    if following in COUNTED or following in CURRENCY or text.startswith(COUNTED_INSIDE, match.end(group)):
        return True
    signed = len(text[word.end : match.start(group)].strip(" ,:-")) > 0
    return (
        word.lower in HOUSES and not signed and following.isascii() and following.islower() and following not in LINKS
    )


# After the number of a house a sentence may go on with these; with another word the number is a count.
LINKS = fold_words(
    "in on at near behind beside and with is next opposite del de en y junto frente detrás con da do na no em e perto ao du "
    "près et derrière dans dekat di dan belakang karibu na nan dèyè ak bo sa tabi yakininda"
)
