"""Looks up a place that a person types: the whole name, its beginning, or a misspelling of it, in any script.

How places are found:
1. A position that the text states (coordinates, a map link, a plus code) is the only result.
2. What stands behind a comma says where to look: "Paris, Texas".
3. Names that equal the text, or begin with it.
4. Where none of these lies in the event's countries: their names that almost equal the text, and names in Latin letters
   that sound like it.
5. They are ranked by how well the name matches, by people, and by the event's countries and area.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from classifier.places import gazetteer
from classifier.places.coordinates import find_coordinates
from classifier.places.fold import fold
from classifier.places.gazetteer import Entry
from classifier.places.positions import TYPE, is_possible, normalize, precision_km
from classifier.places.resolve import AREAS, Company, Context, inside, weight
from classifier.places.sounds import key, romanised, script, spelling
from classifier.words import UNSPACED

MOST_CHARACTERS = 100
MOST_RESULTS = 50
LEAST_LETTERS = 2  # of a beginning; one sign of Chinese or Japanese is a word
ALIKE, ALIKE_LETTERS = 80, 4  # how alike (0 to 100) a misspelling must be, and the shortest one
SOUNDS_ALIKE = 78
# Weights of a name that only begins like the text, and of one that is spelled differently; a whole name weighs 1.
BEGINNING, MISSPELT = 0.15, 0.02
STATE = 0.3  # a state counts the people of the town after which it is named, which is meant more often
NOTHING_ELSE = Company()
TWO_NUMBERS = re.compile(r"\s*([-+]?\d{1,3}(?:\.\d{1,9})?)\s*[,;\s]\s*([-+]?\d{1,3}(?:\.\d{1,9})?)\s*")


@dataclass(frozen=True, slots=True)
class Found:
    """A place of the gazetteer, or a position that the text states; degrees, kilometres, people.

    Arguments:
        id: of the bundled gazetteer; None for a position. Another release of the gazetteer may number its places anew.
        region, country: names of the state and the country around it; empty where it is one, or where they are unknown.
    """

    id: int | None
    name: str
    type: str
    region: str
    country: str
    country_code: str
    latitude: float
    longitude: float
    radius_km: float
    population: int = 0

    @classmethod
    def from_entry(cls, entry: Entry) -> "Found":
        """The result that stands for a place of the gazetteer."""
        within = "" if entry.type in ("country", "state") else gazetteer.state_name(entry.country, entry.admin1)
        country = "" if entry.type == "country" else gazetteer.country_name(entry.country)
        return cls(
            entry.id, entry.name, entry.type, within, country, entry.country, entry.latitude, entry.longitude,
            entry.radius_km, entry.population,
        )  # fmt: skip


def search(text: str, *, context: Context | None = None, limit: int = 10) -> list[Found]:
    """The places that `text` may mean, the most likely first.

    Arguments:
        text: what a person typed so far; 100 characters are read.
        context: where the event is, if known.
        limit: how many results at most, up to 50.
    """
    text, context = text[:MOST_CHARACTERS], context or Context()
    limit = max(0, min(limit, MOST_RESULTS))
    if limit and (position := _stated_position(text)):
        return [position]
    return [Found.from_entry(entry) for entry in _by_name(text, context)[:limit]]


def find(number: int) -> Found | None:
    """The place with this id in the bundled gazetteer; None if there is none."""
    entry = gazetteer.entry(number)
    return Found.from_entry(entry) if entry else None


def _stated_position(text: str) -> Found | None:
    """The position that the text states; two bare numbers are latitude and longitude."""
    match = TWO_NUMBERS.fullmatch(normalize(text))
    if match:
        latitude, longitude = map(float, match.groups())
        if is_possible(latitude, longitude):
            return Found(None, "", TYPE, "", "", "", latitude, longitude, precision_km(latitude, longitude))
    for one in find_coordinates(text)[:1]:
        return Found(None, "", TYPE, "", "", "", one.latitude, one.longitude, one.radius_km)
    return None


def _by_name(text: str, context: Context) -> list[Entry]:
    """Return places of one name, best first; with "Paris, Texas" only those in one of the areas of that name."""
    name, _, behind = text.replace("，", ",").replace("、", ",").replace("،", ",").partition(",")
    folded = fold(name)
    if not folded:
        return []
    areas = _areas(fold(behind.rpartition(",")[2])) if fold(behind) else ()
    ranked = _ranked(_matching(folded, context), areas, context)
    if areas and any(_in_one(entry, areas) for entry in ranked):
        return [entry for entry in ranked if _in_one(entry, areas)]
    return ranked


def _matching(folded: str, context: Context) -> dict[int, tuple[float, Entry]]:
    """Id → (how well its name matches, the place)."""
    found: dict[int, tuple[float, Entry]] = {}
    _add(found, 1.0, gazetteer.lookup([folded]).get(folded, ()))
    if len(folded) >= LEAST_LETTERS or UNSPACED.match(folded):
        _add(found, BEGINNING, gazetteer.beginning(folded, context.country_codes))
    countries = context.country_codes
    known = any(entry.country in countries for _, entry in found.values()) if countries else bool(found)
    if not known and len(folded) >= ALIKE_LETTERS:
        for likeness, entry in [*_misspelt(folded, countries), *_sounding(folded)]:
            _add(found, MISSPELT * likeness / 100, [entry])
    return found


def _add(found: dict[int, tuple[float, Entry]], match: float, entries: Iterable[Entry]) -> None:
    """Keep each place once, with its best match."""
    for entry in entries:
        if match > found.get(entry.id, (0.0, entry))[0]:
            found[entry.id] = (match, entry)


def _misspelt(folded: str, countries: Sequence[str]) -> list[tuple[float, Entry]]:
    """(likeness, place) for names of the event's countries that almost equal the text; without any, of large places."""
    from rapidfuzz import fuzz, process  # most processes never look up a name

    names = gazetteer.names_of(tuple(sorted(countries)))
    alike = process.extract(folded, names, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=MOST_RESULTS)
    likeness = {name: ratio for name, ratio, _index in alike}
    entries = gazetteer.lookup(likeness)
    return [
        (ratio, entry)
        for name, ratio in likeness.items()
        for entry in entries.get(name, ())
        if not countries or entry.country in countries
    ]


