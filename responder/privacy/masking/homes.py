"""Masks house and flat numbers. The street stays, because helpers need it."""

import re
from collections.abc import Iterator, Sequence

from responder.privacy.masking.folding import fold, fold_words
from responder.privacy.masking.vocabulary import COUNTED, COUNTED_INSIDE, CURRENCY, NUMBER_SIGN
from responder.privacy.masking.words import DIGIT, LETTER, WORD, Word

NUMBER = re.compile(
    rf"(\d{{1,5}}(?:[/-]\d{{1,4}})?(?: ?(?:bis|ter)\b|[{LETTER}-]{{1,3}}(?![{LETTER}]))?)(?![{LETTER}%])(?![.,:]\d)"
)
# A door by itself, and a house, after which a number may be a count.
DOORS = fold_words("""
    flat apt apts apartment apto apartamento departamento dpto depto appartement appart wohnung blk villa plot
    h.no hno кв квартира кв-ра офис дом д будинок буд корпус daire شقة واحد پلاک فلیٹ फ्लैट फ्ल्याट
    ফ্ল্যাট கதவு wohnung whg appartamento mieszkanie комн комната кімната หมายเลขห้อง
""")
HOUSES = fold_words("""
    house door block bloque lot lote unit casa maison haus home rumah kay nyumba bahay ev منزل بيت دار عمارة خانه مکان گھر मकान घर বাড়ি বাসা வீட்டு வீடு
    room suite habitación cuarto chambre quarto zimmer interno stanza kwarto kuwarto silid chumba chanm kamar oda phòng غرفة اتاق کمرہ
    कमरा कोठा ঘর রুম কক্ষ அறை puerta porte porta pinto mlango pòt pintu kapı باب دروازہ दरवाज़ा दरवाजा ढोका দরজা
""")
# The dam's gate 4 is nobody's door.
PUBLIC = (
    fold("""
    dam barragem presa represa barrage baraj bendungan stadium estadio estádio stade airport aeropuerto aeroporto aéroport
    hospital hôpital harbour harbor port puerto porto sluice سد السد المستشفى المطار
""")
    .text.lower()
    .split()
)
STREETS = fold_words("""
    rua avenida av travessa calle carrera cra kra jr jiron jirón rue boulevard bd bulevar ул улица вул вулиця проспект просп пр-т
    переулок пер провулок шоссе бульвар jl jln jalan gang gg شارع خیابان کوچه ri street mtaa via viale corso ulica οδός đường
""")
AFTER_STREET = fold_words("caddesi cad sokak sokağı sok bulvarı mahallesi strasse str straße")
BEFORE_STREET = fold_words("rue avenue boulevard impasse allée allee chemin place ri route")
# Lindenstraße, Kerkstraat: the kind of street is the end of its name.
JOINED_STREET, SHORTEST = ("strasse", "str", "gasse", "weg", "allee", "straat", "gatan", "gaten", "vej"), 6
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
LOOK_BACK, LATIN_ENDS = 80, "\u0250"
NO_STREET = fold_words(
    "the this that main_road people cars trucks houses families blocked flooded other more down from along"
)
_HAN = "\u4e00-\u9fff"
_THAI_HOUSE, _THAI_ROOM = fold("บ้านเลขที่|เลขที่บ้าน").text, fold("เลขที่ห้อง|ห้องเลขที่|ห้องพัก|ห้อง").text
_BURMESE_DOOR = fold("အိမ်အမှတ်|အခန်းအမှတ်|တိုက်ခန်းအမှတ်").text
_LANES = "".join(f"(?<!{kind}道)" for kind in ("国", "省", "县", "県", "府", "都", "市", "高速"))
# Under a sign that such a text holds, the numbers in scripts that put no spaces between words, and those before their house.
BESIDE = tuple((sign, re.compile(pattern)) for sign, pattern in (
    ("号", rf"(?<=[路街巷道弄里村组町]){_LANES}(\d{{1,5}}(?:-\d{{1,4}})?)(?=号)"),
    ("门牌", r"门牌(?:号码?)?(?:是|为)?[: ]{0,2}(\d{1,5}(?:-\d{1,4})?)"),
    ("室", r"(?<=[栋幢座元楼梯])(\d{2,5})(?=室)|(?<!\d)(\d{3,5})(?=室)"),
    ("房", r"(?<=[栋幢座元楼梯])(\d{2,5})(?=房)"),
    ("-", rf"[{_HAN}]\d{{1,3}}-\d{{1,3}}-(\d{{1,4}})(?!\d)"),
    ("丁目", r"丁目\d{1,3}(?:番地?|-)(\d{1,4})(?![\d-])"),
    ("町", rf"[{_HAN}]町\d{{1,3}}(?:番地?|-)(\d{{1,4}})(?![\d-])"),
    ("番地", r"(\d{1,4})(?=番地)"),
    ("号室", r"(\d{1,4})(?=号室)|号室(?:は|[: ]){0,2}(\d{1,4})"),
    ("部屋番号", r"部屋番号(?:は|[: ]){0,2}(\d{1,4})"),
    ("호", r"동 ?(\d{1,4})(?=호)|(?<!\d)(\d{3,4})(?=호(?!선|차|기|점|실))"),
    ("번지", r"(\d{1,4}(?:-\d{1,4})?)(?=번지)"),
    (fold("ที่").text, rf"(?:{_THAI_HOUSE})[ .:]{{0,3}}(\d{{1,5}}(?:/\d{{1,4}})?)(?![\d.,:])"),
    (fold("ห้อง").text, rf"(?:{_THAI_ROOM})[ .:]{{0,3}}(\d{{1,5}}(?:/\d{{1,4}})?)(?![\d.,:])"),
    (fold("အမှတ်").text, rf"(?:{_BURMESE_DOOR})[ .:()]{{0,3}}(\d{{1,5}})(?![\d.,:])"),
    ("umaral", r"(?<![\w.])(\d{1,5}[a-z]?) ?[Nn]umaral[ıi] (?:oda|daire|ev|kap[ıi]|bina)"),
    ("lu ", r"(?<![\w.])(\d{1,5}[a-z]?) ?[Nn]o'?lu (?:oda|daire|ev|kap[ıi]|bina)"),
    ("nha ", r"\b[Ss]o nha[ .:]{1,3}(\d{1,5}[a-z]?(?:/\d{1,4})?)(?!\w|[.,:]\d)"),
    (" so ", r"\b(?:[Nn]ha|[Pp]hong|[Cc]an ho) so[ .:]{1,3}(\d{1,5}[a-z]?(?:/\d{1,4})?)(?!\w|[.,:]\d)"),
    ("aire", r"\b[Nn][Oo][.: ]{0,3}(\d{1,5}[A-Za-z]?)(?=[ ,/-]{1,3}[Dd]aire\b)"),
    ("No", r"\b[Hh]\. ?No\.?[: ]{0,2}(\d{1,4}(?:[-/]\d{1,4}){0,3})(?!\w)"),
    ("D", r"[Nn][Oo][.: ]{0,3}[\d•]{1,6}[ ,/-]{1,3}D[:.] ?(\d{1,4})(?!\w|[.,:]\d)"),
    ("ul. ", r"\b[Uu]l\. [^\d\n•]{2,40} (\d{1,4}[a-z]?)(?![\w%]|[.,:]\d)"),
    ("ul. ", r"\bul\. [^\d\n]{2,40} (\d{1,4}[a-z]?)(?=(?:/| ?m\. ?)[\d•])"),
    ("ul. ", r"\bul\. [^\d\n•]{2,40} [\d•]{1,4}[a-z]?(?:/| ?m\. ?)(\d{1,4})(?!\w|[.,:]\d)"),
))  # fmt: skip


