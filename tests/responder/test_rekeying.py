"""Keys made by the older rule are made again in batches: interrupted, repeated, beside edits and decisions."""

import hashlib
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command

from classifier import feedback
from classifier.duplicates import text_key
from classifier.ml.text import normalise
from classifier.models import Label, LabelTask
from responder import rekeying, tasks, triage
from responder.models import Post, Rekeying, Snooze
from responder.triage import Choice, Verb, snoozes

pytestmark = pytest.mark.django_db
SON, DAUGHTER = "मेरा बेटा लापता है, कृपया मदद करें", "मेरी बेटी लापता है, कृपया मदद करें"
PLAIN = "Bridge down in Beira"


def older_key(text: str, digits: int = 32) -> str:
    return hashlib.sha256((normalise(text) or text).encode()).hexdigest()[:digits]


def upgrade() -> None:
    import_module("responder.migrations.0029_text_identity").note_tables_with_keys(apps, None)


@pytest.fixture
def older(make_post):
    """Posts as an older version stored them, which is installed anew."""
    posts = [make_post(text=text, text_key=older_key(text)) for text in (SON, DAUGHTER, PLAIN, SON)]
    upgrade()
    return posts


def keys() -> dict[int, str]:
    return dict(Post.objects.values_list("pk", "text_key"))


def test_a_new_installation_has_nothing_to_do() -> None:
    upgrade()
    assert not rekeying.is_pending() and rekeying.remake() == {}


def test_an_update_reads_only_tables_with_rows(older) -> None:
    assert [row.table for row in Rekeying.objects.all()] == ["posts"]
    assert rekeying.is_pending()


def test_son_and_daughter_get_keys_of_their_own_and_plain_texts_keep_theirs(older) -> None:
    assert older[0].text_key == older[1].text_key
    before = keys()
    assert rekeying.remake()["posts"] == 4
    assert keys() == {post.pk: text_key(post.text) for post in older}
    assert len(set(keys().values())) == 3
    assert keys()[older[2].pk] == before[older[2].pk]
    assert Rekeying.objects.get(table="posts").changed == 3
    assert not rekeying.is_pending() and rekeying.remake() == {}


def test_an_interrupted_run_goes_on_where_it_stopped(older, monkeypatch) -> None:
    monkeypatch.setattr(rekeying, "AT_ONCE", 2)
    rekeying._batch("posts")
    assert Rekeying.objects.get(table="posts").last == older[1].pk and rekeying.is_pending()
    assert rekeying.remake(seconds=0) == {}
    rekeying.remake()
    assert keys() == {post.pk: text_key(post.text) for post in older}


def test_an_edit_in_between_keeps_its_key(older, monkeypatch) -> None:
    model, keys_of = rekeying.TABLES["posts"]

    def edited_meanwhile(rows):
        Post.objects.filter(pk=older[0].pk).update(text="edited", text_key="of the edit")
        return keys_of(rows)

    monkeypatch.setitem(rekeying.TABLES, "posts", (model, edited_meanwhile))
    rekeying.remake()
    assert keys()[older[0].pk] == "of the edit" and keys()[older[1].pk] == text_key(DAUGHTER)


def test_a_decision_on_the_son_does_not_fall_on_the_daughter(older, people) -> None:
    """Neither before keys are made again nor afterwards; another post of the son's is covered."""
    triage.decide(post_id=older[0].pk, version=1, by=people["reviewer"], choice=Choice(Verb.CONFIRM), copies=True)
    statuses = [Post.objects.get(pk=post.pk).status for post in older]
    assert statuses == ["confirmed", "unreviewed", "unreviewed", "confirmed"]
    rekeying.remake()
    triage.decide(post_id=older[1].pk, version=1, by=people["lead"], choice=Choice(Verb.DISMISS), copies=True)
    statuses = [Post.objects.get(pk=post.pk).status for post in older]
    assert statuses == ["confirmed", "dismissed", "unreviewed", "confirmed"]


def test_a_snooze_follows_its_text_and_ends_where_two_texts_were_one(older, people, event) -> None:
    for post in older[1:3]:
        snoozes.snooze(post_id=post.pk, by=people["reviewer"], span="1h")
    upgrade()
    rekeying.remake()
    assert [row.text_key for row in Snooze.objects.all()] == [text_key(PLAIN)]
    Snooze.objects.all().delete()
    Post.objects.filter(pk=older[1].pk).delete()
    Post.objects.update(text_key=older_key(SON))
    Post.objects.filter(text=PLAIN).delete()
    snoozes.snooze(post_id=older[0].pk, by=people["reviewer"], span="1h")
    rekeying.restart()
    rekeying.remake()
    assert [row.text_key for row in Snooze.objects.all()] == [text_key(SON)]


def test_labels_tasks_and_withdrawals_follow_their_texts_and_erased_ones_stay(older, people) -> None:
    def record(subject, text):
        return feedback.record(
            subject=subject, text=text, event="flood", lang="hi", category="other_relevant_information", how="triage",
            by=people["reviewer"],
        )  # fmt: skip

    task = LabelTask.objects.create(subject="post:9", text=DAUGHTER, text_key="x", purpose="audit", week="2026-W48")
    son, erased = record("post:1", SON), record("post:2", PLAIN)
    withdrawn = feedback.withdraw(label=son, by=people["reviewer"])
    declined = feedback.decline(task=task, by=people["reviewer"])
    feedback.erase(subject="post:2", by="system:test")
    Label.objects.update(text_key=older_key(SON, 64))
    upgrade()
    rekeying.remake()
    found = dict(Label.objects.values_list("pk", "text_key"))
    assert found[son.pk] == found[withdrawn.pk] == feedback.text_key(SON)
    task.refresh_from_db()
    assert found[declined.pk] == task.text_key == feedback.text_key(DAUGHTER)
    assert found[erased.pk] == older_key(SON, 64)


def test_the_sweep_and_the_command_make_them_again(older, capsys) -> None:
    tasks.sweep_posts()
    assert not rekeying.is_pending()
    Post.objects.update(text_key=older_key(SON))
    call_command("rekey_texts", again=True)
    assert keys() == {post.pk: text_key(post.text) for post in older}
    assert "posts: 4 read" in capsys.readouterr().out
