"""Street addresses in a post's text: the number of a house with the name of its street.

How a text is read, once, word by word:
1. A word that names a kind of street ("rua", "street", "улица") starts the search.
2. The name stands after a kind as in "Rua das Flores", or before it as in "Palm Street", at most five words.
3. The number of the house stands on either side; "no", "#" and the like may stand before it. What the number's neighbour
   says is a count, a distance or a date is none.
4. Chinese and Japanese addresses, which are written without spaces, are found by patterns.
A street without a number, and a number without a street, are no address.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from responder.incidents import street_words
from responder.privacy.masking.homes import DOORS, HOUSES, LINKS, NO_STREET
from responder.privacy.masking.vocabulary import COUNTED, COUNTED_INSIDE, CURRENCY, CURRENCY_SIGNS
from responder.privacy.masking.words import Word

MOST_ADDRESSES = 10  # of one post
MOST_NAME = 5  # words of a street's name
OPEN_NAME = 2  # words that are read of a name whose end is unknown
UNIT_REACH = 6  # words around an address among which a flat is looked for
NUMBER = re.compile(r"(\d{1,5}(?:-\d{1,4})?)-?(bis|ter|(?![hmxkмч])[^\W\d_])?(?:'\w{1,4})?")
ORDINAL = re.compile(r"\d{1,3}(?:st|nd|rd|th)")
GAP, LIST_GAP = re.compile(r"[ .,:#°-]{1,4}"), re.compile(r" ?, ?| ")
BIS = ("bis", "ter")  # "7 bis avenue Foch"
_HAN = "\u3005\u3040-\u30ff\u4e00-\u9fff"
CHINESE = re.compile(rf"([{_HAN}]{{1,8}}[路街巷道弄里村])(\d{{1,5}}(?:-\d{{1,4}})?)号")
JAPANESE = re.compile(
    rf"([{_HAN}]{{2,8}})(\d{{1,3}})(?:丁目|-)(\d{{1,3}})(?:番地?|-)(\d{{1,4}})(?![\d-])|"
    rf"([{_HAN}]{{1,7}}[町村])(\d{{1,4}})(?:-|番地?)(\d{{1,4}})?(?![\d-])"
)
HAN_CUT = re.compile("[市区區县縣镇省州府都在住于至里到は、の]")
SIGNS = frozenset(
    "no nr n num number numero nomor numara nimewo namba kapi номер дом д будинок буд casa رقم شماره پلاک نمبر मकान"
    " नबर नंबर नम्बर सख्या संख्या न नं নং নম্বর".split()
)
FLOORS = frozenset(
    "floor etage andar piso planta этаж поверх kat lantai طابق منزله طبقه मंजिल তলা palapag ghorofa".split()
)
ROADS_BY_NUMBER = frozenset(
    "nacional national nationale federal provincial departementale estadual interstate rn".split()
)


@dataclass(frozen=True, slots=True)
class Address:
    """A house in a street.

    Arguments:
        kind: of the street; spellings of one kind are equal.
        name: its words from its sure end on.
        number: of the house.
        block, flat: empty where the text states none.
        is_open: whether words that are no part of the name may stand at its other end.
        span: where the street stands in the folded text.
    """

    kind: str
    name: tuple[str, ...]
    number: str
    block: str = ""
    flat: str = ""
    is_open: bool = False
    span: tuple[int, int] = field(default=(0, 0), compare=False)

    def same_house(self, other: "Address") -> bool:
        """Whether both name one house; a flat in it may differ."""
        blocks = {self.block, other.block} - {""}
        return self.number == other.number and self.kind == other.kind and len(blocks) < 2 and _same_street(self, other)

    def same_flat(self, other: "Address") -> bool:
        """Whether the flats don't differ: they are equal, or one of the two is not stated."""
        return self.flat == other.flat or not (self.flat and other.flat)