def _sounding(folded: str) -> list[tuple[float, Entry]]:
    """(likeness, place) for names in Latin letters that sound like a text in another alphabet."""
    if script(folded[:1]) == "LATIN" or not (name := romanised(folded)) or not (sound := key(name)):
        return []
    from rapidfuzz import fuzz

    found = []
    for entry in gazetteer.sounding([sound]).get(sound, ()):
        ratio = fuzz.ratio(spelling(name), spelling(fold(entry.name)))
        if ratio >= SOUNDS_ALIKE:
            found.append((ratio, entry))
    return found


def _ranked(found: dict[int, tuple[float, Entry]], areas: Collection[Entry], context: Context) -> list[Entry]:
    weights = {
        number: match * (STATE if entry.type == "state" else 1.0) * _weight(entry, areas, context)
        for number, (match, entry) in found.items()
    }
    return [found[number][1] for number in sorted(weights, key=lambda number: (-weights[number], number))]


def _weight(entry: Entry, areas: Collection[Entry], context: Context) -> float:
    return weight(entry, next((area for area in areas if inside(entry, area)), None), context, NOTHING_ELSE)


def _areas(folded: str) -> list[Entry]:
    """States, districts and countries of that name, or whose code it is."""
    return [entry for entry in gazetteer.lookup([folded]).get(folded, ()) if entry.type in AREAS]


def _in_one(entry: Entry, areas: Collection[Entry]) -> bool:
    return any(inside(entry, area) for area in areas)
