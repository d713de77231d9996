"""Names of people, found by the words before them: “my sister Maria João”, “меня зовут Олег”, “Carlos, 54 years”.

Careful on the side of the person: a word too many is hidden rather than a name shown. Names that nothing announces pass;
words of need and of place that often stand there are left alone. Each cue is looked at once, so the time is linear.
"""

import re
from collections.abc import Iterator, Sequence
from enum import IntEnum, auto

from classifier.urgency.lexicon import danger_words
from responder.privacy.masking import cues, given_names
from responder.privacy.masking.folding import fold
from responder.privacy.masking.vocabulary import COUNTED
from responder.privacy.masking.words import DIGIT, Word


class Cue(IntEnum):
    """The kinds of words that announce a person's name. After some kinds a name nearly always follows, after others rarely."""

    OWN = auto()
    CALLED = auto()
    LABEL = auto()
    MISSING = auto()
    KIN = auto()
    WEAK = auto()
    SOUGHT = auto()
    PRESENTED = auto()


LOOK_BACK = 120
LONGEST = 4  # words of a name, without its particles
FILLERS = 2
GAP = re.compile(r"[ :,\"'(«-]{1,4}|-")
AGE = re.compile(
    rf" ?\((?:aged? )?\d{{1,2}}(?:\)|,| ?{cues.YEARS})|, (?:aged? )?\d{{1,3}} ?{cues.YEARS}(?!\w)", re.IGNORECASE
)
VERB_OR_PLACE = re.compile(fold(cues.VERB_OR_PLACE).text)
ENDINGS = tuple(fold(ending).text for ending in given_names.ENDINGS)
IN = frozenset(fold(word).text for word in ("में", "میں", "मा"))
_HAN, _KATAKANA = "\u4e00-\u9fff々", "\u30a1-\u30fa\u30fc"
_NEVER_THIRD = "在是的了和被也已今从住与跟不有家还走最，他她我你说能去来要等失于,"
CHINESE = re.compile(
    "(?:我叫|名叫|叫做|名字是|名字叫|姓名|失踪人员|失踪者|失踪(?=[: ])|失联(?=[: ])|走失(?=[: ])|寻人|寻找|儿子|女儿|妈妈|爸爸|母亲|父亲|哥哥|弟弟|姐姐|妹妹|丈夫|妻子|老公|老婆|"
    "爷爷|奶奶|外婆|外公|叔叔|阿姨|孩子|朋友|邻居|同事)[:是叫, ]{0,2}"
    rf"(?!马上|高兴|安全|方便|平安|金额|万一|常常|和平|白天)((?:欧阳|司马|上官|诸葛|[{cues.SURNAMES}])[{_HAN}](?:(?![{_NEVER_THIRD}])[{_HAN}])?)"
)
_NO_JAPANESE = (
    "病院|安否|学校|会社|自宅|実家|薬局|連絡|電話|携帯|写真|行方|無事|容体|体調|職場|施設|車椅子|皆|患者|奥|母|父|業者|住民|隊員|客|祖|"
    "看護師|医者|娘|息子|お|避難|消防|医療|関係者|支援|子供|近所|家族|友人|被災"
)
JAPANESE = re.compile(
    "(?:名前は|行方不明者?[: ]|氏名[: ]|(?:息子|娘|父|母|兄|弟|姉|妹|夫|妻|祖父|祖母|友人|孫)の)"
    rf"(?!{_NO_JAPANESE})([{_HAN}]{{2,5}}|[{_KATAKANA}]{{2,8}})"
    rf"|(?<![{_HAN}])(?!{_NO_JAPANESE})([{_HAN}]{{2,5}}|[{_KATAKANA}]{{2,8}})(?=さん|ちゃん|くん|様|氏|と申し|といい|と言い)"
)

_SURNAMES = "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국"
_HANGUL = "가-힣"
KOREAN = re.compile(
    rf"(?:실종자?|실종된|찾습니다|이름은|이름|성함)[: ]{{1,2}}([{_SURNAMES}][{_HANGUL}]{{1,3}}?)(?=씨|님|입니다|이고|이에요|예요|[ ,.()]|$)"
    rf"|(?<![{_HANGUL}])([{_SURNAMES}][{_HANGUL}]{{2}})(?= ?씨)"
)
_THAI = "\u0e01-\u0e4e"
THAI = re.compile(
    fold(
        "(?:(?:ผม|ดิฉัน|ฉัน|หนู|เขา|เธอ|ลูก|แม่|พ่อ)ชื่อ|ชื่อ ?:|(?:สูญ|คน)?หาย ?:|ตามหา ?:|นางสาว|นาย|นาง|เด็กชาย|เด็กหญิง|ด\\.ช\\.|ด\\.ญ\\.)"
    ).text
    + rf" ?([{_THAI}]{{2,20}}(?: [{_THAI}]{{2,20}})?)"
)
# Sevgi Korkmaz'dan haber alamıyoruz
TURKISH = re.compile(r"([A-Z]\w{1,30}(?: [A-Z]\w{1,30}){1,2})'[dt][ae]n haber")
# Maria Santos is missing since Friday
GONE = tuple(fold(
    "missing desaparecid desaparec disparu dispar пропал зник kayıp hilang nawawala vermisst vermist scompars dispers zagin amepotea pèdi"
).text.split())  # fmt: skip
BEFORE_GONE = re.compile(
    r"((?:[^\W\d_a-zа-яіїєґ][\w'-]{1,30} ){1,2}[^\W\d_a-zа-яіїєґ][\w'-]{1,30}),? (?:(?:is|was|are|has been|went|has gone|still|reported|reportedly|esta|est|porte|a|e|wird|ist|ay) ){0,3}$"
)
AFTER_GONE = re.compile(
    r"(?: (?:since|from|in|at|after|for|near|desde|em|en|no|na|depuis|a|с|в|у|з|seit|in|da|dal|sejak|di|mula|tangu)\b| ?[^\w ]| ?$)"
)
# Under the letters that such a text holds.
UNSPACED = (
    (re.compile(f"[{_HAN}]"), CHINESE), (re.compile(f"[{_HAN}{_KATAKANA}]"), JAPANESE), (re.compile(f"[{_HANGUL}]"), KOREAN),
    (re.compile(f"[{_THAI}]"), THAI),
)  # fmt: skip