def find_addresses(plain: str, words: Sequence[Word]) -> list[Address]:
    """The first addresses of a folded text, at most MOST_ADDRESSES."""
    found: list[Address] = []
    for address in _addresses(_Text(plain, words)):
        if address.name and address not in found:
            found.append(address)
        if len(found) == MOST_ADDRESSES:
            break
    return found


@dataclass(frozen=True, slots=True)
class _Text:
    """A folded text with its words."""

    plain: str
    words: Sequence[Word]

    def word(self, at: int) -> str:
        """The word in lower case, without a Turkish ending; empty beyond either end."""
        return self.words[at].lower.partition("'")[0] if 0 <= at < len(self.words) else ""

    def gap(self, at: int) -> str:
        """What stands between a word and the next."""
        if not 0 <= at < len(self.words) - 1:
            return "\n"
        return self.plain[self.words[at].end : min(self.words[at + 1].start, self.words[at].end + 8)]

    def follows(self, at: int) -> bool:
        """Whether the next word may belong to one address with this one."""
        gap = self.gap(at)
        return bool(GAP.fullmatch(gap)) and not ("." in gap and len(self.word(at)) > 4)

    def number(self, at: int) -> str:
        """Return the house number; empty if the word is not one, but a count, measure or date."""
        match = NUMBER.fullmatch(self.words[at].lower) if 0 <= at < len(self.words) else None
        if match is None or self._is_amount(at) or self._is_floor(at):
            return ""
        number = match[1].lstrip("0") + (match[2] or "")
        first, second = self.word(at - 1), self.word(at + 1)
        if self.gap(at - 1) == "/" and first.isdigit():
            return f"{first}/{number}"[-10:]
        return f"{number}/{second}" if self.gap(at) == "/" and second.isdigit() and len(second) < 5 else number

    def _is_floor(self, at: int) -> bool:
        """Whether a word for a floor follows the number, rather than names one with the number after it."""
        return self.word(at + 1) in FLOORS and self.word(at - 1) not in SIGNS and not self.word(at + 2).isdigit()

    def _is_amount(self, at: int) -> bool:
        word, before, after = self.words[at], self.gap(at - 1), self.gap(at)
        following = self.word(at + 1) if after in (" ", "-") else ""
        if following in COUNTED or following in CURRENCY or self.plain.startswith(COUNTED_INSIDE, word.end):
            return True
        if (before and before[-1] in CURRENCY_SIGNS) or self.plain[word.end : word.end + 1] in ("%", "…"):
            return True
        if self.plain.startswith("...", word.end):  # a text that was cut off here
            return True
        decimal = after in (".", ",", ":") and self.word(at + 1)[:1].isdigit()
        return decimal or (before in (".", ",", ":") and self.word(at - 1)[-1:].isdigit())


def _addresses(text: _Text) -> Iterator[Address]:
    for at in range(len(text.words)):
        kind = street_words.AFTER.get(text.word(at))
        if kind and not (kind == "drive" and text.words[at].text.islower()):  # "do not drive"
            yield from _named_before_kind(text, at, kind)
        kind = _kind_before(text.word(at))
        if kind:
            yield from _named_after_kind(text, at, kind)
    if not text.plain.isascii():
        yield from _han(text.plain)


def _kind_before(word: str) -> str:
    kind = street_words.BEFORE.get(word, "")
    if not kind and word[:1] in street_words.GLUED:
        kind = street_words.BEFORE.get(word[1:], "")
    return kind


def _named_after_kind(text: _Text, at: int, kind: str) -> Iterator[Address]:
    """ "Rua das Flores 45", "12 rue Victor Hugo", "Calle 8 #23-10"."""
    before = _number_before(text, at)
    name, number, end = _name_onwards(text, at)
    if not name or set(name) & ROADS_BY_NUMBER:
        return
    if number and not (before and text.gap(at - 1) == " "):
        yield _address(text, kind, _bare(name), number, (at, end))
    elif before:
        open_name, is_open = _open_name(text, at)
        yield _address(text, kind, open_name, before, (at, at + MOST_NAME), is_open=is_open)


