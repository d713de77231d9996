"""From words to namesakes: how a mention is looked up in the gazetteer, with what qualifies it.

A name is tried as written, then without its ending, then without its kind ("Harris County"). Of a marked name that the
gazetteer does not know as a whole the best known part is taken: of "Walmart, Chico" the town.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Protocol

from classifier.places import adjectives, gazetteer
from classifier.places.evidence import COMMON_ELSEWHERE, is_cased, is_marked, is_place
from classifier.places.fold import fold
from classifier.places.gazetteer import CODE, OTHER, Entry
from classifier.places.mentions import COMMON, PlaceMention, mentions
from classifier.places.resolve import AREAS, WELL_KNOWN, Context, in_area, inside
from classifier.places.sounds import key, romanised, script, spelling
from classifier.places.suffixes import stems
from classifier.words import UNSPACED

TYPO_CUTOFF, TYPO_LENGTH = 90, 7
# How alike (0 to 100) a name of another alphabet must sound; more where it has few consonants.
SOUND_CUTOFF, SHORT_SOUND_CUTOFF, SOUND_CONSONANTS, SOUND_LETTERS = 78, 90, 3, 4
ARABIC_CONSONANTS = 4  # it leaves out most vowels
ENDING_COST = 6  # by which a name without its ending sounds less alike
STATE_PEOPLE = 1_000_000  # a state that only a part of a marked name names must be at least so large
ENDING_PEOPLE = 250_000  # the same where no model marks it and no preposition stands before it
STEM_PEOPLE = 15_000  # a name that only appears without its ending must be at least so well known
# Words for things: alone they are no name, though somewhere a village is called so.
FEATURES = frozenset(
    """lakes rivers street st road rd avenue ave boulevard blvd parkway pkwy hwy lane drive highway bridge river creek lake park school church hall hospital
    airport station mall plaza square hotel university college stadium market beach bay port harbour harbor point
    hill mount mountain valley forest canal dam village camp north south east west northern southern eastern western
    central upper lower county district state province island city town area community foundation center centre""".split()
)
# What may stand behind a name without being a part of it.
KINDS = frozenset(
    """county co state province district island islands valley city town region area coast metro municipality
    governorate prefecture regency department""".split()
)
PARTICLES = frozenset("de del la las los da do dos das di du des of".split())
BETWEEN = frozenset({"", ",", "(", "，", "、", "،", "/", "-"})
# Codes that are also English words: behind a name in a text of capitals they qualify nothing.
WORDS = frozenset("in me or ok hi la de al pa ma id co oh is it to no my so at be by as am us an do go".split())
# Names in Katakana that are longer than `mentions` tries, or divided by dots.
KATAKANA = re.compile("[ァ-ヺー]+(?:[・･=＝][ァ-ヺー]+)+|[ァ-ヺー]{9,}")
Found = Mapping[str, list[Entry]]


class PlaceSpan(Protocol):
    """Words that a model takes for a place: code points of the text, and how sure it is, 0–1."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def score(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A mention with every place it may mean, and the area after it that disambiguates."""

    mention: PlaceMention
    entries: tuple[Entry, ...]
    qualifier: Entry | None = None


def of_spans(text: str, spans: Sequence[PlaceSpan], context: Context, lang: str | None) -> list[Candidate | None]:
    """What each marked span may mean; None for one that the gazetteer does not know."""
    if not spans:
        return []
    everything = _mentions(text)
    groups = [_inside_span(text, span, everything) for span in spans]
    behind = [_behind(text, span.end, everything) for span in spans]
    known = gazetteer.lookup(
        {form for group in [*groups, *behind] for mention in group for form in forms(mention, lang)}
    )
    found = []
    for span, group, after in zip(spans, groups, behind, strict=True):
        candidate = _best(group, known, context, lang) or _by_sound(text, span, group, lang)
        if candidate and candidate.qualifier is None:
            candidate = replace(candidate, qualifier=_qualifier(text, candidate, after, known))
        found.append(candidate)
    return found


