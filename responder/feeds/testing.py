"""Tests of feeds before they are started: what would come in, and what it would cost.

How a test goes:
1. `ask` stores a row. The process of the feeds takes it (`run`); a worker starts that process where none runs.
2. The masked sample lies in the cache for some minutes, and in no table. The page shows it when it is there.
3. A worker, which has the model loaded, adds the categories (`add_categories`).
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.core.cache import cache
from django.db import close_old_connections, transaction
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from classifier import categories, clock
from classifier.errors import ModelUnavailable
from monitoring import audit
from responder import roles
from responder.errors import Invalid, NotPermitted, TooMany
from responder.feeds import budgets, configuring, sampling
from responder.feeds.connectors import addresses, registry
from responder.models import Feed, FeedTest, User
from responder.privacy import masking

KEPT_S = 600
MOST_AT_ONCE = 3
MOST_OPEN = 10
MOST_BILLED = 20  # a page of ten posts, each with one that it repeats or answers
TAKEN_WITHIN = timedelta(seconds=60)
RUNS_WITHIN = timedelta(seconds=sampling.SECONDS + 20)
LEFT_TO_OTHERS = timedelta(seconds=3)  # until a test that no process took needs a new process
LEAST_POSTS = 3  # for an estimate from their times
EXCERPT = 280
PREPARE, CATEGORISE = "responder.tasks.look_after_feeds", "responder.tasks.categorise_feed_test"
State = FeedTest.State
log = structlog.get_logger(__name__)


@audit.atomic()
def ask(*, feed_id: int, by: User, agreed: bool = False) -> FeedTest:
    """Ask for a test of a paused feed. Asking again while it runs changes nothing.

    Arguments:
        agreed: whether the person agreed to the cost of a kind that bills each post.

    Raises Invalid, Missing, NotPermitted, TooMany.
    """
    feed = configuring.find_for_change(feed_id, by=by)
    kind = registry.find(feed.kind)
    if kind is None:
        raise Invalid(_("This version of Responder does not have this type of feed."))
    if addresses.is_private(feed.address) and not roles.allows(by, roles.ADMINISTER):
        raise NotPermitted(_("This address is private. Only an administrator can test it."))
    if feed.wanted:
        raise Invalid(_("The feed is running. To test it, pause it first."))
    if kind.one_connection and kind.listens_in_tests and Feed.objects.filter(kind=feed.kind, wanted=True).exists():
        raise Invalid(
            _("%(kind)s allows only one connection. Pause the other %(kind)s feed first.") % {"kind": kind.label}
        )
    if feed.price:
        _may_cost(feed, agreed=agreed)
    now = clock.now()
    if found := FeedTest.objects.filter(feed=feed, state__in=FeedTest.OPEN, asked_at__gte=now - TAKEN_WITHIN).first():
        return found
    if FeedTest.objects.filter(state__in=FeedTest.OPEN, asked_at__gte=now - TAKEN_WITHIN).count() >= MOST_OPEN:
        raise TooMany(_("Several feeds are being tested. Try again in a minute."))
    FeedTest.objects.filter(feed=feed).delete()
    test = FeedTest.objects.create(feed=feed, by=by, asked_at=now)
    audit.record(
        actor=f"user:{by.username}", action="feed.tested", object_type="feed", object_id=str(feed.pk),
        detail={"name": feed.name, "kind": feed.kind},
    )  # fmt: skip
    transaction.on_commit(lambda: _wake(PREPARE, after_s=LEFT_TO_OTHERS.total_seconds() + 0.5))
    return test


def _may_cost(feed: Feed, *, agreed: bool) -> None:
    if not agreed:
        raise Invalid(_("Each post of this feed costs money. Agree to the cost of the test first."))
    left = budgets.posts_left(feed)
    if left is not None and left < MOST_BILLED:
        raise Invalid(
            _("The budget has too little left for a test, which reads up to %(n)d posts.") % {"n": MOST_BILLED}
        )


def most_cost(feed: Feed) -> str:
    """The highest cost of a test in US dollars, as text; empty if it is free."""
    return f"{(feed.price * MOST_BILLED).normalize():f}" if feed.price else ""


def unclaimed(*, older_than: timedelta = timedelta()) -> list[int]:
    """Ids of tests that wait for a process, oldest first."""
    now = clock.now()
    rows = FeedTest.objects.filter(state=State.WAITING, asked_at__gt=now - TAKEN_WITHIN, asked_at__lte=now - older_than)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE])


def run(test_id: int) -> None:
    """Do a test, unless another process has taken it. Stores its result, and no post."""
    taken = FeedTest.objects.filter(pk=test_id, state=State.WAITING)
    if not taken.update(state=State.RUNNING, started_at=clock.now()):
        return
    test = FeedTest.objects.select_related("feed", "by").get(pk=test_id)
    sampler = sampling.Sampler(test.feed, inside=roles.allows(test.by, roles.ADMINISTER))
    close_old_connections()  # nothing is read from the database for ten seconds
    sample = sampler.read()
    _store(test, sample)
    if sample.posts:
        _wake(CATEGORISE, str(test.ref))


def _store(test: FeedTest, sample: sampling.Sample) -> None:
    a_day, basis = estimated(sample, clock.now())
    if sample.posts:
        cache.set(_key(test), [_shown(post) for post in sample.posts], KEPT_S)
    with transaction.atomic():
        if sample.billed:
            budgets.spend(test.feed, sample.billed)
        FeedTest.objects.filter(pk=test.pk, state=State.RUNNING).update(
            state=State.FAILED if sample.error else State.DONE, finished_at=clock.now(), error=sample.error[:300],
            connected=sample.connected, messages=sample.messages, posts=len(sample.posts), unreadable=sample.unreadable,
            billed=sample.billed, posts_a_day=a_day, basis=basis,
        )  # fmt: skip


def estimated(sample: sampling.Sample, now: datetime) -> tuple[float | None, str]:
    """(posts a day, basis) as far as a sample tells; None with too few posts."""
    if sample.a_day is not None:
        return sample.a_day, FeedTest.Basis.SOURCE
    if sample.recent >= LEAST_POSTS and sample.oldest_at and now > sample.oldest_at:
        return sample.recent / ((now - sample.oldest_at) / timedelta(days=1)), FeedTest.Basis.RECENT
    heard = len(sample.posts) - sample.recent
    # A source may send stored posts in one burst: then the times of the posts say more than the clock.
    span_s = (sample.newest_at - sample.oldest_at).total_seconds() if sample.newest_at and sample.oldest_at else 0.0
    if heard >= LEAST_POSTS and max(span_s, sample.listened_s) > 0:
        return heard / max(span_s, sample.listened_s) * 86_400, FeedTest.Basis.LISTENING
    return None, FeedTest.Basis.NONE


def _shown(post: Any) -> dict[str, str]:
    """A post of the sample, masked; the cache holds nothing else of it."""
    text = masking.mask(post.text)
    return {
        "text": text if len(text) <= EXCERPT else f"{text[: EXCERPT - 1]}…",
        "author": masking.mask_author(post.author_handle), "lang": post.lang,
        "at": post.created_at.isoformat() if post.created_at else "", "category": "",
    }  # fmt: skip


def add_categories(ref: str) -> int:
    """Add the model's categories to the sample of a test. Returns the number of posts; 0 without a model or sample."""
    from classifier.predict import Message, classify

    test = FeedTest.objects.filter(ref=ref).first()
    found = cache.get(_key(test)) if test else None
    if not test or not found:
        return 0
    try:
        answers = classify([Message(id=str(n), text=one["text"]) for n, one in enumerate(found)])
    except ModelUnavailable:
        return 0
    for one, answer in zip(found, answers, strict=True):
        one["category"] = categories.label(answer["category"]["label"])
    cache.set(_key(test), found, KEPT_S)
    return len(found)


