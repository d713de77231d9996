from datetime import timedelta

import pytest
import time_machine

from classifier import clock, feedback
from classifier.errors import LabelError
from classifier.models import Label, LabelTask
from monitoring import audit
from monitoring.models import AuditEvent

NEED, ADVICE, DAMAGE = "requests_or_urgent_needs", "caution_and_advice", "infrastructure_and_utility_damage"
TEXT = "RT @ana: We need WATER at the school! https://t.co/x"


@pytest.fixture
def say(people):
    """Records what somebody says; keyword arguments replace what is said."""

    def record(role="reviewer", **changes):
        said = {"subject": "post:1", "text": TEXT, "event": "flood", "lang": "en", "category": NEED, "how": "triage"}
        return feedback.record(**said | changes, by=people[role])

    return record


def standing():
    return [(label.subject, label.category) for label in feedback.standing()]


def test_a_label_keeps_its_own_text_and_the_hash_that_copies_share(say):
    label = say(priority="High", predicted=ADVICE, predicted_probability=0.6)
    assert (label.text, label.priority, label.predicted, label.predicted_probability) == (TEXT, "High", ADVICE, 0.6)
    assert label.text_key == feedback.text_key("we need water, at the school")
    assert len(label.text_key) == 64


def test_a_change_of_mind_supersedes_and_erases_nothing(say):
    first, second = say(), say(category=ADVICE)
    assert second.supersedes == first
    assert Label.objects.count() == 2
    assert standing() == [("post:1", ADVICE)]


def test_people_and_ways_do_not_supersede_each_other(say):
    say()
    assert say("lead").supersedes is None
    assert say(how="queue").supersedes is None


def test_what_was_withdrawn_counts_no_more_and_can_be_said_again(say, people):
    label = say()
    row = feedback.withdraw(label=label, by=people["lead"])
    assert (row.supersedes, row.withdrawn, row.text) == (label, True, "")
    assert standing() == []
    assert feedback.withdraw(label=Label.objects.get(pk=label.pk), by=people["lead"]) is None
    say(category=ADVICE)
    assert standing() == [("post:1", ADVICE)]


def test_adjudication_counts_before_the_queue_and_the_queue_before_triage(say):
    say(how="queue", category=ADVICE)
    say("lead", category=NEED)
    assert standing() == [("post:1", ADVICE)]
    say("superuser", how="adjudicated", category=DAMAGE)
    say("approver", how="queue", category=NEED)
    assert standing() == [("post:1", DAMAGE)]


def test_coders_who_differ_count_for_nothing_until_somebody_settles_it(say):
    say(how="queue", category=ADVICE)
    say("lead", how="queue", category=NEED)
    say("superuser", category=NEED)
    assert standing() == []
    say("superuser", how="adjudicated", category=NEED)
    assert standing() == [("post:1", NEED)]


def test_of_triage_the_newest_counts(say):
    say(), say("lead", category=ADVICE), say(subject="post:2")
    assert standing() == [("post:1", ADVICE), ("post:2", NEED)]


def test_labels_stand_as_they_did_at_a_moment(say, people):
    label = say()
    between = clock.now()
    with time_machine.travel(between + timedelta(hours=1), tick=False):
        say(category=ADVICE)
        say(subject="post:2")
    assert [(found.pk, found.category) for found in feedback.standing(cutoff=between)] == [(label.pk, NEED)]


def test_what_stands_takes_one_query_however_many_there_are(say, django_assert_num_queries):
    for number in range(5):
        say(subject=f"post:{number}"), say("lead", subject=f"post:{number}", how="queue")
    with django_assert_num_queries(1):
        assert len(feedback.standing()) == 5


def test_an_erasure_empties_texts_of_labels_and_tasks(say):
    kept, label = say(subject="post:2"), say()
    task = LabelTask.objects.create(
        subject="post:1", text=TEXT, text_key=label.text_key, purpose="audit", week="2026-W48"
    )
    assert feedback.erase(subject="post:1", by="system:erasure") == 1
    assert feedback.erase(subject="post:1", by="system:erasure") == 0
    label.refresh_from_db(), task.refresh_from_db(), kept.refresh_from_db()
    assert (label.text, task.text, kept.text) == ("", "", TEXT)
    assert label.erased_at and task.closed_at and not kept.erased_at
    assert standing() == [("post:2", NEED)]


def test_every_step_is_in_the_audit_log_without_any_text(say, people):
    feedback.withdraw(label=say(), by=people["lead"])
    feedback.erase(subject="post:1", by="user:lead-ana")
    events = list(AuditEvent.objects.order_by("sequence"))
    assert [event.action for event in events] == ["label.recorded", "label.withdrawn", "label.erased"]
    assert [event.actor for event in events] == ["user:reviewer-ana", "user:lead-ana", "user:lead-ana"]
    assert "WATER" not in str([event.detail for event in events])
    assert audit.verify().intact


@pytest.mark.parametrize(
    "wrong", [{"category": "fish"}, {"category": ""}, {"category": "dont_know_cant_judge"}, {"priority": "Very"}]
)
def test_what_training_could_not_read_is_refused(say, wrong):
    with pytest.raises(LabelError):
        say(**wrong)
    assert not Label.objects.exists()


def test_a_long_language_tag_fits_its_column(say):
    assert say(lang="zh-Hant-TW-x").lang == "zh-Hant-TW"


def test_who_passes_a_text_over_leaves_a_row_that_never_counts(people):
    task = LabelTask.objects.create(subject="post:1", text=TEXT, text_key="k", purpose="audit", week="2026-W48")
    row = feedback.decline(task=task, by=people["reviewer"])
    assert (row.withdrawn, row.text) == (True, "")
    assert standing() == []
