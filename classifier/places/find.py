"""From mentions to places.

How a place is found:
1. Word sequences that the gazetteer knows become mentions; the longest wins where they overlap.
2. Each mention needs evidence that it is a place at all: capitals, a preposition, a qualifier, the event's area.
   Where a model says which words name places, its word decides instead of 1 and 2; of a name that the gazetteer does
   not know its best known part is taken, and a name without any stays unresolved.
3. Its namesakes are weighed by people, by the event's country and area, and by what else the text names.
4. A place is given only where one of them holds most of the weight; else the mention stays unresolved.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Protocol

from rapidfuzz import fuzz, process

from classifier.places import gazetteer
from classifier.places.gazetteer import Entry
from classifier.places.mentions import COMMON, PlaceMention, mentions, titled

MAX_PLACES = 50
MAX_CHARACTERS = 10_000
SURE = 0.7  # share of the weight that one namesake must hold
SAME_PLACE_KM = 60.0  # namesakes closer than this are one place
IN_AREA, IN_COUNTRY, QUALIFIED, COMPANY = 60.0, 25.0, 1_000.0, 5.0
WELL_KNOWN = 150_000  # people: such a city needs no further evidence than capitals
TYPO_CUTOFF, TYPO_LENGTH = 90, 7
# Words for things: alone they are no name, though somewhere a village is called so.
FEATURES = frozenset(
    """street road avenue boulevard blvd lane drive highway bridge river creek lake park school church hall hospital
    airport station mall plaza square hotel university college stadium market beach bay port harbour harbor point
    hill mount mountain valley forest canal dam village camp north south east west northern southern eastern western
    central upper lower county district state province island city town area community foundation center centre""".split()
)
# What may stand behind a name without being a part of it.
KINDS = frozenset("county co state province district island islands valley city town region area coast metro".split())


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
    reason: str = ""  # why a position is exact; empty for a name


class PlaceSpan(Protocol):
    """Words that a model takes for a place: code points of the text, and how sure it is, 0–1."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def score(self) -> float: ...


UNRESOLVED = Place("", 0, 0, None, None, None, None, None, None, 0.0)


@dataclass(frozen=True, slots=True)
class _Found:
    mention: PlaceMention
    entries: tuple[Entry, ...]
    qualifier: Entry | None = None


def find_places(text: str, *, context: Context | None = None, spans: Sequence[PlaceSpan] | None = None) -> list[Place]:
    """The places that `text` names, in order; never more than 50.

    Arguments:
        text: any string; 10,000 characters are read.
        context: where the event is, if known.
        spans: the words that name places, as a model sees it; None: rules find them.
    """
    context = context or Context()
    text = text[:MAX_CHARACTERS]
    if spans is not None:
        return _of_spans(text, [span for span in spans if span.end <= len(text)][:MAX_PLACES], context)
    found = _qualified(text, _longest(_known(text, context)))
    kept = [item for item in found if _is_place(text, item, context)]
    company = {item.entries[0].country for item in kept if len({e.country for e in item.entries}) == 1}
    return [_place(item, context, company) for item in kept][:MAX_PLACES]


def _of_spans(text: str, spans: Sequence[PlaceSpan], context: Context) -> list[Place]:
    """One place for each span, resolved or not."""
    if not spans:
        return []
    candidates = list(mentions(text))
    inside = [[m for m in candidates if m.start >= span.start and m.end <= span.end] for span in spans]
    entries = gazetteer.lookup({form for group in inside for m in group for form in _forms(m.folded)})
    found = [_best_part(group, entries, context) for group in inside]
    qualified = [
        replace(item, qualifier=_qualifier(text, item, found[i + 1 :])) if item else None
        for i, item in enumerate(found)
    ]
    company = {item.entries[0].country for item in found if item and len({e.country for e in item.entries}) == 1}
    places = []
    for span, item in zip(spans, qualified, strict=True):
        named = text[span.start : span.end]
        place = _place(item, context, company) if item else UNRESOLVED
        score = round(place.score * (0.5 + 0.5 * span.score), 2) if item else round(0.3 * span.score, 2)
        places.append(replace(place, text=named, start=span.start, end=span.end, score=score))
    return places


def _forms(folded: str) -> tuple[str, ...]:
    """A name as written, and without the ending of a possessive or the kind of thing that it is."""
    forms = [folded]
    if len(folded) > 4 and folded.endswith("s"):
        forms.append(folded[:-1])
    head, _, kind = folded.rpartition(" ")
    if head and kind in KINDS:
        forms.append(head)
    return tuple(forms)


def _best_part(group: Sequence[PlaceMention], entries: Mapping[str, list[Entry]], context: Context) -> _Found | None:
    """The longest part that the gazetteer knows; of equally long ones the last: "Walmart, Chico" is in Chico."""
    whole = max((mention.end - mention.start for mention in group), default=0)
    last = max(group, key=lambda m: (m.end, -m.words), default=None)
    if last and last.folded in FEATURES - KINDS:  # Richmond Street is not Richmond
        group = [mention for mention in group if mention.end - mention.start == whole]
    for mention in sorted(group, key=lambda m: (m.words, m.end), reverse=True):
        for form in _forms(mention.folded):
            known = entries.get(form, ())
            if mention.end - mention.start < whole or form != mention.folded:
                known = _trusted_part(mention, known, context)
            if known:
                return _Found(mention, tuple(known))
    return next(iter(_misspelt(group, context)), None)


def _trusted_part(mention: PlaceMention, known: Sequence[Entry], context: Context) -> list[Entry]:
    """What a part of a name may stand for: a place of the event, or a well-known one; never any "Street" on earth."""
    if mention.folded in COMMON or mention.folded in FEATURES or not (mention.capitalised or mention.hashtag):
        return []
    return [
        entry
        for entry in known
        if entry.country in context.country_codes
        or _in_area(entry, context)
        or (not context.country_codes and (entry.type in ("country", "state") or entry.population >= WELL_KNOWN))
        or entry.type == "country"
    ]


def _qualifier(text: str, item: _Found, after: Sequence[_Found | None]) -> Entry | None:
    """The state or country that directly follows: "Paris, Texas"."""
    following = next((other for other in after if other), None)
    if following is None:
        return None
    between = text[item.mention.end : following.mention.start]
    if len(between) > 3 or between.strip() not in (",", "(", ""):
        return None
    larger = [e for e in following.entries if e.type in ("country", "state", "county")]
    return next((e for e in larger if any(_inside(entry, e) for entry in item.entries)), None)


def _known(text: str, context: Context) -> list[_Found]:
    candidates = [
        m for m in mentions(text) if len(m.folded) >= 3 and (m.words > 1 or m.folded not in COMMON or m.capitalised)
    ]
    entries = gazetteer.lookup({m.folded for m in candidates})
    found = [_Found(m, tuple(entries[m.folded])) for m in candidates if m.folded in entries]
    return found or _misspelt(candidates, context)


def _misspelt(candidates: Iterable[PlaceMention], context: Context) -> list[_Found]:
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
    return distance_km((a.latitude, a.longitude), (b.latitude, b.longitude))


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance (haversine) of two points of (latitude, longitude) in degrees."""
    phi_a, phi_b = math.radians(a[0]), math.radians(b[0])
    d_phi, d_lambda = phi_b - phi_a, math.radians(b[1] - a[1])
    h = math.sin(d_phi / 2) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(d_lambda / 2) ** 2
    return 12_742 * math.asin(math.sqrt(min(1.0, h)))
