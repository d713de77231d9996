"""Hand-written pairs of posts: read, told to the pipeline one pair at a time, and what came of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

FILE = Path(__file__).with_name("pairs.txt")
APART = timedelta(hours=60)  # longer than what is grouped at all: no pair meets another
WITHIN = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two posts about a country; `same` where they tell of one thing, `kind` says how they differ."""

    country: str
    lang: str
    kind: str
    same: bool
    first: str
    second: str


def read() -> Iterator[Pair]:
    """The pairs, in the order of the file."""
    country = lang = first = ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        mark, rest = line[:1], line[2:]
        if mark == "@":
            country, lang = rest.split()
        elif mark == ">":
            first = rest
        elif mark in "=!" and mark:
            kind, second = rest.split(": ", 1)
            yield Pair(country, lang, kind, mark == "=", first, second)


def outcomes(pairs: list[Pair]) -> list[tuple[Pair, str]]:
    """Each pair after the whole pipeline (classify, locate, group): `together`, `suggested` or `apart`."""
    from classifier import clock
    from responder.classification import pipeline
    from responder.feeds import ingest
    from responder.feeds.raw_post import RawPost
    from responder.models import Event, IncidentPost, SuggestedPost

    start = clock.now() - APART * (len(pairs) + 1)
    for country in sorted({pair.country for pair in pairs}):
        event, _ = Event.objects.get_or_create(
            ref=f"pairs-{country}", defaults={"name": country, "country_codes": [country]}
        )
        posts = [
            RawPost(f"{number}{side}", text, created_at=start + APART * number + late, lang=pair.lang,
                    author_handle=f"{side}{number}")
            for number, pair in enumerate(pairs) if pair.country == country
            for side, text, late in (("a", pair.first, timedelta()), ("b", pair.second, WITHIN))
        ]  # fmt: skip
        ingest.accept(posts=posts, source="pairs", event=event)
    pipeline.drain()
    rows = IncidentPost.objects.filter(post__source="pairs").values_list("post__source_id", "incident", "state")
    clusters = SuggestedPost.objects.filter(post__source="pairs").values_list("post__source_id", "suggestion")
    # Two posts without a place are suggested together: that they tell of one thing was found just the same.
    home = {key: -cluster for key, cluster in clusters}
    home |= {key: incident for key, incident, state in rows if state == "accepted"}
    suggested = {key for key, _, state in rows if state == "suggested"}
    return [(pair, _outcome(number, home, suggested)) for number, pair in enumerate(pairs)]


def _outcome(number: int, home: dict[str, int], suggested: set[str]) -> str:
    one, other = home.get(f"{number}a"), home.get(f"{number}b")
    if one is not None and one == other:
        return "together"
    return "suggested" if f"{number}b" in suggested else "apart"
