import pytest

from monitoring.models import AuditEvent
from responder import triage
from responder.errors import Invalid, Missing, NotPermitted
from responder.models import Snooze
from responder.queries import queue
from responder.triage import snoozes


def test_a_snooze_is_audited_and_another_replaces_it(make_post, people):
    post = make_post()
    snoozes.snooze(post_id=post.pk, by=people["reviewer"], span="15m")
    snoozes.snooze(post_id=post.pk, by=people["lead"], grow_by=3)
    row = Snooze.objects.get()
    assert (row.by, row.wake_at_size) == (people["lead"], 4)
    assert AuditEvent.objects.filter(action="post.snoozed", object_id=str(post.pk)).count() == 2


def test_waking_brings_it_back_and_is_audited_once(make_post, people):
    post = make_post()
    snoozes.snooze(post_id=post.pk, by=people["reviewer"], span="1h")
    snoozes.wake(post_id=post.pk, by=people["lead"])
    snoozes.wake(post_id=post.pk, by=people["lead"])
    assert not Snooze.objects.exists()
    assert AuditEvent.objects.filter(action="post.woken").count() == 1


@pytest.mark.parametrize("asked", [{}, {"span": "9h"}, {"grow_by": 0}, {"grow_by": 1001}, {"span": "1d", "grow_by": 2}])
def test_an_odd_span_is_refused(make_post, people, asked):
    with pytest.raises(Invalid):
        snoozes.snooze(post_id=make_post().pk, by=people["reviewer"], **asked)


def test_what_is_decided_gone_or_outside_an_event_is_not_put_off(make_post, people):
    done, stray = make_post(), make_post(event=None)
    triage.confirm(post_id=done.pk, version=1, by=people["lead"])
    for post, refusal in ((done.pk, Invalid), (stray.pk, Invalid), (10**12, Missing)):
        with pytest.raises(refusal):
            snoozes.snooze(post_id=post, by=people["reviewer"], span="1h")


def test_no_more_than_so_many_sleep_at_a_time(make_post, people, monkeypatch):
    monkeypatch.setattr(queue, "MOST_SNOOZES", 1)
    snoozes.snooze(post_id=make_post().pk, by=people["reviewer"], span="1h")
    with pytest.raises(Invalid, match="Too many posts"):
        snoozes.snooze(post_id=make_post().pk, by=people["reviewer"], span="1h")


@pytest.mark.parametrize("role", ["viewer", "approver", "auditor", "partner"])
def test_other_roles_put_nothing_off(make_post, people, role):
    with pytest.raises(NotPermitted):
        snoozes.snooze(post_id=make_post().pk, by=people[role], span="1h")
