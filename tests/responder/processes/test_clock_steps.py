"""A clock that is set back by three hours: what was leased, put off or sent before does not wait for three hours."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from celery import Celery
from celery.schedules import crontab
from django_q.brokers import get_broker
from django_q.models import OrmQ

from classifier import clock, labelling, moments
from classifier.models import LabelTask, TrainingRun
from classifier.train import runs, worker
from monitoring import alerts
from monitoring.models import Alert
from responder import exports, prediction_jobs, webhooks
from responder.classification import pipeline
from responder.feeds import intake, listener
from responder.models import Change, Claim, Event, ExportJob, Feed, Post, Reveal, Snooze, User
from responder.partners import idempotency
from responder.privacy import reveal
from responder.processes import beat
from responder.queries import queue
from responder.queries.filters import Filter
from responder.queueing import messages
from responder.triage import claims, snoozes
from responder.web import live
from responder.webhooks import sending

pytestmark = pytest.mark.django_db
MakePost = Callable[..., Post]
BEFORE = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
STEP = timedelta(hours=3)


@pytest.fixture
def set_back(time_machine: Any) -> Callable[[timedelta], datetime]:
    """Sets the clock back; the test begins at BEFORE."""
    time_machine.move_to(BEFORE, tick=False)

    def move(by: timedelta = STEP) -> datetime:
        time_machine.move_to(clock.now() - by, tick=False)
        return clock.now()

    return move


def test_posts_of_a_dead_worker_and_posts_that_are_tried_again_are_claimed(set_back, make_post: MakePost) -> None:
    waiting = {"state": Post.State.ACCEPTED}
    leased, failed = make_post(**waiting), make_post(**waiting)
    assert {post.pk for post in pipeline.claim(limit=1)} == {leased.pk}
    (again,) = pipeline.claim(limit=5)
    pipeline._set_back(again, ValueError("bad"), again.lease_owner)
    assert pipeline.claim(limit=5) == []
    set_back()
    claimed = [post.pk for _ in range(2) for post in pipeline.claim(limit=5)]
    assert sorted(claimed) == sorted([leased.pk, failed.pk])


def test_two_machines_whose_clocks_differ_by_a_minute_respect_each_others_leases(set_back, make_post: MakePost) -> None:
    make_post(state=Post.State.ACCEPTED)
    assert len(pipeline.claim(limit=5)) == 1
    set_back(timedelta(minutes=1))
    assert pipeline.claim(limit=5) == []


def test_a_file_whose_message_was_lost_is_sent_again(set_back, people: dict[str, User], event: Event) -> None:
    job = exports.ask(owner=people["lead"], kind="csv", post_filter=Filter(), event=event, actor="user:a")
    ExportJob.objects.filter(pk=job.pk).update(state="running", lease_owner="dead", lease_until=clock.now())
    OrmQ.objects.all().delete()
    set_back()
    assert exports.wake() == 1 and OrmQ.objects.count() == 1


def test_a_message_that_was_written_before_is_read(set_back, people: dict[str, User], event: Event) -> None:
    exports.ask(owner=people["lead"], kind="csv", post_filter=Filter(), event=event, actor="user:a")
    now = set_back()
    assert not get_broker().queue_size()
    assert messages.free_from_the_future() == 1 and get_broker().queue_size() == 1
    in_hand = now + timedelta(seconds=1000)
    OrmQ.objects.update(lock=in_hand)
    assert not messages.free_from_the_future()


@pytest.mark.parametrize("tries", [0, 1, 2])
def test_a_delivery_to_a_partner_is_due(set_back, people: dict[str, User], tries: int, settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    endpoint, _secret = webhooks.create(
        url="http://127.0.0.1:9/", owner=people["partner"], kinds=list(webhooks.KINDS), actor="user:p"
    )
    webhooks.ping(endpoint=endpoint)
    wait = (timedelta(0), *sending.SCHEDULE)[tries]
    endpoint.deliveries.update(tries=tries, next_at=clock.now() + wait)
    assert sending._due().exists() is not bool(wait)
    set_back()
    assert sending._due().exists()


def test_a_feed_of_a_dead_process_is_wanted_and_its_silence_is_counted_from_now(set_back, event: Event) -> None:
    feed = Feed.objects.create(
        name="A", kind="file", address="-", event=event, wanted=True, lease_owner="dead", seen_at=clock.now(),
        lease_until=clock.now() + intake.LEASE,
    )  # fmt: skip
    assert list(listener.unclaimed_feeds()) == []
    now = set_back()
    assert list(listener.unclaimed_feeds()) == [feed.pk]
    assert listener.watch_for_gaps(now) == 0
    assert listener.watch_for_gaps(now + 2 * listener.GAP_AFTER) == 1


def test_what_somebody_had_open_snoozed_or_unmasked_is_over(
    set_back, people: dict[str, User], make_post: MakePost, event: Event
) -> None:
    post, lead, reviewer = make_post(), people["lead"], people["reviewer"]
    claims.take(post_id=post.pk, by=lead)
    snoozes.snooze(post_id=post.pk, by=lead, span="15m")
    reveal.ask(post_id=post.pk, reason="to call the number", by=lead)
    assert claims.of_others(reviewer, [post.pk]) and queue.snoozes(event) and reveal.standing(post_id=post.pk, by=lead)
    set_back()
    assert not claims.of_others(reviewer, [post.pk]) and not queue.snoozes(event)
    assert not reveal.standing(post_id=post.pk, by=lead)
    assert claims.take(post_id=post.pk, by=reviewer).user == reviewer
    assert Reveal.objects.count() == Snooze.objects.count() == Claim.objects.count() == 1


def test_a_text_that_a_coder_left_open_is_given_to_another(set_back, people: dict[str, User]) -> None:
    task = LabelTask.objects.create(subject="post:1", text="Water", text_key="a", purpose="audit", week="2026-W48")
    assert labelling.next_task(by=people["lead"]) == task and labelling.next_task(by=people["reviewer"]) is None
    set_back()
    assert labelling.next_task(by=people["reviewer"]) == task


def test_a_training_run_whose_process_died_is_taken_up(set_back) -> None:
    run = TrainingRun.objects.create(run_key="m:1", trigger="weekly", label_cutoff=clock.now())
    assert worker.Worker(run.pk).claim() and not runs.unheld().exists()
    set_back()
    assert runs.unheld().exists()


def test_an_alert_that_goes_on_is_sent_again(set_back, settings: Any, mailoutbox: list[Any]) -> None:
    settings.ALERT_EMAILS = ["ops@example.org"]
    alerts.raise_(key="drift", level="warning", title="Drift")
    Alert.objects.update(sent_at=clock.now())
    assert alerts.sending.deliver() == 0
    set_back()
    assert alerts.sending.deliver() == 1


def test_a_request_that_died_half_way_can_be_sent_again(set_back, people: dict[str, User]) -> None:
    from responder.partners import tokens

    token, _secret = tokens.issue(
        owner=people["partner"], organisation="R", name="x", scopes=["predict"], by=people["partner"]
    )
    asked = {"token": token, "key": "k1", "fingerprint": "f"}
    assert isinstance(idempotency.claim(**asked), idempotency.KeyClaim)
    with pytest.raises(idempotency.StillRunning):
        idempotency.claim(**asked)
    set_back()
    assert isinstance(idempotency.claim(**asked), idempotency.KeyClaim)


def test_changes_that_were_told_before_are_not_read_again_and_again(set_back, make_post: MakePost) -> None:
    change = Change.objects.create(post=make_post(), kind=Change.Kind.NEW, at=clock.now())
    assert live.read(change.pk)
    set_back()
    assert not live.read(change.pk)


@pytest.mark.parametrize("write", [prediction_jobs.wake, exports.wake])
def test_nothing_is_woken_that_was_just_asked_for(set_back, write: Callable[[], int]) -> None:
    assert write() == 0


class Beat(beat.Scheduler):
    """Notes what it would send."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.sent: list[str] = []
        super().__init__(*args, **options)

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        self.sent.append(entry.name)