def spans(text: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Ranges of house and flat numbers in a folded text."""
    if not DIGIT.search(text):
        return
    for word in words:
        yield from _beside(text, word)
    for sign, pattern in BESIDE:
        if sign in text:
            yield from (match.span(match.lastindex or 0) for match in pattern.finditer(text))


def _is_joined_street(word: Word) -> bool:
    return word.lower.endswith(JOINED_STREET) and word.text[0].isupper() and len(word.text) >= SHORTEST


def _beside(text: str, word: Word) -> Iterator[tuple[int, int]]:
    """The number beside a word that may be a house's, a street's or a flat's."""
    if word.lower in DOORS or word.lower in HOUSES or word.lower in AFTER_STREET or _is_joined_street(word):
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
    """Whether “21 baker street”, in lower case, is an address; “2 main roads” is not."""
    return match[2] not in NO_STREET and match[2] not in COUNTED and len(match[1]) > 1


def _is_count(text: str, match: re.Match[str], group: int, word: Word) -> bool:
    """Whether the number counts what follows it."""
    after = WORD.match(text, match.end(group) + 1)
    following = after[0].lower() if after and text[match.end(group)] in " -" else ""
    if following in COUNTED or following in CURRENCY or text.startswith(COUNTED_INSIDE, match.end(group)):
        return True
    signed = len(text[word.end : match.start(group)].strip(" ,:-")) > 0
    if word.lower not in HOUSES:
        return False
    is_word = following[:1].isalpha() and following[0] < LATIN_ENDS and not (after and after[0].istitle())
    return (not signed and is_word and following not in LINKS) or _is_public(text, match.end(group))


def _is_public(text: str, end: int) -> bool:
    """Whether the number is that of a public building's door, as in “porta 4 da barragem”."""
    words = [word[0].lower() for word in WORD.finditer(text, end, min(len(text), end + 24))][:3]
    return bool(words) and words[0] in LINKS and not {*words[1:]}.isdisjoint(PUBLIC)


# After the number of a house a sentence may go on with these; with another word the number is a count.
LINKS = fold_words(
    "in on at near behind beside and with is next opposite del de en y junto frente detrás con da do na no em e perto ao du "
    "près et derrière dans dekat di dan belakang karibu na nan dèyè ak bo sa tabi yakininda"
)