def _by_first_word() -> dict[str, list[tuple[tuple[str, ...], Cue]]]:
    """The cues under their first word, the longest first."""
    found: dict[str, list[tuple[tuple[str, ...], Cue]]] = {}
    for kind, phrases in (
        (Cue.OWN, cues.OWN), (Cue.CALLED, cues.CALLED), (Cue.LABEL, cues.LABELS), (Cue.MISSING, cues.MISSING), (Cue.KIN, cues.KIN), (Cue.WEAK, cues.WEAK),
        (Cue.SOUGHT, cues.SOUGHT), (Cue.PRESENTED, {cues.PRESENTED}),
    ):  # fmt: skip
        for phrase in phrases:
            first, *rest = phrase.split()
            found.setdefault(first, []).append((tuple(rest), kind))
    return {first: sorted(rest, key=lambda one: (-len(one[0]), one[1])) for first, rest in found.items()}


CUES = _by_first_word()


def spans(text: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Ranges of names in a folded text."""
    for at, word in enumerate(words):
        for rest, kind in CUES.get(word.lower, ()):
            after = at + 1 + len(rest)
            if tuple(one.lower for one in words[at + 1 : after]) == rest and (name := _after(text, words, after, kind)):
                yield name
        if word.lower in cues.ENCLOSED and (name := _enclosed(text, words, at + 1, cues.ENCLOSED[word.lower])):
            yield name
        if word.lower.startswith(GONE):
            yield from _before_gone(text, word)
        if word.lower in given_names.SEARCHED:
            yield from _given_near(text, words, at)
    yield from _with_age(text, words)
    if "n haber" in text:
        yield from (match.span(1) for match in TURKISH.finditer(text))
    if not text.isascii():
        for letters, pattern in UNSPACED:
            if letters.search(text):
                yield from (match.span(match.lastindex or 0) for match in pattern.finditer(text))


def _after(text: str, words: Sequence[Word], at: int, kind: Cue) -> tuple[int, int] | None:
    """The name that begins with the word at `at`, or after a filler or two."""
    if at >= len(words) or (kind in (Cue.LABEL, Cue.MISSING) and ":" not in text[words[at - 1].end : words[at].start]):
        return None
    fillers = cues.WEAK_FILLERS if kind >= Cue.WEAK and kind is not Cue.SOUGHT else cues.FILLERS
    for _filler in range(FILLERS):
        if at < len(words) and words[at].lower in fillers and _follows(text, words, at):
            at += 1
    if at >= len(words) or not _follows(text, words, at):
        return None
    end, number = _name(text, words, at, kind)
    if kind is Cue.PRESENTED and not (end < len(words) and words[end].lower in cues.SPEAKING):
        return None
    goes_on = text[words[end - 1].end : words[end - 1].end + 1] == " "
    is_cased = words[at].text[0].isupper()
    if kind is Cue.SOUGHT and is_cased and words[at].lower in cues.PLACE_STARTS:
        return None
    fewest = 2 if kind is Cue.SOUGHT or (kind is Cue.MISSING and is_cased and goes_on) else 1
    return (words[at].start, words[end - 1].end) if number >= fewest else None


def _before_gone(text: str, gone: Word) -> Iterator[tuple[int, int]]:
    """The range of two or three capitalised words that are said to be missing."""
    named = BEFORE_GONE.search(text, max(0, gone.start - LOOK_BACK), gone.start)
    if named is None or not AFTER_GONE.match(text, gone.end):
        return
    start, parts = named.start(1), named[1].split(" ")
    while parts and parts[0].lower() in CUES:
        start += len(parts.pop(0)) + 1
    lowered = [part.lower() for part in parts]
    is_place = bool(lowered) and lowered[0] in cues.PLACE_STARTS
    if len(parts) > 1 and not is_place and cues.NO_NAMES.isdisjoint(lowered) and not named[1].isupper():
        yield start, named.end(1)


def _given_near(text: str, words: Sequence[Word], cue: int) -> Iterator[tuple[int, int]]:
    """Ranges of names that begin with a given name, among the words around a search's word."""
    at, last = max(0, cue - given_names.BEFORE), min(len(words), cue + 1 + given_names.AFTER)
    while at < last:
        end = at
        if at != cue and _is_given(words[at].lower):
            end += 1
            while end < last and end - at < given_names.MOST_WORDS and _is_surname(text, words, end, cue):
                end += 1
            yield words[at].start, words[end - 1].end
        at = max(end, at + 1)


def _is_given(word: str) -> bool:
    return word in given_names.GIVEN or any(
        word.endswith(ending) and word.removesuffix(ending) in given_names.GIVEN for ending in ENDINGS
    )


def _is_surname(text: str, words: Sequence[Word], at: int, cue: int) -> bool:
    word = words[at]
    return (
        at != cue and text[words[at - 1].end : word.start] == " " and word.lower not in given_names.SEARCHED
        and word.lower not in COUNTED and _is_name(words, at, Cue.CALLED, any_case=False)
    )  # fmt: skip


def _follows(text: str, words: Sequence[Word], at: int) -> bool:
    before = words[at - 1]
    start = before.end + (text[before.end] == "." and before.lower in cues.TITLES)
    return GAP.fullmatch(text, start, words[at].start) is not None


def _name(text: str, words: Sequence[Word], at: int, kind: Cue) -> tuple[int, int]:
    """(end, number of words besides particles) of the name that begins at `at`."""
    end, number, lowered = at, 0, False
    while number < LONGEST and end < len(words):
        word = words[end]
        if number and text[words[end - 1].end : word.start] != " ":
            break
        particle = number and word.lower in cues.PARTICLES and _is_next_name(text, words, end)
        if particle and (word.lower != "de" or kind in (Cue.KIN, Cue.SOUGHT)):
            end += 2
        elif _is_name(words, end, kind, any_case=kind is Cue.OWN and (not number or lowered)):
            lowered = word.text[0].islower()
            end += 1
        else:
            break
        number += 1
    return end, number


def _is_next_name(text: str, words: Sequence[Word], at: int) -> bool:
    following = words[at + 1 : at + 2]
    return bool(following) and following[0].text[0].isupper() and following[0].lower not in cues.NO_NAMES \
        and text[words[at].end : following[0].start] == " "  # fmt: skip


def _is_name(words: Sequence[Word], at: int, kind: Cue, *, any_case: bool) -> bool:
    word, first = words[at], words[at].text[0]
    if word.text.istitle() and word.lower in cues.NAMES_STILL:
        return True
    if word.lower in cues.NO_NAMES or len(word.text) < 2 or any(map(str.isdigit, word.text)):
        return False
    if (
        word.text.isupper() and word.lower in danger_words()
    ):  # “MY DAD IS BLEEDING”: in capitals every word looks like a name
        return False
    if first.isupper():
        return not ((kind is Cue.WEAK and word.text.isupper()) or VERB_OR_PLACE.fullmatch(word.lower))
    return any_case if first.islower() else _is_uncased_name(words, at, kind)


def _is_uncased_name(words: Sequence[Word], at: int, kind: Cue) -> bool:
    """Whether the word may be a name in a script without capital letters, not a verb or a location."""
    word = words[at]
    if "\u3040" <= word.text[0] <= "\u9fff" or kind in (Cue.WEAK, Cue.SOUGHT, Cue.PRESENTED):
        return False
    is_place = at + 1 < len(words) and words[at + 1].lower in IN
    return word.lower in cues.NAMES_STILL or not (
        is_place or VERB_OR_PLACE.fullmatch(word.lower) or word.text[0] in "_-'"
    )


def _enclosed(text: str, words: Sequence[Word], at: int, closing: frozenset[str]) -> tuple[int, int] | None:
    if at >= len(words) or not _follows(text, words, at):
        return None
    end, number = _name(text, words, at, Cue.CALLED)
    return (
        (words[at].start, words[end - 1].end) if number and end < len(words) and words[end].lower in closing else None
    )


def _with_age(text: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Ranges of capitalised words before an age."""
    if not DIGIT.search(text):
        return
    ends: dict[int, int] = {}
    for match in AGE.finditer(text):
        ends = ends or {word.end: at for at, word in enumerate(words)}
        at = last = ends.get(match.start(), -1)
        while at >= 0 and last - at < LONGEST and _belongs(text, words, at, last):
            at -= 1
        first = at + 1
        while first <= last and words[first].lower in cues.PARTICLES:
            first += 1
        if first <= last:
            yield words[first].start, words[last].end


def _belongs(text: str, words: Sequence[Word], at: int, last: int) -> bool:
    """Whether the word is part of a name that goes on until `last`."""
    word = words[at]
    if word.lower in CUES:
        return False
    if at < last and text[word.end : words[at + 1].start] != " ":
        return False
    if at < last and word.lower in cues.PARTICLES and word.text.islower():
        return True
    return word.text[0].isupper() and _is_name(words, at, Cue.KIN, any_case=False)