def of_rules(text: str, context: Context, lang: str | None) -> list[Candidate]:
    """What the gazetteer knows and evidence speaks for, in order, without overlaps."""
    everything = _mentions(text)
    tried = [mention for mention in everything if _worth_a_look(mention, context)]
    known = gazetteer.lookup({form for mention in tried for form in forms(mention, lang)})
    found = []
    for mention in tried:
        entries = _entries(mention, known, context, lang)
        if mention.folded not in known:
            entries = _sure_without_ending(text, mention, entries, context, lang)
        if entries and (not UNSPACED.match(mention.text) or is_place(text, mention, entries, context, lang)):
            found.append(Candidate(mention, entries))
    found = found or _misspelt(tried, context)
    return [
        candidate
        for candidate in _qualified(text, _longest(found))
        if candidate.qualifier or is_place(text, candidate.mention, candidate.entries, context, lang)
    ]


def _mentions(text: str) -> list[PlaceMention]:
    return [
        *mentions(text, starts=gazetteer.unspaced_starts()),
        *(PlaceMention(m[0], m.start(), m.end(), fold(m[0]), 1, False, False, False) for m in KATAKANA.finditer(text)),
    ]


def forms(mention: PlaceMention, lang: str | None) -> Iterator[str]:
    """A name as written, without its ending, and without the kind of thing that it is; each folded, each once."""
    return iter(dict.fromkeys(_forms(mention, lang)))


def _forms(mention: PlaceMention, lang: str | None) -> Iterator[str]:
    folded = mention.folded
    yield folded
    if not mention.hashtag and not UNSPACED.match(mention.text):
        for stem in stems(mention.text, lang):
            yield fold(stem)
    if len(folded) > 4 and folded.endswith("s"):
        yield folded[:-1]
    head, _, kind = folded.rpartition(" ")
    if head and kind == "co":
        yield f"{head} county"
    if " mc " in folded:  # "#FortMcMurray" is divided before each capital
        yield folded.replace(" mc ", " mc")
    if head and kind in KINDS:
        yield head


def _worth_a_look(mention: PlaceMention, context: Context) -> bool:
    """Whether a mention could pass as a place: looking up every word of a text would be slow and of no use."""
    if UNSPACED.match(mention.text):
        return len(mention.folded) >= 2 and mention.folded[:2] in gazetteer.unspaced_starts()
    if mention.folded in adjectives.countries():
        return False
    if len(mention.folded) < 3 and not mention.text.isupper():
        return False
    if not is_cased(mention.text) or mention.capitalised or mention.hashtag:
        return True
    return bool(context.country_codes or context.bbox) and mention.folded not in COMMON


def _entries(mention: PlaceMention, known: Found, context: Context, lang: str | None) -> tuple[Entry, ...]:
    """The places of the first form that has any."""
    for form in forms(mention, lang):
        entries = [
            entry
            for entry in known.get(form, ())
            if mention.text.isupper() or not (entry.rank == CODE or (len(form) <= 2 and is_cased(form)))
        ]
        if form != mention.folded:
            if form in COMMON_ELSEWHERE or form in FEATURES:
                return ()
            entries = [entry for entry in entries if _known_enough(entry, context)]
        if entries:
            return tuple(entries)
    return ()


def _known_enough(entry: Entry, context: Context) -> bool:
    """Whether a name without its ending may mean this place."""
    return entry.rank != CODE and (
        entry.country in context.country_codes
        or in_area(entry, context)
        or entry.type in ("country", "state")
        or entry.population >= STEM_PEOPLE
    )


def _sure_without_ending(
    text: str, mention: PlaceMention, entries: tuple[Entry, ...], context: Context, lang: str | None
) -> tuple[Entry, ...]:
    """The places of a word that is no name as it stands, if something marks it or nobody would mistake them."""
    if mention.after_preposition or is_marked(text, mention, lang):
        return entries
    return tuple(
        entry
        for entry in entries
        if entry.country in context.country_codes or entry.type == "country" or entry.population >= ENDING_PEOPLE
    )


