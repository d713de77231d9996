"""Words by which people tell of a hazard, in the languages that the shipped model reads (`hazard_words.tsv`)."""

from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("hazard_words.tsv")
STEM = "*"  # after the stem of a word whose endings change
ANY = "any"  # words of need and rescue, which fit every hazard
# Hazards of events (keys of GLIDE in plain words) → rows of the table.
ROWS = {
    "flash_flood": "flood", "storm_surge": "storm", "tropical_cyclone": "storm", "extratropical_cyclone": "storm",
    "violent_wind": "storm", "tornado": "storm", "severe_local_storm": "storm", "wild_fire": "fire", "mudslide": "landslide",
    "snow_avalanche": "landslide", "heat_wave": "drought", "insect_infestation": "drought",
}  # fmt: skip


@lru_cache(maxsize=1)
def table() -> dict[str, dict[str, tuple[str, ...]]]:
    """Hazard → language → words."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for line in FILE.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            hazard, language, words = line.split("\t")
            found.setdefault(hazard, {})[language] = tuple(words.split("|"))
    return found


def words(row: str, language: str, *, stems: bool) -> tuple[str, ...]:
    """The words of a row in a language; with stems for sources that are searched for parts of words."""
    found = table()[row].get(language, ())
    return tuple(word.removesuffix(STEM) for word in found if stems or not word.endswith(STEM))


def languages() -> list[str]:
    """Codes of the languages in the table."""
    return list(table()[ANY])


def rows_for(hazard: str) -> list[str]:
    """The rows of the table that fit an event's hazard, a key or free text; all of them if none does."""
    rows = [name for name in table() if name != ANY]
    known = ROWS.get(hazard, hazard)
    if known in rows:
        return [known]
    lowered = hazard.casefold()
    named = [name for name in rows if name in lowered or any(word in lowered for word in table()[name]["en"])]
    return named or rows