def latest(feed: Feed) -> FeedTest | None:
    """The last test of a feed."""
    return FeedTest.objects.select_related("feed").filter(feed=feed).first()


def shown(test: FeedTest) -> dict[str, Any]:
    """A test for pages. One that no process took, or whose process died, is over too."""
    now = clock.now()
    sample = (cache.get(_key(test)) or []) if test.posts else []
    lost = ""
    if test.state == State.WAITING and now - test.asked_at > TAKEN_WITHIN:
        lost = _("No worker took the test. Ask the operator whether the workers are running.")
    elif test.state == State.RUNNING and now - (test.started_at or test.asked_at) > RUNS_WITHIN:
        lost = _("The test was interrupted. Test again.")
    for one in sample:
        one["at"] = datetime.fromisoformat(one["at"]) if one["at"] else None
    fresh = test.finished_at is not None and now - test.finished_at < timedelta(seconds=15)
    over = test.is_over or bool(lost)
    return {
        "test": test, "sample": sample, "error": lost or test.error, "is_over": over,
        "money": f"{test.feed.price * test.billed:.3f}" if test.feed.price else "",
        # The categories may still arrive some seconds after the end of the test.
        "is_final": over and not (fresh and sample and not sample[0]["category"]),
    }  # fmt: skip


def _key(test: FeedTest) -> str:
    return f"feed-test:{test.ref}"


def _wake(task: str, *arguments: str, after_s: float = 0.0) -> None:
    """Send a message to the workers. Without a broker the test is taken later, or stays without categories."""
    from responder.celery import app

    try:
        app.send_task(task, args=arguments, countdown=after_s or None, retry=False, expires=60)
    except OperationalError:
        log.debug("no broker: a test of a feed waits")