def _inside_span(text: str, span: PlaceSpan, everything: Sequence[PlaceMention]) -> list[PlaceMention]:
    """The mentions inside a span, among them the span itself, whatever its words are."""
    group = [m for m in everything if m.start >= span.start and m.end <= span.end]
    named = text[span.start : span.end]
    if not any(m.start == span.start and m.end == span.end for m in group) and fold(named):
        capitalised = named[:1].isupper()
        group.append(
            PlaceMention(named, span.start, span.end, fold(named), len(named.split()), capitalised, False, False)
        )
    return group


def _behind(text: str, end: int, everything: Sequence[PlaceMention]) -> list[PlaceMention]:
    """The mentions right behind a name."""
    return [m for m in everything if end <= m.start <= end + 3 and text[end : m.start].strip() in BETWEEN]


def _qualifier(text: str, candidate: Candidate, after: Sequence[PlaceMention], known: Found) -> Entry | None:
    """The area right behind a name in which one of its places lies: "Paris, Texas", "Lismore NSW"."""
    for mention in sorted(after, key=lambda m: -m.words):
        joined = text[candidate.mention.end : mention.start].strip() == ""
        for entry in _by_rank(known.get(mention.folded, ())):
            if entry.type in AREAS and _may_qualify(entry, mention, candidate, joined=joined):
                return entry
    return None


def _by_rank(entries: Iterable[Entry]) -> list[Entry]:
    """Names before codes: CA is California first, then Canada."""
    return sorted(entries, key=lambda entry: (entry.rank, -entry.population))


def _may_qualify(entry: Entry, mention: PlaceMention, candidate: Candidate, *, joined: bool) -> bool:
    if not any(inside(each, entry) for each in candidate.entries):
        return False
    if len(mention.folded) <= 3 and is_cased(mention.text):
        return mention.text.isupper() and not (mention.folded in WORDS and joined and candidate.mention.text.isupper())
    return not is_cased(mention.text) or mention.capitalised


def _best(group: Sequence[PlaceMention], known: Found, context: Context, lang: str | None) -> Candidate | None:
    """The longest part that the gazetteer knows; of equally long ones the last: "Walmart, Chico" is in Chico."""
    whole = max((mention.end - mention.start for mention in group), default=0)
    last = max(group, key=lambda m: (m.end, -m.words), default=None)
    if any(m.folded in adjectives.countries() for m in group if m.end - m.start == whole):
        return None
    if last and last.folded in FEATURES - KINDS:  # Richmond Street is not Richmond
        group = [mention for mention in group if mention.end - mention.start == whole]
    for mention in sorted(group, key=lambda m: (m.end - m.start == whole, m.words, m.end), reverse=True):
        entries = _entries(mention, known, context, lang)
        if mention.end - mention.start < whole:
            divided = _divided(mention, group, known, context, lang)
            if divided:
                return divided
            entries = () if _goes_on(mention, group) else _trusted_part(mention, entries, context)
        if entries:
            return Candidate(mention, entries)
    return next(iter(_misspelt(group, context)), None)


def _by_sound(text: str, span: PlaceSpan, group: Sequence[PlaceMention], lang: str | None) -> Candidate | None:
    """Return places that sound like a marked name in another alphabet, if the gazetteer has only their Latin name."""
    whole = next((m for m in group if (m.start, m.end) == (span.start, span.end)), None)
    if whole is None or script(whole.folded[:1]) == "LATIN":
        return None
    from rapidfuzz import fuzz  # here and below: most processes look no name up

    heard = {name: key(name) for form in forms(whole, lang) if len(name := romanised(form)) >= SOUND_LETTERS}
    first = next(iter(heard), "")
    known = gazetteer.sounding({sound for sound in heard.values() if sound})
    alike: dict[int, tuple[float, Entry]] = {}
    for name, sound in heard.items():
        for entry in known.get(sound, ()):
            ratio = fuzz.ratio(spelling(name), spelling(fold(entry.name))) - (0 if name == first else ENDING_COST)
            short = len(sound) < (ARABIC_CONSONANTS if script(whole.folded[:1]) == "ARABIC" else SOUND_CONSONANTS)
            enough = SHORT_SOUND_CUTOFF if short else SOUND_CUTOFF
            if short and entry.population < WELL_KNOWN:
                continue
            if ratio >= enough and ratio > alike.get(entry.id, (0.0, entry))[0]:
                alike[entry.id] = (ratio, entry)
    best = max((ratio for ratio, _ in alike.values()), default=0.0)
    entries = tuple(entry for ratio, entry in alike.values() if ratio >= best - 4)
    return Candidate(whole, entries) if entries else None


