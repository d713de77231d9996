import threading

import pytest
from django.db import connection

from classifier import feedback
from classifier.models import Label
from monitoring.models import AuditEvent
from responder import triage
from responder.errors import Conflict, Invalid, Missing, NotPermitted
from responder.models import Change, Post, TriageAction

VERBS = [
    (triage.confirm, {}, ("confirmed", "requests_or_urgent_needs", "needs")),
    (triage.correct, {"category": "injured_or_dead_people"}, ("corrected", "injured_or_dead_people", "people")),
    (triage.dismiss, {}, ("dismissed", "requests_or_urgent_needs", "aside")),
]


def decisions():
    return AuditEvent.objects.filter(object_type="post")


def taught():
    """(who, category) of what triage says about each post."""
    return [(label.by.username, label.category) for label in feedback.standing()]


@pytest.mark.parametrize(("verb", "arguments", "outcome"), VERBS)
def test_a_decision_changes_the_post_and_leaves_its_records(make_post, people, verb, arguments, outcome):
    post, reviewer = make_post(), people["reviewer"]
    action = verb(post_id=post.pk, version=1, by=reviewer, **arguments)
    post.refresh_from_db()
    assert (post.status, post.category, post.group) == outcome
    assert post.version == 2
    assert post.reviewed_by == reviewer
    assert post.reviewed_at is not None
    assert (action.version, action.before["status"], action.after["status"]) == (2, "unreviewed", outcome[0])
    assert Change.objects.get().kind == "decided"
    recorded = decisions().get()
    assert (recorded.actor, recorded.object_id) == ("user:reviewer-ana", str(post.pk))
    assert post.text not in str(recorded.detail)


def test_what_the_model_said_stays(make_post, people):
    post = make_post(band=2, probability=0.4)
    triage.correct(post_id=post.pk, version=1, by=people["reviewer"], category="caution_and_advice")
    post.refresh_from_db()
    assert (post.model_category, post.band, post.probability) == ("requests_or_urgent_needs", 2, 0.4)


def test_confirming_brings_back_what_was_set_aside(make_post, people):
    post = make_post(abstained=True, group="aside", band=1)
    triage.confirm(post_id=post.pk, version=1, by=people["reviewer"])
    post.refresh_from_db()
    assert post.group == "needs"


def test_the_second_of_two_people_learns_who_was_first_and_with_what(make_post, people):
    post = make_post()
    triage.correct(post_id=post.pk, version=1, by=people["lead"], category="caution_and_advice")
    with pytest.raises(Conflict) as refused:
        triage.confirm(post_id=post.pk, version=1, by=people["reviewer"])
    conflict = refused.value
    assert (conflict.by, conflict.what, conflict.version) == ("Ana Lead", "Set Caution and advice", 2)
    assert conflict.at == TriageAction.objects.get().at
    assert TriageAction.objects.count() == decisions().count() == Change.objects.count() == 1


@pytest.mark.parametrize("version", [0, 2, 10**9])
def test_a_version_that_never_was_conflicts_too(make_post, people, version):
    with pytest.raises(Conflict):
        triage.confirm(post_id=make_post().pk, version=version, by=people["reviewer"])


@pytest.mark.parametrize("role", ["viewer", "approver", "auditor", "partner"])
def test_other_roles_decide_nothing(make_post, people, role):
    post = make_post()
    for verb in (triage.confirm, triage.dismiss, triage.undo):
        with pytest.raises(NotPermitted):
            verb(post_id=post.pk, version=1, by=people[role])
    assert not TriageAction.objects.exists()


def test_an_unknown_category_is_refused(make_post, people):
    with pytest.raises(Invalid, match="fish"):
        triage.correct(post_id=make_post().pk, version=1, by=people["reviewer"], category="fish")


def test_a_post_that_is_not_there_or_not_classified_is_missing(make_post, people):
    waiting = make_post(state="accepted")
    for post_id in (waiting.pk, 10**15):
        with pytest.raises(Missing):
            triage.confirm(post_id=post_id, version=1, by=people["reviewer"])


@pytest.mark.parametrize(("verb", "arguments", "outcome"), VERBS)
def test_undo_restores_all_that_was_before(make_post, people, verb, arguments, outcome):
    post = make_post(abstained=True, group="aside")
    reviewer = people["reviewer"]
    decided = verb(post_id=post.pk, version=1, by=reviewer, **arguments)
    undone = triage.undo(post_id=post.pk, version=2, by=reviewer)
    assert post.status == "unreviewed"
    before = {name: getattr(post, name) for name in triage.DECIDED}
    post.refresh_from_db()
    assert {name: getattr(post, name) for name in triage.DECIDED} == before
    assert post.version == 3
    assert undone.undoes == decided
    assert decisions().count() == Change.objects.count() == 2