def ticking(scheduler: Beat, moved: Any, seconds: int) -> list[str]:
    """What is sent while the clock goes on for so many seconds."""
    scheduler.sent = []
    for _ in range(seconds):
        for _entry in range(4):  # one for each entry, and one that finds nothing due
            scheduler.tick()
        moved.shift(timedelta(seconds=1))
    return scheduler.sent


@pytest.mark.parametrize("restarted", [False, True])
def test_beat_goes_on_sending_and_so_does_one_that_reads_its_file(tmp_path: Path, restarted: bool) -> None:
    app = Celery("steps", broker="memory://", set_as_current=False)
    app.conf.update(timezone="UTC", beat_schedule={
        "sweep": {"task": "a", "schedule": 2.0}, "feeds": {"task": "b", "schedule": 5.0},
        "daily": {"task": "c", "schedule": crontab(hour=9, minute=1)},
    })  # fmt: skip
    options = {"schedule_filename": str(tmp_path / "beat"), "lazy": False}
    with time_machine.travel(BEFORE, tick=False) as moved:
        scheduler = Beat(app, **options)
        assert set(ticking(scheduler, moved, 60)) == {"sweep", "feeds"}
        moved.shift(-STEP)
        if restarted:
            scheduler.close()
            scheduler = Beat(app, **options)
        sent = ticking(scheduler, moved, 60)
        assert 25 <= sent.count("sweep") <= 31 and 10 <= sent.count("feeds") <= 13
        moved.move_to(BEFORE.replace(hour=9, minute=0, second=50))
        assert "daily" in ticking(scheduler, moved, 60)
        moved.shift(STEP)
        assert {"sweep", "feeds"} <= set(ticking(scheduler, moved, 10))
        scheduler.close()


def test_a_condition_and_its_opposite_split_all_rows(set_back, make_post: MakePost) -> None:
    now, minute = clock.now(), timedelta(minutes=1)
    for seconds in (-9000, -61, -60, -1, 0, 1, 60, 180, 181, 9000):
        make_post(lease_until=now + timedelta(seconds=seconds))
    posts = Post.objects.all()
    for one, other in (
        (moments.over("lease_until", now, longest=minute), moments.standing("lease_until", now, longest=minute)),
        (moments.older("lease_until", now, than=minute), moments.recent("lease_until", now, within=minute)),
    ):
        assert posts.filter(one).count() + posts.filter(other).count() == 10
        assert not posts.filter(one).filter(other).exists() and posts.filter(one).exists()