def _divided(
    head: PlaceMention, group: Sequence[PlaceMention], known: Found, context: Context, lang: str | None
) -> Candidate | None:
    """A name and its area inside one span: "Chico, California", "Lismore NSW"."""
    entries = _entries(head, known, context, lang)
    for tail in group:
        if entries and 0 < tail.start - head.end <= 2:
            candidate = Candidate(head, entries)
            for entry in _by_rank(known.get(tail.folded, ())):
                if entry.type in AREAS and _may_qualify(entry, tail, candidate, joined=True):
                    return replace(candidate, qualifier=entry)
    return None


def _goes_on(mention: PlaceMention, group: Sequence[PlaceMention]) -> bool:
    """Whether a part of a name is followed by "de" and the like: "Santiago de la Paz" is not Santiago."""
    return any(0 < other.start - mention.end <= 2 and other.folded in PARTICLES for other in group)


def _trusted_part(mention: PlaceMention, entries: Sequence[Entry], context: Context) -> tuple[Entry, ...]:
    """What a part of a name may stand for: a place of the event, or a well-known one; never any "Street" on earth."""
    if mention.folded in COMMON or mention.folded in FEATURES or len(mention.folded) <= 2:
        return ()
    if is_cased(mention.text) and not (mention.capitalised or mention.hashtag):
        return ()
    return tuple(
        entry
        for entry in entries
        if entry.rank < OTHER
        and (
            entry.country in context.country_codes
            or in_area(entry, context)
            or entry.type == "country"
            or (
                not context.country_codes
                and entry.population >= (STATE_PEOPLE if entry.type == "state" else WELL_KNOWN)
            )
        )
    )


def _misspelt(tried: Iterable[PlaceMention], context: Context) -> list[Candidate]:
    """Long capitalised words that almost match a town of the event's countries."""
    names = [name for code in context.country_codes for name in gazetteer.town_names(code)]
    if not names:
        return []
    from rapidfuzz import fuzz, process

    found = []
    for mention in tried:
        if mention.words == 1 and mention.capitalised and len(mention.folded) >= TYPO_LENGTH:
            match = process.extractOne(mention.folded, names, scorer=fuzz.ratio, score_cutoff=TYPO_CUTOFF)
            if match:
                entries = [e for e in gazetteer.lookup([match[0]])[match[0]] if e.country in context.country_codes]
                found.append(Candidate(mention, tuple(entries)))
    return found


def _longest(found: Iterable[Candidate]) -> list[Candidate]:
    kept: list[Candidate] = []
    for candidate in sorted(found, key=lambda c: (c.mention.start, -c.mention.end)):
        if not kept or candidate.mention.start >= kept[-1].mention.end:
            kept.append(candidate)
    return kept


def _qualified(text: str, found: Sequence[Candidate]) -> list[Candidate]:
    """Join "Paris, Texas" and "Lismore NSW". The area after the town then doesn't count as a separate place."""
    result: list[Candidate] = []
    skip = False
    for each, after in zip_longest(found, found[1:]):
        if skip:
            skip = False
            continue
        candidate = each
        if after and after.mention.start - each.mention.end <= 3:
            behind = [after.mention] if text[candidate.mention.end : after.mention.start].strip() in BETWEEN else []
            qualifier = _qualifier(text, candidate, behind, {after.mention.folded: list(after.entries)})
            if qualifier:
                candidate, skip = replace(candidate, qualifier=qualifier), True
        result.append(candidate)
    return result
