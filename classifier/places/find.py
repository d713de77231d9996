"""From a text to the places that it names.

How a place is found:
1. Words that name a place: those that a model marks, where it was measured in the text's language, and names of the
   event's area; elsewhere word sequences that the gazetteer knows and evidence speaks for (capitals, a preposition, a
   qualifier, the event's area).
2. Their namesakes in the gazetteer (`candidates`).
3. The namesakes are weighed (`resolve`), twice: what is sure at first is evidence for the rest.
4. A place is given only where one of them holds most of the weight; else the mention stays unresolved.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from classifier.places import adjectives
from classifier.places.candidates import Candidate, PlaceSpan, of_rules, of_spans
from classifier.places.distance import distance_km
from classifier.places.evidence import is_place
from classifier.places.gazetteer import Entry
from classifier.places.mentions import PlaceMention
from classifier.places.resolve import Company, Context, Resolution, in_area, resolve
from classifier.places.suffixes import stem_length

__all__ = ["MAX_PLACES", "Context", "Place", "PlaceSpan", "distance_km", "find_places"]

MAX_PLACES = 50
MAX_CHARACTERS = 10_000
# Of a text in which the gazetteer looks for names by itself: twice the longest posts. Each word costs some 50 µs, and a
# request to the API may hold a thousand texts.
SEARCHED_CHARACTERS = 1_000
LOW_SCORE = 0.3  # a span below needs the gazetteer's evidence before it is placed
HIGH_SCORE = 0.8  # a span above is listed although neither a measured language nor the gazetteer speaks for it
ROUNDS = 2


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


@dataclass(frozen=True, slots=True)
class _Named:
    """Words that name a place, what they may mean, and how sure a model is of them; None: rules found them."""

    start: int
    end: int
    candidate: Candidate | None
    score: float | None = None


def find_places(
    text: str,
    *,
    context: Context | None = None,
    spans: Sequence[PlaceSpan] | None = None,
    lang: str | None = None,
    trusted: bool = True,
) -> list[Place]:
    """The places that `text` names, in order; never more than 50.

    Arguments:
        text: any string; 10,000 characters are read, of which the gazetteer searches the first 1,000 by itself.
        context: where the event is, if known.
        spans: the words that name places, as a model sees it; None: rules find them.
        lang: the language of the text like `tr`, for the endings of its names; None tries those of its script.
        trusted: whether the model was measured in this language. If so, the gazetteer's own matches are added where
            they are places of the event; if not, they are taken, and of the spans those that it knows.
    """
    context = context or Context()
    text = text[:MAX_CHARACTERS]
    if spans is None:
        named = _by_rules(text, context, lang)
    else:
        spans = [span for span in spans if span.end <= len(text)][:MAX_PLACES]
        named = _by_model(text, spans, context, lang)
        if not trusted:
            named = _merged(text, named, _by_rules(text, context, lang), context, lang)
        elif context.country_codes or context.bbox:
            named = _with_names_of_the_event(named, _by_rules(text, context, lang), context)
    return _places(text, named[:MAX_PLACES], context)


def _by_rules(text: str, context: Context, lang: str | None) -> list[_Named]:
    found = of_rules(text[:SEARCHED_CHARACTERS], context, lang)
    return [_Named(*_without_ending(candidate.mention), candidate) for candidate in found]


def _without_ending(mention: PlaceMention) -> tuple[int, int]:
    """Return the span of a name without an ending after its apostrophe, as in "Kahramanmaraş'ta"."""
    last = mention.text.rfind(" ") + 1
    return mention.start, mention.start + last + stem_length(mention.text, last)


def _by_model(text: str, spans: Sequence[PlaceSpan], context: Context, lang: str | None) -> list[_Named]:
    """One for each span, whether the gazetteer knows it or not."""
    named = []
    for span, candidate in zip(spans, of_spans(text, spans, context, lang), strict=True):
        doubtful = candidate and span.score < LOW_SCORE and not candidate.qualifier
        if candidate and doubtful and not is_place(text, candidate.mention, candidate.entries, context, lang):
            named.append(_Named(span.start, span.end, None, span.score))
        else:
            named.append(_Named(span.start, span.end, candidate, span.score))
    return named


def _merged(
    text: str, by_model: Sequence[_Named], by_rules: Sequence[_Named], context: Context, lang: str | None
) -> list[_Named]:
    """The rules' finds, and of the model's those elsewhere that the gazetteer knows or that it is very sure of."""
    kept = [
        named
        for named in by_model
        if not any(named.start < other.end and other.start < named.end for other in by_rules)
        and (
            (named.candidate and is_place(text, named.candidate.mention, named.candidate.entries, context, lang))
            or (named.score or 0.0) >= HIGH_SCORE
        )
    ]
    return sorted([*kept, *by_rules], key=lambda named: named.start)


def _with_names_of_the_event(by_model: Sequence[_Named], by_rules: Sequence[_Named], context: Context) -> list[_Named]:
    """The model's finds, and the rules' elsewhere that are places of the event: models miss names that they seldom saw."""
    added = [
        named
        for named in by_rules
        if named.candidate
        and any(entry.country in context.country_codes or in_area(entry, context) for entry in named.candidate.entries)
        and not any(named.start < other.end and other.start < named.end for other in by_model)
    ]
    return sorted([*by_model, *added], key=lambda named: named.start)


def _places(text: str, named: Sequence[_Named], context: Context) -> list[Place]:
    """Return the places of all names. Each is ranked with the certain places as evidence."""
    if not named:
        return []
    countries = adjectives.named(text)
    resolutions: list[Resolution | None] = [None] * len(named)
    for _ in range(ROUNDS):
        resolutions = [
            _resolution(each, context, Company.from_places(_sure(resolutions, i), countries))
            for i, each in enumerate(named)
        ]
    return [_place(text, each, resolution) for each, resolution in zip(named, resolutions, strict=True)]


def _sure(resolutions: Sequence[Resolution | None], but: int) -> list[Entry]:
    return [each.entry for i, each in enumerate(resolutions) if i != but and each and each.entry]


def _resolution(named: _Named, context: Context, company: Company) -> Resolution | None:
    if named.candidate is None:
        return None
    candidate = named.candidate
    return resolve(candidate.entries, context=context, company=company, qualifier=candidate.qualifier)


def _place(text: str, named: _Named, resolution: Resolution | None) -> Place:
    words = text[named.start : named.end]
    certainty = 1.0 if named.score is None else 0.5 + 0.5 * named.score
    if resolution is None or named.candidate is None:
        score = round(0.3 * (named.score or 0.0), 2)
        return Place(words, named.start, named.end, None, None, None, None, None, None, score)
    unresolved = Place(words, named.start, named.end, None, None, None, None, None, None, 0.0)
    entry = resolution.entry
    if entry is None:
        return replace(unresolved, score=round(min(0.69, resolution.share) * certainty, 2))
    evidence = 0.75 + 0.15 * resolution.supported + 0.07 * named.candidate.mention.after_preposition
    return replace(
        unresolved,
        name=entry.name,
        type=entry.type,
        country_code=entry.country,
        latitude=entry.latitude,
        longitude=entry.longitude,
        radius_km=entry.radius_km,
        score=round(min(0.97, resolution.share * evidence) * certainty, 2),
    )
