"""A post that its source deleted is found nowhere afterwards, and never comes back."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import models

from classifier import clock, feedback, snapshots
from classifier.models import Label, LabelTask, Prediction
from monitoring import audit
from responder import triage
from responder.classification import pipeline
from responder.feeds import erasure, ingest
from responder.feeds.raw_post import RawPost
from responder.incidents import membership
from responder.models import Event, Incident, Post, Tombstone, User
from responder.privacy import reveal

pytestmark = pytest.mark.django_db
SECRET = "zebrafinch"  # a word that every post holds and nothing else does


def everything_stored() -> dict[str, str]:
    """Table → what its columns say that can hold text; whatever table it is."""
    found = {}
    for model in apps.get_models():
        names = [
            field.attname for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField | models.JSONField | models.BinaryField)
        ]  # fmt: skip
        if model._meta.managed and names:
            found[model._meta.db_table] = "".join(str(row) for row in model.objects.values_list(*names).iterator())
    return found


def tables_with(*words: str) -> list[str]:
    return [table for table, text in everything_stored().items() if any(word in text for word in words)]


def gone_posts(event: Event, count: int) -> list[str]:
    posts = [
        RawPost(f"id-{SECRET}-{number}", f"Water and boats needed in Beira {SECRET} street {number}",
                created_at=clock.now() - timedelta(seconds=number), author_handle=f"by_{SECRET}_{number % 50}",
                links=(f"https://example.org/{SECRET}/{number}",))
        for number in range(count)
    ]  # fmt: skip
    for start in range(0, count, 250):
        ingest.accept(posts=posts[start : start + 250], source="wire", event=event)
    ingest.accept(posts=[RawPost("stays", "Water needed in Beira")], source="wire", event=event)
    pipeline.drain()
    return [post.source_id for post in posts]


def used_by_people(people: dict[str, User], event: Event) -> None:
    """Decisions, an undo, labels, label tasks, a reveal, an incident with people's words."""
    reviewer, lead = people["reviewer"], people["lead"]
    posts = list(Post.objects.filter(text__contains=SECRET).order_by("pk")[:6])
    triage.confirm(post_id=posts[0].pk, version=1, by=reviewer)
    triage.correct(post_id=posts[1].pk, version=1, by=reviewer, category="missing_or_found_people")
    triage.undo(post_id=posts[1].pk, version=2, by=reviewer)
    triage.correct(post_id=posts[1].pk, version=3, by=lead, category="not_humanitarian")
    LabelTask.objects.create(
        subject=f"post:{posts[2].pk}", text=posts[2].text, text_key="k", purpose="audit", week="2026-W48"
    )
    reveal.ask(post_id=posts[3].pk, by=lead, reason="To call them back")
    free = Post.objects.filter(text__contains=SECRET, memberships=None)[:2]
    if free:
        membership.create(post_ids=[post.pk for post in free], by=reviewer)


@pytest.mark.parametrize("count", [120, pytest.param(1_000, marks=pytest.mark.slow)])
def test_nothing_of_deleted_posts_is_found_anywhere(
    event: Event, people: dict[str, User], client: Any, count: int
) -> None:
    ids = gone_posts(event, count)
    used_by_people(people, event)
    before = feedback.standing()
    assert {"responder_post", "responder_postwords", "classifier_label", "classifier_labeltask"} <= set(
        tables_with(SECRET)
    )
    assert len(before) == 2 and Incident.objects.exists()

    assert erasure.delete(source="wire", source_ids=ids) == count

    assert tables_with(SECRET) == []
    assert Post.objects.get().source_id == "stays"
    assert Prediction.objects.count() == 1
    assert Label.objects.exists() and not Label.objects.filter(erased_at=None).exists()
    assert feedback.standing() == []
    assert Tombstone.objects.filter(known=True).count() == count
    left = {incident: incident.memberships.filter(state="accepted").count() for incident in Incident.objects.all()}
    assert all(incident.size == count <= 1 for incident, count in left.items())
    assert audit.verify().intact
    assert SECRET not in str(getattr(cache, "_cache", ""))
    client.force_login(people["lead"])
    for address in (f"/feed/?q={SECRET}", "/map/data", "/map/items", "/feed/items", "/incidents/", "/triage/"):
        shown = client.get(address).content.decode()
        assert not [said for said in (f"{SECRET} street", f"id-{SECRET}", f"by_{SECRET}") if said in shown], address


def test_what_was_deleted_never_comes_back(event: Event) -> None:
    ids = gone_posts(event, 3)
    erasure.delete(source="wire", source_ids=ids)
    again = ingest.accept(posts=[RawPost(ids[0], SECRET), RawPost("fresh", "Water")], source="wire", event=event)
    assert again == ingest.Accepted(new=1, known=0, gone=1)
    assert ingest.accept(posts=[RawPost(ids[0], SECRET)], source="elsewhere", event=event).new == 1


def test_deleting_twice_is_harmless_and_what_never_was_here_is_forgotten_in_days(event: Event) -> None:
    ids = gone_posts(event, 2)
    assert erasure.delete(source="wire", source_ids=[*ids, "never here"]) == 2
    assert erasure.delete(source="wire", source_ids=ids) == 0
    Tombstone.objects.update(at=clock.now() - timedelta(days=4))
    from responder.feeds import tombstones

    tombstones.prune()
    assert Tombstone.objects.count() == 2


def test_a_snapshot_that_was_taken_before_leaves_the_deleted_texts_out(
    event: Event, people: dict[str, User], tmp_path: Any, settings: Any
) -> None:
    settings.DATA_DIR, settings.CORPUS_DIR = tmp_path, None
    ids = gone_posts(event, 8)
    used_by_people(people, event)
    snapshot = snapshots.take(cutoff=clock.now())
    assert len(snapshot.labels) == 2
    erasure.delete(source="wire", source_ids=ids)
    assert snapshots.restore(snapshot, tmp_path / "again") == 2
    texts = "".join(path.read_text() for path in (tmp_path / "again").iterdir() if path.is_file())
    assert SECRET not in texts and snapshots.tombstones(snapshot) == 2
