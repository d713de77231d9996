"""From mentions to places.

How a place is found:
1. Word sequences that the gazetteer knows become mentions; the longest wins where they overlap.
2. Each mention needs evidence that it is a place at all: capitals, a preposition, a qualifier, the event's area.
3. Its namesakes are weighed by people, by the event's country and area, and by what else the text names.
4. A place is given only where one of them holds most of the weight; else the mention stays unresolved.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import zip_longest

from rapidfuzz import fuzz, process

from classifier.places import gazetteer
from classifier.places.gazetteer import Entry
from classifier.places.mentions import COMMON, Mention, mentions, titled

MAX_PLACES = 50
MAX_CHARACTERS = 10_000
SURE = 0.7  # share of the weight that one namesake must hold
SAME_PLACE_KM = 60.0  # namesakes closer than this are one place
IN_AREA, IN_COUNTRY, QUALIFIED, COMPANY = 60.0, 25.0, 1_000.0, 5.0
WELL_KNOWN = 150_000  # people: such a city needs no further evidence than capitals
TYPO_CUTOFF, TYPO_LENGTH = 90, 7


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of where the event is: ISO country codes, and (west, south, east, north) in degrees."""

    country_codes: tuple[str, ...] = ()
    bbox: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place named in the text; an unresolved mention has no coordinates. Kilometres and degrees; score 0–1."""

    text: str
    start: int
    end: int
    name: str | None
    type: str | None
    country_code: str | None
    latitude: float | None
    longitude: float | None
    radius_km: float | None
    score: float


@dataclass(frozen=True, slots=True)
class _Found:
    mention: Mention
    entries: tuple[Entry, ...]
    qualifier: Entry | None = None


def find_places(text: str, *, context: Context | None = None) -> list[Place]:
    """The places that `text` names, in order; never more than 50.

    Arguments:
        text: any string; 10,000 characters are read.
        context: where the event is, if known.
    """
    context = context or Context()
    text = text[:MAX_CHARACTERS]
    found = _qualified(text, _longest(_known(text, context)))
    kept = [item for item in found if _is_place(text, item, context)]
    company = {item.entries[0].country for item in kept if len({e.country for e in item.entries}) == 1}
    return [_place(item, context, company) for item in kept][:MAX_PLACES]


def _known(text: str, context: Context) -> list[_Found]:
    candidates = [
        m for m in mentions(text) if len(m.folded) >= 3 and (m.words > 1 or m.folded not in COMMON or m.capitalised)
    ]
    entries = gazetteer.lookup({m.folded for m in candidates})
    found = [_Found(m, tuple(entries[m.folded])) for m in candidates if m.folded in entries]
    return found or _misspelt(candidates, context)


def _misspelt(candidates: Iterable[Mention], context: Context) -> list[_Found]:
    """Long capitalised words that almost match a town of the event's countries."""
    names = [name for code in context.country_codes for name in gazetteer.town_names(code)]
    if not names:
        return []
    found = []
    for mention in candidates:
        if mention.words == 1 and mention.capitalised and len(mention.folded) >= TYPO_LENGTH:
            match = process.extractOne(mention.folded, names, scorer=fuzz.ratio, score_cutoff=TYPO_CUTOFF)
            if match:
                entries = [e for e in gazetteer.lookup([match[0]])[match[0]] if e.country in context.country_codes]
                found.append(_Found(mention, tuple(entries)))
    return found


def _longest(found: list[_Found]) -> list[_Found]:
    kept: list[_Found] = []
    for item in sorted(found, key=lambda f: (f.mention.start, -f.mention.end)):
        if not kept or item.mention.start >= kept[-1].mention.end:
            kept.append(item)
    return kept


