"""Reads the phrase banks: hand-written sentences, each with its labels.

A line is `phases priority codes [category] [> parent] | text`, for example
`345 H qw | No clean water left in {p}`. Phases are digits 1-5; priority is C, H, M or L. Codes: a letter
for each need (see `NEEDS`), `@` an official voice, `!` a rumour, `~` nothing to do with a real emergency,
`-` nothing. A bank named `<category>.<lang>.txt` gives its category; other lines name their own.
`> parent` is the category that a reply answers. A text holds slots in braces, filled by `render`.

Languages come in waves. A wave is composed with a random stream of its own and numbered after the waves before it,
so a new wave leaves the ids and texts of earlier posts unchanged. The first wave draws its people from lists of
names, the second wave's are listed in `people.txt`.
"""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "banks"
WAVES = (("en", "pt", "es", "fr"), ("sw", "ar", "hi", "bn", "zh", "ru"))
LANGUAGES = tuple(lang for wave in WAVES for lang in wave)
NOT_HUMANITARIAN = "not_humanitarian"
PRIORITIES = {"C": "Critical", "H": "High", "M": "Medium", "L": "Low"}
NEEDS = {
    "q": "request",
    "h": "medical_help",
    "p": "medical_products",
    "r": "search_and_rescue",
    "w": "water",
    "f": "food",
    "s": "shelter",
    "c": "clothing",
    "m": "money",
    "x": "missing_people",
    "d": "refugees",
    "i": "infrastructure_related",
}
_FLAGS = "@!~-"
_VARYING = re.compile(r"\{(p|pl|far|n|N|H|K|h|lm|who|whof|whom|kidname|age|adult|kid|org|bq)\}")


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of a bank with its labels."""

    text: str
    lang: str
    category: str
    priority: str
    phases: tuple[int, ...]
    needs: tuple[str, ...]
    official: bool
    rumour: bool
    emergency: bool
    answers: str = ""

    @property
    def varies(self) -> bool:
        """Whether a second use would read differently."""
        return bool(_VARYING.search(self.text))


def parse(row: str, *, lang: str, category: str = "") -> Line:
    """One row of a bank. Raises ValueError or KeyError if it is malformed."""
    head, text = row.split(" | ", 1)
    head, _, answers = head.partition(" > ")
    phases, priority, *rest = head.split()
    codes = priority[1:] + "".join(word for word in rest if "_" not in word)
    named = [word for word in rest if "_" in word]
    label = named[0] if named else category
    return Line(
        text=text.strip(),
        lang=lang,
        category=label,
        priority=PRIORITIES[priority[0]],
        phases=tuple(int(digit) for digit in phases),
        needs=tuple(NEEDS[code] for code in codes if code not in _FLAGS),
        official="@" in codes,
        rumour="!" in codes,
        emergency=label != NOT_HUMANITARIAN and "~" not in codes,
        answers=answers.strip(),
    )


def _rows(path: Path) -> list[str]:
    return [row for row in path.read_text("utf-8").splitlines() if not row.startswith("#")]


def _bank(path: Path) -> list[Line]:
    category, lang, _ = path.name.split(".")
    return [parse(row, lang=lang, category=category) for row in _rows(path) if row]


def wave_of(lang: str) -> int:
    """The number of the wave that `lang` belongs to, from 0. Raises KeyError for an unknown language."""
    return {spoken: number for number, wave in enumerate(WAVES) for spoken in wave}[lang]


def single_posts() -> list[Line]:
    """Return all lines that are neither replies nor part of a thread."""
    apart = ("replies", "threads", "comments", "names", "people", "places")
    paths = sorted(path for path in FOLDER.glob("*.txt") if not path.name.startswith(apart))
    return [line for path in paths for line in _bank(path)]


def replies() -> list[Line]:
    """Return the replies; `answers` is the category of the post they reply to."""
    return _bank(FOLDER / "replies.en.txt")


def threads() -> list[list[Line]]:
    """Runs of posts by one author, in order."""
    return [thread for path in sorted(FOLDER.glob("threads.*.txt")) for thread in _threads(path)]


def _threads(path: Path) -> list[list[Line]]:
    _, lang, _ = path.name.split(".")
    blocks = "\n".join(_rows(path)).strip().split("\n\n")
    return [[parse(row, lang=lang) for row in block.splitlines()] for block in blocks]


def names() -> dict[str, list[str]]:
    """The parts that people's names and handles are made of, by group."""
    rows = (row.split(" | ", 1) for row in _rows(FOLDER / "names.txt"))
    return {group: listed.split() for group, listed in rows}


def people() -> list[tuple[str, str, str, str]]:
    """The listed authors: language, role, handle, name."""
    found = []
    for row in _rows(FOLDER / "people.txt"):
        lang, role, handle, name = row.split(" | ")
        found.append((lang, role, handle, name))
    return found


def place_names() -> dict[str, dict[str, list[str]]]:
    """Language → gazetteer name → the forms in which the language writes it, the plain one first."""
    found: dict[str, dict[str, list[str]]] = {}
    for row in _rows(FOLDER / "places.txt"):
        lang, name, *forms = row.split(" | ")
        found.setdefault(lang, {})[name] = forms
    return found


def comments() -> dict[str, list[str]]:
    """What people add when they pass a post on, by language."""
    found: dict[str, list[str]] = {lang: [] for lang in LANGUAGES}
    for row in _rows(FOLDER / "comments.txt"):
        lang, text = row.split(" | ", 1)
        found[lang].append(text)
    return found