def test_undo_goes_back_decision_by_decision_and_each_only_once(make_post, people):
    post, reviewer = make_post(), people["reviewer"]
    first = triage.confirm(post_id=post.pk, version=1, by=reviewer)
    second = triage.dismiss(post_id=post.pk, version=2, by=reviewer)
    assert triage.undo(post_id=post.pk, version=3, by=reviewer).undoes == second
    post.refresh_from_db()
    assert (post.status, post.reviewed_by) == ("confirmed", reviewer)
    assert triage.undo(post_id=post.pk, version=4, by=reviewer).undoes == first
    post.refresh_from_db()
    assert (post.status, post.reviewed_by, post.reviewed_at) == ("unreviewed", None, None)
    with pytest.raises(Invalid):
        triage.undo(post_id=post.pk, version=5, by=reviewer)


def test_only_leads_undo_what_others_decided(make_post, people):
    post = make_post()
    triage.confirm(post_id=post.pk, version=1, by=people["superuser"])
    with pytest.raises(NotPermitted):
        triage.undo(post_id=post.pk, version=2, by=people["reviewer"])
    triage.undo(post_id=post.pk, version=2, by=people["lead"])
    assert Post.objects.get().status == "unreviewed"


def test_undo_of_an_older_version_conflicts(make_post, people):
    post = make_post()
    triage.confirm(post_id=post.pk, version=1, by=people["reviewer"])
    triage.dismiss(post_id=post.pk, version=2, by=people["lead"])
    with pytest.raises(Conflict):
        triage.undo(post_id=post.pk, version=2, by=people["reviewer"])


@pytest.mark.parametrize(
    ("verb", "arguments", "category"),
    [
        (triage.confirm, {}, "requests_or_urgent_needs"),
        (triage.correct, {"category": "caution_and_advice"}, "caution_and_advice"),
        (triage.dismiss, {}, "not_humanitarian"),
    ],
)
def test_a_decision_is_a_label_until_it_is_undone(make_post, people, verb, arguments, category):
    post = make_post(lang="pt")
    verb(post_id=post.pk, version=1, by=people["reviewer"], **arguments)
    label = feedback.standing()[0]
    assert (label.subject, label.text, label.event, label.lang) == (f"post:{post.pk}", post.text, "flood", "pt")
    assert (label.category, label.how, label.by) == (category, "triage", people["reviewer"])
    assert (label.predicted, label.predicted_probability) == ("requests_or_urgent_needs", 0.8)
    triage.undo(post_id=post.pk, version=2, by=people["lead"])
    assert taught() == []


def test_after_an_undo_the_decision_before_it_teaches_again(make_post, people):
    post, reviewer, lead = make_post(), people["reviewer"], people["lead"]
    triage.confirm(post_id=post.pk, version=1, by=reviewer)
    triage.dismiss(post_id=post.pk, version=2, by=lead)
    triage.correct(post_id=post.pk, version=3, by=reviewer, category="caution_and_advice")
    assert taught() == [("reviewer-ana", "caution_and_advice")]
    triage.undo(post_id=post.pk, version=4, by=lead)
    assert taught() == [("lead-ana", "not_humanitarian")]
    triage.undo(post_id=post.pk, version=5, by=lead)
    assert taught() == [("reviewer-ana", "requests_or_urgent_needs")]


def test_a_post_that_nobody_can_judge_teaches_nothing(make_post, people):
    post, reviewer = make_post(), people["reviewer"]
    triage.confirm(post_id=post.pk, version=1, by=reviewer)
    triage.correct(post_id=post.pk, version=2, by=reviewer, category="dont_know_cant_judge")
    assert taught() == []


def test_who_comes_second_leaves_no_label(make_post, people):
    post = make_post()
    triage.dismiss(post_id=post.pk, version=1, by=people["lead"])
    with pytest.raises(Conflict):
        triage.confirm(post_id=post.pk, version=1, by=people["reviewer"])
    assert Label.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="one writer at a time on in-memory SQLite")
def test_of_many_at_once_exactly_one_decides(make_post, people):
    post, outcomes = make_post(), []

    def decide():
        try:
            triage.confirm(post_id=post.pk, version=1, by=people["reviewer"])
            outcomes.append("decided")
        except Conflict:
            outcomes.append("conflict")
        finally:
            connection.close()

    threads = [threading.Thread(target=decide) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict"] * 7 + ["decided"]
    assert TriageAction.objects.count() == 1
