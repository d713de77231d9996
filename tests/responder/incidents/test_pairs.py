"""Hand-written pairs are grouped with precision; a stream full of copies leaves few entries to work through."""

import random
from collections import Counter
from datetime import timedelta

import pytest

from classifier import clock
from responder.classification import pipeline
from responder.demo import exercise
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.incidents import matching
from responder.models import Post
from responder.queries.filters import Filter
from responder.queries.queue import Queue
from tests.responder.incidents import pairs

COPIES = ("RT @someone: {}", "{} https://example.org/x", "{} @radio", "{}!!", "rt {}")
SHARE_OF_COPIES = 0.65


def test_the_pairs_are_many_and_hold_every_difficulty() -> None:
    found = list(pairs.read())
    assert len(found) >= 300 and len({(pair.first, pair.second) for pair in found}) == len(found)
    kinds = Counter((pair.same, pair.kind) for pair in found)
    assert {kind for same, kind in kinds if same} == {"words", "copy", "retweet", "quote", "count", "denial"}
    assert {kind for same, kind in kinds if not same} == {"place", "need", "thing", "talk"}
    assert len({pair.country for pair in found}) >= 25 and {pair.lang for pair in found} == {"en", "pt", "es", "fr"}


@pytest.mark.django_db
def test_pairs_are_grouped_with_precision() -> None:
    found = pairs.outcomes(list(pairs.read()))
    together = [pair.same for pair, outcome in found if outcome == "together"]
    assert sum(together) / len(together) >= 0.95
    assert sum(together) / sum(pair.same for pair, _ in found) >= 0.75  # recall: a floor under what was measured
    kept_apart = [outcome for pair, outcome in found if pair.kind == "place"]
    assert kept_apart.count("together") <= 2


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("Water is needed at the school in Macuti tonight", "Water is needed at the school in Munhava tonight", True),
        ("Water is needed at the school in Macuti tonight", "water is needed at the school in macuti tonight", False),
        ("Bridge down in Dondo, 16 missing", "RT @a: Bridge down in Dondo, 9 missing", False),
        ("Bridge down in Dondo, 16 missing", "Confirmed: Bridge down in Dondo, 16 missing", False),
        ("Bridge down in Dondo", "People on the roofs of Munhava wait for boats", False),  # no copies at all
    ],
)
def test_near_copies_about_another_name_are_told_apart(one: str, other: str, differ: bool) -> None:
    seen = [
        matching.Candidate(
            number, clock.now(), matching.words_of(text), matching.names_of(text), b"", b"", None
        )
        for number, text in enumerate((one, other))
    ]  # fmt: skip
    assert matching.another_name(*seen) is differ


@pytest.mark.django_db
def test_a_stream_of_copies_leaves_few_entries_in_the_queue(event, people) -> None:
    chance = random.Random(3)
    originals = list({exercise.distinct_text(post.text): post for post in exercise.posts()}.values())[:300]
    stream = [(post.offset_s, post.author, post.text) for post in originals]
    while len(stream) < len(originals) / (1 - SHARE_OF_COPIES):
        post = chance.choice(originals)
        stream.append((post.offset_s + chance.randint(30, 7_200), "echo", chance.choice(COPIES).format(post.text)))
    start = clock.now() - timedelta(days=2)
    posts = [
        RawPost(str(number), text, created_at=start + timedelta(seconds=offset), lang="en", author_handle=author)
        for number, (offset, author, text) in enumerate(sorted(stream))
    ]
    ingest.accept(posts=posts, source="copies", event=event)
    pipeline.drain()
    assert Post.objects.filter(state="classified").count() == len(posts) > 800
    entries = Queue.for_user(Filter(event=event.ref), event, people["reviewer"]).entries("review").count()
    assert 0 < entries <= 0.30 * len(posts)
