"""Rescues at different addresses stay apart, however alike their words; posts about one address come together."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from classifier import clock
from responder.classification import pipeline
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.incidents import grouping, matching
from responder.models import Event, Incident, IncidentPost, PostEmbedding

pytestmark = pytest.mark.django_db
Arrive = Callable[..., None]
RESCUE = "Family trapped on the roof at {} in Beira, water rising fast, send a boat"


@pytest.fixture
def arrive(event: Event) -> Arrive:
    """Posts come in a minute apart and are understood; each by another author."""
    numbers = itertools.count()
    start = clock.now() - timedelta(hours=2)

    def come(*texts: str, lang: str = "en") -> None:
        posts = [
            RawPost(str(n), text, lang=lang, created_at=start + timedelta(minutes=n), author_handle=f"author{n}")
            for text, n in zip(texts, numbers, strict=False)
        ]
        ingest.accept(posts=posts, source="wire", event=event)
        pipeline.drain()

    return come


def homes() -> dict[str, set[int]]:
    """The number of each post (in the order of arrival) by the incident that it belongs to."""
    found: dict[str, set[int]] = {}
    for incident, number in IncidentPost.objects.filter(state="accepted").values_list("incident", "post__source_id"):
        found.setdefault(str(incident), set()).add(int(number))
    return found


def together() -> list[set[int]]:
    return sorted(homes().values(), key=min)


def test_five_rescues_at_five_numbers_of_a_street_and_their_copies_are_five_incidents(arrive: Arrive) -> None:
    texts = [RESCUE.format(f"{number} Palm Street") for number in (12, 14, 16, 18, 20)]
    arrive(*texts)
    # Each is critical and opens an incident by itself; none is suggested for another.
    assert together() == [{0}, {1}, {2}, {3}, {4}] and not IncidentPost.objects.filter(state="suggested").exists()
    arrive(*[f"RT @radio: {text} https://example.org/a" for text in texts])
    assert together() == [{0, 5}, {1, 6}, {2, 7}, {3, 8}, {4, 9}]


def test_one_number_in_different_streets_is_different_incidents(arrive: Arrive) -> None:
    texts = [RESCUE.format(f"12 {street} Street") for street in ("palm", "river", "market")]
    arrive(*texts, *texts)
    assert together() == [{0, 3}, {1, 4}, {2, 5}]


@pytest.mark.parametrize(
    ("one", "other", "lang"),
    [
        (RESCUE.format("12 Palm Street"), "Beira: people on a roof, Palm St. 12. They need a boat, the water comes up", "en"),
        (RESCUE.format("12 Palm Street"), RESCUE.format("Palm St. 12"), "en"),
        ("Família presa no telhado na Rua das Flores 45 em Beira, a água sobe", "Beira, Rua das Flores nº 45: pessoas no telhado, "
         "precisamos de um barco", "pt"),
    ],
)  # fmt: skip
def test_one_address_in_other_words_is_one_incident(arrive: Arrive, one: str, other: str, lang: str) -> None:
    arrive(one, other, lang=lang)
    assert together() == [{0, 1}]


def test_an_incident_that_began_without_an_address_takes_one_address(arrive: Arrive) -> None:
    arrive(RESCUE.replace(" at {}", ""), *[RESCUE.format(f"{number} Palm Street") for number in (12, 14, 12)])
    assert together() == [{0, 1, 3}, {2}]


def test_what_people_joined_takes_posts_of_each_of_its_addresses(arrive: Arrive) -> None:
    arrive(
        RESCUE.format("12 Palm Street"), RESCUE.format("12 Palm Street") + " please", RESCUE.format("14 Palm Street")
    )
    incident = Incident.objects.get(size=2)
    IncidentPost.objects.filter(post_id=PostEmbedding.objects.latest("post").post_id).update(incident=incident)
    arrive(RESCUE.format("14 Palm Street") + " now", RESCUE.format("16 Palm Street"))
    assert together() == [{0, 1, 2, 3}, {4}]


def test_posts_with_different_telephone_numbers_are_suggested_at_most(arrive: Arrive) -> None:
    text = RESCUE.replace(" at {}", "") + ", call {}"
    arrive(text.format("84 123 4567"), text.format("+258 84 123 4567"), text.format("82 765 4321"))
    assert together() == [{0, 1}, {2}]  # it is critical, so it opens its own instead of being suggested
    assert not IncidentPost.objects.filter(state="suggested").exists()


def test_a_post_without_address_joins_as_before(arrive: Arrive) -> None:
    arrive(RESCUE.format("12 Palm Street"), RESCUE.replace(" at {}", ""))
    assert together() == [{0, 1}]


def candidate(number: int, text: str, vector: bytes = bytes([100] + [0] * 383)) -> matching.Candidate:
    return matching.Candidate(
        number, clock.now(), matching.words_of(text), matching.names_of(text), vector, bytes(16), None,
        grouping.read_identifiers(text),
    )  # fmt: skip


def test_a_telephone_number_of_many_leaders_is_a_hotline_and_no_evidence() -> None:
    text = "water food blankets {} call 84 123 4567"
    post = candidate(0, text.format("school"))
    few = matching.Leaders([candidate(1, text.format("church"))])
    many = matching.Leaders(
        [candidate(n, text.format("church")) for n in range(1, 3 + matching.MOST_LEADERS_OF_A_PHONE)]
    )
    of_few, of_many = few.best(post), many.best(post)
    assert of_few and of_many
    assert of_few.likeness == pytest.approx(min(1, of_many.likeness + matching.SAME_PHONE_BONUS))


def test_posts_with_addresses_are_grouped_in_as_many_queries_as_others(arrive: Arrive, monkeypatch: Any) -> None:
    arrive(RESCUE.format("1 Palm Street"))
    monkeypatch.setattr(pipeline, "group", lambda: 0)
    counts = []
    for numbers in (range(2, 8), range(8, 68)):
        arrive(*[RESCUE.format(f"{number} Palm Street") for number in numbers])
        with CaptureQueriesContext(connection) as asked:
            grouping.drain()
        counts.append(len(asked))
    assert counts[1] <= counts[0] + 4  # SQLite writes 60 new incidents in several parts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("किताब", "कताब"), ("दिल्ली में पानी", "दल्ली में पानी"),  # Devanagari
        ("পানি", "পান"), ("ঢাকায় বন্যা", "ঢাকয় বন্যা"),  # Bengali
        ("عَلِم", "عُلِم"),  # Arabic
        ("น้ำท่วม", "นำทวม"),  # Thai
    ],
)  # fmt: skip
def test_words_keep_their_vowel_signs_and_stay_whole(one: str, other: str) -> None:
    assert len(matching.words_of(one)) == len(one.split())
    assert matching.words_of(one) != matching.words_of(other)


def test_accents_are_equal_however_they_are_encoded() -> None:
    assert matching.words_of("água İstanbul") == matching.words_of("a\u0301gua istanbul")
    assert matching.names_of("A\u0301gua") == {"água"}