def _qualified(text: str, found: list[_Found]) -> list[_Found]:
    """Join "Paris, Texas" and "Beira, Mozambique": the state or country after the comma qualifies the city."""
    result: list[_Found] = []
    skip = False
    for item, after in zip_longest(found, found[1:]):
        if skip:
            skip = False
            continue
        if (
            after
            and text[item.mention.end : after.mention.start].strip() in (",", "(", "")
            and after.mention.start - item.mention.end <= 3
        ):
            larger = next((e for e in after.entries if e.type in ("country", "state")), None)
            if larger and any(_inside(entry, larger) for entry in item.entries):
                result.append(replace(item, qualifier=larger))
                skip = True
                continue
        result.append(item)
    return result


def _inside(entry: Entry, larger: Entry) -> bool:
    if entry.country != larger.country or entry.id == larger.id:
        return False
    if larger.type == "country":
        return True
    if larger.admin1:
        return entry.admin1 == larger.admin1
    return _distance_km(entry, larger) <= 1.5 * larger.radius_km


def _is_place(text: str, item: _Found, context: Context) -> bool:
    """Whether the words mean a place here."""
    mention = item.mention
    if item.qualifier:
        return True
    if titled(text, mention):
        return False
    near = any(_in_area(e, context) or e.country in context.country_codes for e in item.entries)
    common = mention.words == 1 and mention.folded in COMMON
    if common:
        return mention.capitalised and mention.after_preposition and near
    if not mention.capitalised and not mention.hashtag:
        return near and len(mention.folded) >= 5 and (mention.after_preposition or mention.words > 1)
    if near or mention.after_preposition:
        return True
    return any(e.type in ("country", "state") or e.population >= WELL_KNOWN for e in item.entries)


def _place(item: _Found, context: Context, company: set[str]) -> Place:
    mention = item.mention
    weights = [(_weight(entry, item.qualifier, context, company), entry) for entry in item.entries]
    _, best = max(weights, key=lambda pair: pair[0])
    same = sum(weight for weight, entry in weights if _distance_km(entry, best) <= SAME_PLACE_KM)
    share = same / sum(weight for weight, _ in weights)
    if share < SURE:
        return Place(mention.text, mention.start, mention.end, None, None, None, None, None, None, round(share, 2))
    evidence = 0.75 + 0.15 * _supported(best, item, context) + 0.07 * mention.after_preposition
    return Place(
        text=mention.text,
        start=mention.start,
        end=mention.end,
        name=best.name,
        type=best.type,
        country_code=best.country,
        latitude=best.latitude,
        longitude=best.longitude,
        radius_km=best.radius_km,
        score=round(min(0.97, share * evidence), 2),
    )


def _supported(entry: Entry, item: _Found, context: Context) -> bool:
    return item.qualifier is not None or entry.country in context.country_codes or _in_area(entry, context)


def _weight(entry: Entry, qualifier: Entry | None, context: Context, company: set[str]) -> float:
    """How much speaks for one namesake: its people, times the evidence around it."""
    weight = (entry.population + 1_000) ** 0.7
    if entry.type == "country":
        weight *= 3
    if qualifier and _inside(entry, qualifier):
        weight *= QUALIFIED
    if _in_area(entry, context):
        weight *= IN_AREA
    elif entry.country in context.country_codes:
        weight *= IN_COUNTRY
    if entry.country in company:
        weight *= COMPANY
    return weight


def _in_area(entry: Entry, context: Context) -> bool:
    if context.bbox is None or entry.type == "country":
        return False
    west, south, east, north = context.bbox
    across = west <= entry.longitude <= east if west <= east else entry.longitude >= west or entry.longitude <= east
    return across and south <= entry.latitude <= north


def _distance_km(a: Entry, b: Entry) -> float:
    """Great-circle distance (haversine)."""
    phi_a, phi_b = math.radians(a.latitude), math.radians(b.latitude)
    d_phi, d_lambda = phi_b - phi_a, math.radians(b.longitude - a.longitude)
    h = math.sin(d_phi / 2) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(d_lambda / 2) ** 2
    return 12_742 * math.asin(math.sqrt(min(1.0, h)))
