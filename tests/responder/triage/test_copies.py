"""One decision on posts with the same words, its undo, its repetition; severity; many posts at once."""

from uuid import uuid4

import pytest

from classifier import feedback
from monitoring.models import AuditEvent
from responder import triage
from responder.errors import Conflict, Invalid, NotPermitted
from responder.models import Post, TriageAction
from responder.triage import Choice, Verb, bulk
from responder.triage.bulk import BulkItem

CONFIRM = Choice(Verb.CONFIRM)


@pytest.fixture
def copies(make_post):
    return [make_post(text_key="same") for _ in range(3)]


def statuses(posts):
    return [Post.objects.get(pk=post.pk).status for post in posts]


def test_one_decision_covers_the_copies_and_each_is_audited(copies, make_post, people):
    other = make_post()
    done = triage.decide(post_id=copies[1].pk, version=1, by=people["reviewer"], choice=CONFIRM, copies=True)
    assert statuses([*copies, other]) == ["confirmed"] * 3 + ["unreviewed"]
    assert done[0].post_id == copies[1].pk
    assert len({action.batch for action in done}) == 1
    assert AuditEvent.objects.filter(action="post.confirm").count() == 3
    assert len(feedback.standing()) == 3


def test_its_undo_undoes_them_all(copies, people):
    triage.decide(post_id=copies[0].pk, version=1, by=people["reviewer"], choice=CONFIRM, copies=True)
    undone = triage.take_back(post_id=copies[0].pk, version=2, by=people["reviewer"], copies=True)
    assert (len(undone), statuses(copies)) == (3, ["unreviewed"] * 3)
    assert AuditEvent.objects.filter(action="post.undo").count() == 3
    assert feedback.standing() == []


def test_the_undo_leaves_a_copy_that_somebody_changed_since(copies, people):
    triage.decide(post_id=copies[0].pk, version=1, by=people["reviewer"], choice=CONFIRM, copies=True)
    triage.dismiss(post_id=copies[2].pk, version=2, by=people["lead"])
    triage.take_back(post_id=copies[0].pk, version=2, by=people["reviewer"], copies=True)
    assert statuses(copies) == ["unreviewed", "unreviewed", "dismissed"]


def test_without_copies_a_decision_is_on_one_post(copies, people):
    triage.confirm(post_id=copies[0].pk, version=1, by=people["reviewer"])
    assert statuses(copies) == ["confirmed", "unreviewed", "unreviewed"]


def test_confirming_corrects_a_copy_that_the_model_read_differently(make_post, people):
    shown, other = make_post(text_key="same"), make_post(text_key="same", category="sympathy_and_support")
    triage.decide(post_id=shown.pk, version=1, by=people["reviewer"], choice=CONFIRM, copies=True)
    other.refresh_from_db()
    assert (other.status, other.category) == ("corrected", "requests_or_urgent_needs")


def test_who_comes_second_decides_on_what_the_first_decision_covered(copies, people):
    triage.decide(post_id=copies[0].pk, version=1, by=people["lead"], choice=Choice(Verb.DISMISS), copies=True)
    with pytest.raises(Conflict) as refused:
        triage.decide(post_id=copies[0].pk, version=1, by=people["reviewer"], choice=CONFIRM, copies=True)
    version = refused.value.version
    triage.decide(post_id=copies[0].pk, version=version, by=people["reviewer"], choice=CONFIRM, copies=True)
    assert statuses(copies) == ["confirmed"] * 3


def test_a_decision_covers_no_more_than_the_limit(make_post, people, monkeypatch):
    monkeypatch.setattr("responder.triage.verbs.COPIES_LIMIT", 2)
    posts = [make_post(text_key="same") for _ in range(4)]
    done = triage.decide(post_id=posts[0].pk, version=1, by=people["reviewer"], choice=CONFIRM, copies=True)
    assert len(done) == 2


def test_a_request_that_is_sent_again_changes_nothing_more(copies, people):
    key = uuid4()
    asked = {"post_id": copies[0].pk, "version": 1, "by": people["reviewer"], "copies": True, "batch": key}
    first = triage.decide(choice=CONFIRM, **asked)
    again = triage.decide(choice=CONFIRM, **asked)
    assert [action.pk for action in again] == [action.pk for action in first]
    assert TriageAction.objects.count() == 3


