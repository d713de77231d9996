"""The fictional cast. Every handle ends in `_ex`, so that none points at a real person."""

from dataclasses import dataclass

from responder.demo.banks import WAVES, names, people
from responder.demo.draw import Draw
from responder.demo.places import fold

_NAMES = names()
WOMEN, MEN, FAMILIES, CHILDREN = (_NAMES[group] for group in ("women", "men", "families", "children"))
ORGANISATIONS = (
    "Mãos do Pungwe",
    "Tide and Hill Relief",
    "Baobab Bridge Trust",
    "Canoe Line",
    "Zambezi Kitchen Network",
    "Lantern Medics",
    "Vale Solidário",
    "Two Rivers Aid",
)
# A "desk" gives news and warnings, "aid" is a relief organisation: language, role, handle, name.
_OFFICIAL = (
    ("en", "desk", "CoastDesk_ex", "Coast Forecast Desk"),
    ("en", "desk", "PungweAlert_ex", "Pungwe Alert"),
    ("en", "desk", "RadioMare_ex", "Rádio Maré News"),
    ("en", "desk", "HillsCivil_ex", "Hills and Valleys Civil Protection"),
    ("en", "desk", "ThreeRivers_ex", "Three Rivers Desk"),
    ("en", "desk", "SwellWire_ex", "Swell Wire"),
    ("en", "aid", "TwoRivers_ex", "Two Rivers Aid"),
    ("en", "aid", "BaobabBridge_ex", "Baobab Bridge Trust"),
    ("en", "aid", "CanoeLine_ex", "Canoe Line"),
    ("en", "aid", "Lantern_ex", "Lantern Medics"),
    ("en", "aid", "TideHill_ex", "Tide and Hill Relief"),
    ("pt", "desk", "RadioMarePT_ex", "Rádio Maré"),
    ("pt", "desk", "AvisoCosta_ex", "Aviso da Costa"),
    ("pt", "aid", "MaosPungwe_ex", "Mãos do Pungwe"),
    ("pt", "aid", "ValeSol_ex", "Vale Solidário"),
    ("es", "desk", "OndaSur_ex", "Onda Sur Noticias"),
    ("es", "aid", "PuenteRios_ex", "Puente Dos Ríos"),
    ("fr", "desk", "CanalInfo_ex", "Canal Info"),
    ("fr", "aid", "LanternFR_ex", "Lanterne Médicale"),
)
_PERSONS = {"en": 350, "pt": 90, "es": 42, "fr": 40}
_WORDS = _NAMES["words"]


@dataclass(frozen=True, slots=True)
class Author:
    handle: str
    name: str
    lang: str
    role: str = "person"


def person(draw: Draw, given: list[str] | None = None) -> str:
    """A given and a family name."""
    return f"{draw.pick(given or [*WOMEN, *MEN])} {draw.pick(FAMILIES)}"


def _handle(draw: Draw, name: str) -> str:
    first, last = fold(name).split()
    word = draw.pick(_WORDS)
    shapes = (
        f"{first}_{last}",
        f"{first}{last[0]}{draw.integer(10, 99)}",
        f"{first[0]}{last}",
        f"real_{first}",
        f"{word}_{first}",
        f"{last}{draw.integer(1, 999)}",
        f"{word}{draw.integer(10, 9999)}",
    )
    return draw.pick(shapes) + "_ex"


def cast(wave: int, draw: Draw) -> dict[str, list[Author]]:
    """Everybody who posts in a wave, by language; the most talkative come first."""
    return _drawn(draw) if wave == 0 else {lang: _listed(lang) for lang in WAVES[wave]}


def _listed(lang: str) -> list[Author]:
    return [Author(handle, name, lang, role) for spoken, role, handle, name in people() if spoken == lang]


def _drawn(draw: Draw) -> dict[str, list[Author]]:
    found: dict[str, list[Author]] = {}
    taken: set[str] = set()
    for lang, count in _PERSONS.items():
        found[lang] = [Author(row[2], row[3], lang, row[1]) for row in _OFFICIAL if row[0] == lang]
        while len(found[lang]) < count:
            name = person(draw)
            handle = _handle(draw, name)
            if handle not in taken:
                taken.add(handle)
                shown = name.split()[0] if draw.chance(0.3) else name
                found[lang].append(Author(handle, shown, lang))
    return found
