"""Decides which of several places with the same name is meant, or that it is unclear.

1. Every namesake weighs as much as its people, times the evidence for it: the event's area and country, a state or
   country right behind the name, and what else the text names (countries, states, places nearby, words like "Greek").
2. Namesakes within 60 km, and an area with a place inside it, count as one.
3. One of them must hold most of the weight. In an event whose countries are known, a place elsewhere must also be
   well known or supported by the text: no pin is better than a pin on another continent.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from classifier.places import gazetteer
from classifier.places.distance import distance_km
from classifier.places.gazetteer import Entry

SURE = 0.7  # share of the weight that one namesake must hold
SAME_PLACE_KM = 60.0  # namesakes closer than this are one place
NEARBY_KM = 250.0
IN_AREA, IN_COUNTRY, QUALIFIED, COMPANY, SAME_STATE, NEARBY = 60.0, 25.0, 1_000.0, 5.0, 5.0, 3.0
WELL_KNOWN = 150_000  # people: such a city needs no further evidence than capitals
METROPOLIS = 1_000_000  # people: such a city is meant even in an event on another continent
PROMINENCE = 0.8  # exponent of the people: how much more the larger of two namesakes is spoken of
UNCOUNTED = 3_000  # people that a place without a figure is taken to have
SPELLING, CODE = 0.3, 0.05  # what a name weighs that is another Latin spelling, or a code
KIND = {"country": 2.0, "county": 0.3}  # a name alone means a district more rarely than the town of that name
MAIN_TOWN = 0.05  # a town with this share of an area's people is meant by the name that both have
AREAS = frozenset({"country", "state", "county"})


@dataclass(frozen=True, slots=True)
class Context:
    """What is known about the location of the event: ISO country codes, and (west, south, east, north) in degrees."""

    country_codes: tuple[str, ...] = ()
    bbox: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Company:
    """What else a text names: countries, places that are sure, and the states among them."""

    countries: frozenset[str] = frozenset()
    places: tuple[Entry, ...] = ()
    states: frozenset[tuple[str, str]] = field(default=frozenset())

    @classmethod
    def from_places(cls, places: Collection[Entry], countries: Collection[str] = ()) -> "Company":
        """The company that `places` are, with `countries` that other words name."""
        return cls(
            frozenset(countries) | {place.country for place in places},
            tuple(place for place in places if place.type != "country"),
            frozenset((place.country, place.admin1) for place in places if place.type == "state" and place.admin1),
        )


@dataclass(frozen=True, slots=True)
class Resolution:
    """The namesake that a name means, if one is sure; its share of the weight; whether evidence beyond people led to it."""

    entry: Entry | None
    share: float
    supported: bool = False


def resolve(
    entries: Sequence[Entry], *, context: Context, company: Company, qualifier: Entry | None = None
) -> Resolution:
    """Choose among the places of one name.

    Arguments:
        entries: at least one.
        context: where the event is.
        company: what else the text names.
        qualifier: the state or country right behind the name.
    """
    weights = [(weight(entry, qualifier, context, company), entry) for entry in entries]
    total = sum(value for value, _ in weights)
    _, heaviest = max(weights, key=lambda pair: (pair[0], -pair[1].id))
    same = [entry for _, entry in weights if _same_place(entry, heaviest)]
    share = sum(value for value, entry in weights if entry in same) / total
    best = _main_town(heaviest, same)
    supported = _supported(best, qualifier, context, company)
    if share < SURE or not (supported or _plausible(best, context, company)):
        return Resolution(None, share)
    return Resolution(best, share, supported)


def weight(entry: Entry, qualifier: Entry | None, context: Context, company: Company) -> float:
    """How much speaks for one namesake: its people, times the evidence around it."""
    value = ((entry.population or UNCOUNTED) + 1_000) ** PROMINENCE
    value *= (1.0, SPELLING, CODE)[entry.rank]
    value *= KIND.get(entry.type, 1.0)
    if qualifier and inside(entry, qualifier):
        value *= QUALIFIED
    if in_area(entry, context):
        value *= IN_AREA
    elif entry.country in context.country_codes:
        value *= IN_COUNTRY
    if entry.country in company.countries:
        value *= COMPANY
    if (entry.country, entry.admin1) in company.states:
        value *= SAME_STATE
    if entry.type != "country" and _near_company(entry, company):
        value *= NEARBY
    return value


def inside(entry: Entry, larger: Entry) -> bool:
    """Whether a place lies in an area."""
    if entry.country != larger.country or entry.id == larger.id or larger.type not in AREAS:
        return False
    if larger.type == "country":
        return entry.type != "country"
    if larger.type == "state" and larger.admin1 and entry.admin1:
        return entry.admin1 == larger.admin1 and entry.type != "state"
    return entry.type not in ("country", "state") and _distance(entry, larger) <= 1.5 * larger.radius_km


def in_area(entry: Entry, context: Context) -> bool:
    """Whether a place lies in the event's rectangle; countries lie in none."""
    if context.bbox is None or entry.type == "country":
        return False
    west, south, east, north = context.bbox
    across = west <= entry.longitude <= east if west <= east else entry.longitude >= west or entry.longitude <= east
    return across and south <= entry.latitude <= north


def _supported(entry: Entry, qualifier: Entry | None, context: Context, company: Company) -> bool:
    return (
        (qualifier is not None and inside(entry, qualifier))
        or entry.country in context.country_codes
        or in_area(entry, context)
        or entry.country in company.countries
    )


def _plausible(entry: Entry, context: Context, company: Company) -> bool:
    """Whether a place that nothing in the text or the event supports may be meant all the same."""
    if entry.type == "country":
        return True
    elsewhere = context.country_codes or company.countries
    if not elsewhere:
        return True
    continents = {gazetteer.continent(code) for code in elsewhere}
    if entry.type == "state":
        return entry.rank != gazetteer.CODE
    people = WELL_KNOWN if gazetteer.continent(entry.country) in continents else METROPOLIS
    return entry.population >= people


def _near_company(entry: Entry, company: Company) -> bool:
    return any(
        place.id != entry.id and place.country == entry.country and _distance(entry, place) <= NEARBY_KM
        for place in company.places
    )


def _same_place(entry: Entry, heaviest: Entry) -> bool:
    """Whether two namesakes are one for the reader: close together, or one inside the other."""
    if entry.type == "country" or heaviest.type == "country":
        return entry.id == heaviest.id or inside(entry, heaviest) or inside(heaviest, entry)
    if inside(entry, heaviest) or inside(heaviest, entry):
        return True
    # Buenos Aires lies within the province of that name, though it is no part of it.
    areas = [each.radius_km for each in (entry, heaviest) if each.type in AREAS and entry.country == heaviest.country]
    return _distance(entry, heaviest) <= max([SAME_PLACE_KM, *areas])


def _main_town(heaviest: Entry, same: Sequence[Entry]) -> Entry:
    """Return the main town after which an area is named, but not a village with the same name."""
    if heaviest.type not in ("state", "county"):
        return heaviest
    towns = [e for e in same if e.type in ("city", "town") and e.population >= MAIN_TOWN * heaviest.population]
    return max(towns, key=lambda entry: (entry.population, -entry.id), default=heaviest)


def _distance(a: Entry, b: Entry) -> float:
    return distance_km((a.latitude, a.longitude), (b.latitude, b.longitude))