def test_a_key_of_somebody_else_opens_nothing(copies, people):
    key = uuid4()
    triage.decide(post_id=copies[0].pk, version=1, by=people["lead"], choice=CONFIRM, batch=key)
    with pytest.raises(Conflict):
        triage.decide(post_id=copies[0].pk, version=1, by=people["reviewer"], choice=CONFIRM, batch=key)


def test_severity_leaves_the_post_for_review_and_is_undone(make_post, people):
    post = make_post(severity=3, severity_reason="model: Medium")
    action = triage.set_severity(post_id=post.pk, version=1, by=people["reviewer"], severity=1)
    post.refresh_from_db()
    assert (post.severity, post.severity_reason, post.status) == (1, "set by Ana Reviewer", "unreviewed")
    assert triage.describe(action) == "Set severity Critical"
    assert feedback.standing() == []
    triage.undo(post_id=post.pk, version=2, by=people["reviewer"])
    post.refresh_from_db()
    assert (post.severity, post.severity_reason) == (3, "model: Medium")


def test_raising_the_severity_brings_back_what_was_set_aside(make_post, people):
    post = make_post(abstained=True, group="aside", severity=4)
    triage.set_severity(post_id=post.pk, version=1, by=people["reviewer"], severity=2)
    post.refresh_from_db()
    assert post.group == "needs"
    triage.undo(post_id=post.pk, version=2, by=people["reviewer"])
    post.refresh_from_db()
    assert post.group == "aside"


def test_a_decision_after_a_severity_keeps_it(make_post, people):
    post = make_post(severity=3)
    triage.set_severity(post_id=post.pk, version=1, by=people["reviewer"], severity=1)
    triage.confirm(post_id=post.pk, version=2, by=people["reviewer"])
    triage.undo(post_id=post.pk, version=3, by=people["reviewer"])
    post.refresh_from_db()
    assert (post.severity, post.status) == (1, "unreviewed")


@pytest.mark.parametrize("severity", [0, 5, -1])
def test_an_unknown_severity_is_refused(severity):
    with pytest.raises(Invalid):
        Choice(Verb.SEVERITY, severity=severity)


def test_many_posts_answer_each_for_itself(make_post, people):
    posts = [make_post() for _ in range(3)]
    triage.correct(post_id=posts[1].pk, version=1, by=people["lead"], category="caution_and_advice")
    items = [*(BulkItem(post.pk, 1) for post in posts), BulkItem(10**12, 1)]
    outcomes = bulk.decide(items=items, by=people["reviewer"], choice=CONFIRM)
    assert [outcome.error.status if outcome.error else 200 for outcome in outcomes] == [200, 409, 200, 404]
    assert statuses(posts) == ["confirmed", "corrected", "confirmed"]


def test_many_posts_are_taken_back_or_asked_for_again(make_post, people):
    posts, key = [make_post() for _ in range(3)], uuid4()
    asked = {
        "items": [BulkItem(post.pk, 1) for post in posts],
        "by": people["reviewer"],
        "choice": CONFIRM,
        "batch": key,
    }
    bulk.decide(**asked)
    bulk.decide(**asked)
    assert TriageAction.objects.count() == 3
    undone = bulk.decide(
        items=[BulkItem(post.pk, 2) for post in posts], by=people["reviewer"], choice=None, batch=uuid4()
    )
    assert [outcome.error for outcome in undone] == [None] * 3
    assert statuses(posts) == ["unreviewed"] * 3


def test_many_posts_are_bounded(make_post, people, monkeypatch):
    for items in ([], [BulkItem(number, 1) for number in range(201)]):
        with pytest.raises(Invalid):
            bulk.decide(items=items, by=people["reviewer"], choice=CONFIRM)
    monkeypatch.setattr(bulk, "MOST_POSTS", 1)
    posts = [make_post(), make_post()]
    outcomes = bulk.decide(items=[BulkItem(post.pk, 1) for post in posts], by=people["reviewer"], choice=CONFIRM)
    assert isinstance(outcomes[1].error, Invalid)
    assert statuses(posts) == ["confirmed", "unreviewed"]


def test_many_posts_need_the_role(make_post, people):
    with pytest.raises(NotPermitted):
        bulk.decide(items=[BulkItem(make_post().pk, 1)], by=people["viewer"], choice=CONFIRM)
