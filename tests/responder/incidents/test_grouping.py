"""Posts of one thing become one incident, once, whoever groups them and however often."""

import itertools
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from classifier import clock, serving
from monitoring.models import AuditEvent
from responder.classification import pipeline
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.incidents import grouping, matching, meaning
from responder.models import Incident, IncidentPost, PostEmbedding

SCENES = Path(__file__).with_name("scenes.tsv")
ROOF = [
    "Twenty people trapped on the roof of the school in Beira, water rising",
    "People trapped on the roof of the school in Beira, the water is rising fast",
    "Twenty people are trapped on a school roof in Beira. Water rising, send boats",
]
POWER = "No electricity in Beira since last night, the power lines are down"


@pytest.fixture
def arrive(event):
    """Posts come in and are understood; each by another author."""
    numbers = itertools.count()

    def come(*texts, **changes):
        posts = [
            RawPost(
                str(number), text, lang="en", created_at=changes.get("at", clock.now()),
                author_handle=changes.get("author", f"author{number}"),
            )
            for text, number in zip(texts, numbers, strict=False)
        ]  # fmt: skip
        ingest.accept(posts=posts, source="wire", event=event)
        pipeline.drain()

    return come


def sizes():
    return sorted(Incident.objects.values_list("size", flat=True))


def test_posts_about_one_thing_become_one_incident(arrive):
    arrive(*ROOF, POWER)
    incident = Incident.objects.get()
    assert (incident.size, incident.authors, incident.status) == (3, 3, "open")
    assert "Beira" in incident.title and incident.located and incident.created_by is None
    assert not incident.memberships.filter(post__text=POWER).exists()
    assert AuditEvent.objects.filter(action="incident.group").exists()


def test_later_posts_join_without_a_new_version(arrive):
    arrive(*ROOF[:2])
    arrive(ROOF[2])
    incident = Incident.objects.get()
    assert (incident.size, incident.version) == (3, 1)


def test_size_counts_distinct_authors(arrive):
    arrive(*ROOF, author="same")
    incident = Incident.objects.get()
    assert (incident.size, incident.authors) == (3, 1)


def test_grouping_twice_changes_nothing(arrive):
    arrive(*ROOF)
    before = list(IncidentPost.objects.values_list("incident", "post", "state"))
    PostEmbedding.objects.update(grouped_at=None)
    grouping.drain()
    assert list(IncidentPost.objects.values_list("incident", "post", "state")) == before
    assert sizes() == [3]


def test_what_happened_a_day_apart_or_elsewhere_stays_apart(arrive):
    arrive(ROOF[0], at=clock.now() - timedelta(hours=30))
    arrive(ROOF[1])
    arrive(ROOF[1].replace("Beira", "Chimoio"))
    assert sizes() == [1, 1, 1]


def test_what_people_took_apart_stays_apart(arrive):
    arrive(*ROOF[:2])
    membership = IncidentPost.objects.order_by("post").last()
    IncidentPost.objects.filter(pk=membership.pk).update(state="detached")
    PostEmbedding.objects.filter(post=membership.post_id).update(grouped_at=None)
    grouping.drain()
    membership.refresh_from_db()
    assert membership.state == "detached"


def test_posts_after_the_end_of_an_incident_do_not_vanish_in_it(arrive):
    arrive(*ROOF[:2])
    Incident.objects.update(status="resolved")
    arrive(ROOF[2], ROOF[1] + "!")
    assert sizes() == [2, 2]


def test_a_post_with_less_likeness_is_suggested(arrive, monkeypatch):
    arrive(*ROOF[:2])
    monkeypatch.setattr(matching, "AUTOMATIC", 0.999)
    monkeypatch.setattr(grouping, "CRITICAL", 0)  # as if it were not critical: else it opens an incident by itself
    arrive(ROOF[2])
    assert IncidentPost.objects.get(state="suggested").incident == Incident.objects.get()
    assert sizes() == [2]


def test_copies_without_a_place_join_and_other_posts_without_one_do_not(arrive):
    text = "We have had no drinking water for two days and the children are sick"
    arrive(
        text,
        text + " https://example.org/a",
        text + " https://example.org/b",
        "There is no drinking water here and we need help",
    )
    assert sizes() == [3]


def test_a_failure_of_grouping_keeps_posts_on_the_map_and_is_made_good(arrive, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(matching.Leaders, "best", lambda *_: 1 / 0)
        arrive(*ROOF)
    assert grouping.waiting() and not Incident.objects.exists()
    pipeline.group()
    assert sizes() == [3] and not grouping.waiting()


def test_pairs_of_hand_written_scenes_are_grouped_with_precision(arrive):
    rows = [line.split("\t") for line in SCENES.read_text().splitlines()[1:]]
    assert len(rows) * (len(rows) - 1) / 2 > 300
    arrive(*[row[3] for row in rows])
    scene = {row[3]: row[0] for row in rows}
    right = wrong = 0
    for incident in Incident.objects.all():
        texts = incident.memberships.filter(state="accepted").values_list("post__text", flat=True)
        for one, other in itertools.combinations(texts, 2):
            right, wrong = right + (scene[one] == scene[other]), wrong + (scene[one] != scene[other])
    assert right >= 60
    assert right / (right + wrong) >= 0.95


def test_a_batch_is_grouped_in_as_many_queries_as_a_few_posts(arrive, monkeypatch):
    arrive(*ROOF)
    texts = [f"{ROOF[i % 3]} {'!' * (i % 5)}" for i in range(60)]
    monkeypatch.setattr(pipeline, "group", lambda: 0)
    counts = []
    for number in (6, 60):
        arrive(*texts[:number])
        with CaptureQueriesContext(connection) as asked:
            grouping.drain()
        counts.append(len(asked))
    assert counts[1] <= counts[0] + 2
    assert sizes() == [69]


def test_vectors_are_small_and_equal_for_equal_words(db):
    name, (one, other, third) = meaning.embed(
        [ROOF[0], ROOF[0] + " https://a.example", POWER], serving.current().runtime
    )
    assert name == serving.current().runtime.info.sha256[:16]
    assert len(one.vector) == 384 and len(one.signature) == 16
    assert meaning.likeness(one.vector, [other.vector])[0] > 0.99 > meaning.likeness(one.vector, [third.vector])[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="one writer at a time on in-memory SQLite")
def test_two_workers_at_once_make_no_twins(arrive, monkeypatch):
    with monkeypatch.context() as waiting:
        waiting.setattr(pipeline, "group", lambda: 0)
        arrive(*(ROOF * 40))

    def work():
        grouping.drain()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sizes() == [120]
    assert IncidentPost.objects.count() == 120 and not grouping.waiting()