def _number_before(text: _Text, at: int) -> str:
    """The number of a house right before a street, which is not the number of a flat."""
    if text.word(at - 1) in street_words.PARTICLES:
        at -= 1
    if text.word(at - 1) in BIS and text.gap(at - 2) == " ":
        number = _number_before(text, at - 1)
        return number and number + text.word(at - 1)
    if not LIST_GAP.fullmatch(text.gap(at - 1)) or text.word(at - 2) in street_words.FLATS:
        return ""
    return text.number(at - 1)


def _name_onwards(text: _Text, at: int) -> tuple[list[str], str, int]:
    """Return (words of the name, house number after it or empty, position)."""
    name: list[str] = []
    for here in range(at + 1, at + 2 + MOST_NAME):
        if not text.follows(here - 1):
            break
        house = here + 1 if text.word(here) in SIGNS and text.follows(here) else here
        number = text.number(house)
        if number and (name or house > here) and not _goes_on(text, house):
            return name, number, house
        if text.word(here) in street_words.NAME_ENDS | COUNTED or ("," in text.gap(here - 1) and name):
            break
        name.append(text.word(here))
    return name, "", at


def _goes_on(text: _Text, at: int) -> bool:
    """Whether the number is part of a name, as in "Avenida 24 de Julho"."""
    return text.word(at + 1) in ("de", "do", "da") or text.word(at + 1) in street_words.MONTHS


def _open_name(text: _Text, at: int) -> tuple[tuple[str, ...], bool]:
    """Return (name after a kind of street, whether its end is unknown): capitalised words, or else the first words."""
    name: list[str] = []
    cased = False
    for here in range(at + 1, at + 1 + MOST_NAME):
        word = text.word(here)
        gap = text.gap(here - 1)
        if not word or word in street_words.NAME_ENDS | COUNTED or (gap.strip(" -") and (name or gap.strip() != ".")):
            break
        if word in street_words.PARTICLES:
            continue
        capital = text.words[here].text[:1].isupper() or word[:1].isdigit()
        if (not capital) if cased else len(name) == OPEN_NAME:
            break
        cased = cased or (not name and capital)
        name.append(word)
    return tuple(name), not cased


def _named_before_kind(text: _Text, at: int, kind: str) -> Iterator[Address]:
    """ "12 Palm Street", "Palm St. 14", "Atatürk Cad. No: 5", "House 12, Road 5"."""
    name, first = _name_back(text, at)
    if not name:
        yield from _numbered_road(text, at, kind)
        return
    before = _number_before(text, first)
    if before:
        yield _address(text, kind, _bare(name), before, (first, at))
        return
    signed = text.word(at + 1) in SIGNS and text.follows(at + 1)
    house = at + 2 if signed else at + 1
    number = text.number(house) if text.follows(at) else ""
    if number and (signed or not _is_count(text, house)):
        is_open = not _is_cased(text.words[at - 1].text)
        yield _address(text, kind, _bare(name), number, (first, at), is_open=is_open)


def _name_back(text: _Text, at: int) -> tuple[list[str], int]:
    """Return (words of the name before a kind of street, last one first; its start)."""
    name: list[str] = []
    first = at
    for here in range(at - 1, max(-1, at - 4), -1):
        word, gap = text.word(here), text.gap(here)
        is_near = gap == " " or (gap == ". " and len(word) == 1)  # an initial may end in a full stop
        if not is_near or not _may_name(text, here, alone=not name):
            break
        name.append(word)
        first = here
        if text.words[here].text[:1].islower():
            break  # in small letters one word is read: nothing shows where the name begins
    return name, first


def _may_name(text: _Text, at: int, *, alone: bool) -> bool:
    written, word = text.words[at].text, text.word(at)
    if word in COUNTED or word in street_words.NAME_ENDS or word in NO_STREET or word in BIS:
        return False
    if ORDINAL.fullmatch(word):
        return True
    if not _is_cased(written):
        return not word[:1].isdigit()
    return written[:1].isupper() or (alone and len(word) > 2)


def _is_cased(written: str) -> bool:
    return written.lower() != written.upper()


