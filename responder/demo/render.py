"""Turns a line of a bank into a post: fills the slots, remembers the place, adds the noise of real posts."""

import re
import unicodedata
from dataclasses import dataclass

from responder.demo.banks import NOT_HUMANITARIAN, Line
from responder.demo.draw import Draw
from responder.demo.people import CHILDREN, MEN, ORGANISATIONS, WOMEN, person
from responder.demo.places import FAR, HIGHLAND, QUARTERS, SCENES, Place, Scene, drawn_names, fold
from responder.demo.words import EMOJI, EVENT_TAGS, LANDMARKS, LOCAL_TAGS, URL_HOSTS, URL_WORDS

_SLOT = re.compile(r"\{([^{}]+)\}")
_JOINED = {
    "pt": (
        (r"\bem Beira", "na Beira"),
        (r"\bEm Beira", "Na Beira"),
        (r"\bde Beira", "da Beira"),
        (r"\ba Beira", "à Beira"),
        (r"\bpara Beira", "para a Beira"),
    ),
    "fr": ((r"\bde Inhaminga", "d'Inhaminga"), (r"\bde Antananarivo", "d'Antananarivo")),
}
# The national death toll that a post of each phase would quote.
_TOLL = {1: "0", 2: "3", 3: "94", 4: "187", 5: "263"}
_ANYWHERE = "a river valley"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished text and the place it speaks of, if it names one."""

    text: str
    place: Place | None


def _scene(line: Line, phase: int, draw: Draw) -> Scene | None:
    """What `{p}` draws (`{pl}`: a place by water), else the first place the line names, else a far one."""
    slots = _SLOT.findall(line.text)
    if "p" in slots or "pl" in slots:
        names = drawn_names(line.lang, phase)
        return SCENES[draw.pick([n for n in names if "p" in slots or SCENES[n].place.name not in HIGHLAND])]
    named = [slot for slot in slots if slot in SCENES]
    if named:
        return SCENES[named[0]]
    return SCENES[draw.pick(FAR[line.lang])] if "far" in slots else None


def _url(draw: Draw) -> str:
    return f"https://{draw.pick(URL_HOSTS)}/{draw.pick(URL_WORDS)}/{draw.integer(1000, 99999)}"


def _thousands(draw: Draw, lang: str) -> str:
    comma = {"en": ",", "fr": " "}.get(lang, ".")
    return f"{draw.integer(1, 38)}{comma}{draw.integer(0, 9)}00"


def _far(line: Line, about: Scene | None, draw: Draw) -> str:
    return about.written if about and about.written in FAR[line.lang] else draw.pick(FAR[line.lang])


def _value(slot: str, line: Line, about: Scene | None, draw: Draw) -> str:
    """The words for one slot."""
    if slot in SCENES:
        return slot
    values = {
        "p": lambda: about.written if about else "",
        "pl": lambda: about.written if about else "",
        "far": lambda: _far(line, about, draw),
        "riv": lambda: about.river if about else _ANYWHERE,
        "road": lambda: about.road if about else "main road",
        "n": lambda: str(draw.integer(4, 9)),
        "N": lambda: str(draw.integer(12, 68)),
        "H": lambda: str(draw.pick((120, 140, 180, 220, 260, 300, 340, 400, 450, 520, 600, 730))),
        "K": lambda: _thousands(draw, line.lang),
        "h": lambda: str(draw.integer(5, 14)),
        "lm": lambda: draw.pick(LANDMARKS[line.lang]),
        "bq": lambda: draw.pick(QUARTERS),
        "who": lambda: person(draw),
        "who2": lambda: person(draw),
        "whof": lambda: person(draw, WOMEN),
        "whom": lambda: person(draw, MEN),
        "kidname": lambda: draw.pick(CHILDREN),
        "age": lambda: str(draw.integer(56, 79)),
        "adult": lambda: str(draw.integer(21, 47)),
        "kid": lambda: str(draw.integer(4, 10)),
        "org": lambda: draw.pick(ORGANISATIONS),
        "ph": lambda: f"+258 00 000 {draw.integer(100, 999):04d}",
        "ph2": lambda: f"+258 00 000 {draw.integer(100, 999):04d}",
        "url": lambda: _url(draw),
    }
    return values[slot]()


def _contract(text: str, lang: str) -> str:
    """Joins preposition and article as the language does: na Beira, d'Inhaminga."""
    for plain, joined in _JOINED.get(lang, ()):
        text = re.sub(plain, joined, text)
    return text


def fill(line: Line, phase: int, draw: Draw) -> Rendered:
    """The text with every slot filled for `phase`, and the place it names first."""
    about = _scene(line, phase, draw)
    text = _SLOT.sub(lambda match: _value(match[1], line, about, draw), line.text.replace("{toll}", _TOLL[phase]))
    return Rendered(_contract(text, line.lang), about.place if about else None)


def _plain_words(text: str) -> list[re.Match[str]]:
    """Lower-case words that a slip of the finger may hit: no names, handles, tags or links."""
    return [m for m in re.finditer(r"(?<![\w@#/.])[a-z]{5,}(?![\w@/.])", text) if not _is_place(m[0])]


def _is_place(word: str) -> bool:
    return any(fold(word) in fold(name).split() for name in SCENES)


def typo(text: str, draw: Draw) -> str:
    """Swaps two neighbouring letters of one word."""
    words = _plain_words(text)
    if not words:
        return text
    word = draw.pick(words)
    at = word.start() + draw.integer(1, len(word[0]) - 2)
    if word[0] == "https":
        return text
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _lower(text: str) -> str:
    return "".join(part if part.startswith(("@", "http", "#")) else part.lower() for part in re.split(r"(\s+)", text))


def shout(text: str) -> str:
    """All capitals, but links and handles as they are."""
    return "".join(part if part.startswith(("@", "http")) else part.upper() for part in re.split(r"(\s+)", text))


def _tags(line: Line, place: Place | None, draw: Draw) -> str:
    local = f" #{fold(place.name).title()}" if place and draw.chance(0.3) else ""
    return f"{draw.pick(LOCAL_TAGS.get(line.lang, EVENT_TAGS))}{local}"


def _has_emoji(text: str) -> bool:
    return any(ord(c) > 0x2190 and unicodedata.category(c) == "So" for c in text)


def dress(line: Line, rendered: Rendered, draw: Draw) -> str:
    """The text with the habits of its writer: hashtags, emoji, no capitals, a typo, shouting."""
    text = rendered.text
    aside = line.category == NOT_HUMANITARIAN
    if not line.official:
        if line.priority in ("Critical", "High") and draw.chance(0.10):
            text = shout(text)
        elif draw.chance(0.10):
            text = _lower(text)
        if draw.chance(0.10):
            text = typo(text, draw)
    if not aside and "#" not in text and draw.chance(0.24):
        text += " " + _tags(line, rendered.place, draw)
    if not line.official and not _has_emoji(text) and draw.chance(0.16):
        text += " " + draw.pick(EMOJI[line.category])
    return text