def _is_count(text: _Text, at: int) -> bool:
    """Whether a sentence goes on after an unsigned number as after a count: "Main Street 12 trapped"."""
    following = text.word(at + 1) if text.gap(at) == " " else ""
    return following.isascii() and following[:1].isalpha() and following not in LINKS and (
        text.words[at + 1].text[:1].islower()
    )  # fmt: skip


def _numbered_road(text: _Text, at: int, kind: str) -> Iterator[Address]:
    """ "House 12, Road 5" and "Road 5, House 12", as in Dhaka."""
    road = at + 2 if text.word(at + 1) in SIGNS else at + 1
    if not text.follows(at) or not text.number(road):
        return
    before = (at - 3 if text.word(at - 2) in SIGNS else at - 2, at - 1)
    after = (road + 1, road + 3 if text.word(road + 2) in SIGNS else road + 2)
    for label, house in (before, after):
        if (text.word(label) in HOUSES or text.word(label) in DOORS) and text.number(house):
            yield _address(text, kind, (text.number(road),), text.number(house), (at, road))
            return


def _address(
    text: _Text, kind: str, name: Sequence[str], number: str, at: tuple[int, int], *, is_open: bool = False
) -> Address:
    first, last = at[0], min(at[1], len(text.words) - 1)
    near = range(max(0, first - UNIT_REACH), min(len(text.words), last + UNIT_REACH + 1))
    span = (text.words[first].start, text.words[last].end)
    return Address(
        kind, tuple(name), number, block=_unit(text, near, street_words.BLOCKS), flat=_unit(text, near, street_words.FLATS),
        is_open=is_open, span=span,
    )  # fmt: skip


def _unit(text: _Text, near: range, labels: frozenset[str]) -> str:
    """The number, or letter, that follows a word for a flat or a block."""
    for at in near:
        if text.word(at) not in labels or not text.follows(at):
            continue
        stated = at + 2 if text.word(at + 1) in SIGNS else at + 1
        if len(text.word(stated)) == 1:
            return text.word(stated)
        return text.number(stated)
    return ""


def _han(plain: str) -> Iterator[Address]:
    for match in CHINESE.finditer(plain):
        yield _han_address(match[1], match[2], match.span())
    for match in JAPANESE.finditer(plain):
        name, *numbers = [part for part in match.groups() if part]
        yield _han_address(name, "-".join(numbers), match.span())


def _han_address(written: str, number: str, span: tuple[int, int]) -> Address:
    """Return the characters of its name from the last one backwards, because the start of the name is unclear."""
    parts = [part for part in HAN_CUT.split(written) if part]
    name = parts[-1] if parts and len(parts[-1]) > 1 else written
    return Address("han", tuple(reversed(name)), number, is_open=True, span=span)


def _bare(name: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word in name if word not in street_words.PARTICLES)


def _same_street(one: Address, other: Address) -> bool:
    """Whether the names are one: all words of the shorter are in the other, or the sure ends of open names agree."""
    short, long = sorted((one.name, other.name), key=len)
    if one.kind != "han" and all(any(_same_word(a, b) for b in long) for a in short):
        return True
    agreeing = next(
        (at for at, (a, b) in enumerate(zip(short, long, strict=False)) if not _same_word(a, b)), len(short)
    )
    if one.kind == "han":
        return agreeing == len(short) or agreeing > 2
    return agreeing > 1 or (agreeing == 1 and (one.is_open or other.is_open))


def _same_word(one: str, other: str) -> bool:
    """Whether two words are equal, or one is the other's initial, or they are long and one typing error apart."""
    if one == other:
        return True
    if min(len(one), len(other)) == 1:
        return one[0] == other[0] and not (one + other).isdigit() and one[0].isalpha()
    return min(len(one), len(other)) > 5 and _one_edit_apart(one, other)


def _one_edit_apart(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    at = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return short[at:] == long[at + 1 :] or (len(short) == len(long) and short[at + 1 :] == long[at + 1 :])
