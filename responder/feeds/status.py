"""The state of feeds and of the queue behind them, as text for pages."""

from datetime import date, datetime
from typing import Any

from django.db.models import Min, QuerySet
from django.utils.translation import gettext as _

from classifier import clock
from responder import roles
from responder.classification import stages
from responder.feeds import budgets
from responder.feeds.connectors import registry
from responder.incidents import failures
from responder.models import Feed, FeedGap, FeedUsage, Post, SharedId
from responder.queries import liveness

COUNTED = 200_000
GAPS = 20
State = Feed.State
TONES = {liveness.OK: "ok", liveness.QUIET: "", liveness.WARN: "amber", liveness.ALARM: "red"}  # of pills


def all_feeds(visible_events: frozenset[int] | None = None) -> list[dict[str, Any]]:
    """The status of every feed of these events (None: of all, and those without one); three queries for any number."""
    feeds = list(roles.within(Feed.objects.select_related("event"), visible_events))
    usage = _usage(FeedUsage.objects.filter(feed__in=feeds))
    open_gaps = {gap.feed_id: gap for gap in FeedGap.objects.filter(state=FeedGap.State.OPEN, feed__in=feeds)}
    return [_present(feed, usage.get(feed.pk, []), open_gaps.get(feed.pk)) for feed in feeds]


def one(feed: Feed) -> dict[str, Any]:
    """The status of a feed, with its latest gaps and days."""
    usage = _usage(FeedUsage.objects.filter(feed=feed)).get(feed.pk, [])
    gaps = list(feed.gaps.all()[:GAPS])
    shown = _present(feed, usage, next((gap for gap in gaps if gap.state == FeedGap.State.OPEN), None))
    return shown | {"gaps": gaps, "days": feed.usage.all()[:14], "settings": _settings(feed), "preview": _sent(feed)}


def queue(visible_events: frozenset[int] | None = None) -> dict[str, Any]:
    """The queue's length and delay, and the posts that were set aside, of these events (None: of all)."""
    posts = roles.within(Post.objects.all(), visible_events)
    oldest = posts.filter(state=Post.State.ACCEPTED).aggregate(at=Min("received_at"))["at"]
    waiting = posts.filter(state=Post.State.ACCEPTED).order_by()[:COUNTED].count()
    failed = roles.within(failures.set_aside(), visible_events, "embedding__post__event")
    return {
        "waiting": waiting,
        "more": waiting == COUNTED,
        "lag_s": int((clock.now() - oldest).total_seconds()) if oldest else 0,
        "set_aside": posts.filter(state=Post.State.QUARANTINED).count() + failed.count(),
        # Notifications about all events together go only to people who see all events.
        **({"shared_ids": SharedId.objects.count(), **_stages()} if visible_events is None else {}),
    }


def _stages() -> dict[str, Any]:
    """How long the oldest post has waited for grouping, and the stages that have stopped."""
    waits = stages.waits()
    words = {"classification": _("Classification"), "grouping": _("Grouping into incidents")}
    return {
        "grouping_lag_s": int(waits["grouping"].total_seconds()),
        "behind": [
            {"stage": words[name], "minutes": int(wait.total_seconds() // 60)}
            for name, wait in waits.items()
            if stages.behind(wait)
        ],
    }


def lost(visible_events: frozenset[int] | None = None) -> list[FeedGap]:
    """The newest gaps, open and closed, of feeds of these events (None: of all)."""
    return list(roles.within(FeedGap.objects.select_related("feed"), visible_events, "feed__event")[:GAPS])


def _usage(rows: QuerySet[FeedUsage]) -> dict[int, list[FeedUsage]]:
    found: dict[int, list[FeedUsage]] = {}
    for row in rows.filter(day__gte=_month(clock.now())):
        found.setdefault(row.feed_id, []).append(row)
    return found


def _month(now: datetime) -> date:
    return now.date().replace(day=1)


def _present(feed: Feed, usage: list[FeedUsage], gap: FeedGap | None) -> dict[str, Any]:
    now = clock.now()
    found = liveness.of_feed(feed, now)
    live = feed.state == State.LIVE and found.state not in ("no_worker", "lost")
    return {
        "feed": feed,
        "kind": registry.label(feed.kind),
        "state": found.text,
        "detail": found.detail,
        "tone": TONES[found.tone],
        "live": live,
        "lag_s": max(0, int((now - feed.cursor_at).total_seconds())) if live and feed.cursor_at else None,
        "per_minute": feed.per_minute if live else 0,
        "usual": liveness.rate(usual) if (usual := liveness.usual_rate(feed)) is not None else "",
        "limits": [_limit(limit) for limit in budgets.limits(feed, usage)],
        "near": any(limit.level == "near" for limit in budgets.limits(feed, usage)),
        "gap": gap,
    }


def _sent(feed: Feed) -> list[str]:
    """What is sent to the source, as text."""
    kind = registry.find(feed.kind)
    return kind.preview(feed) if kind and kind.preview else []


def _settings(feed: Feed) -> list[dict[str, Any]]:
    kind = registry.find(feed.kind)
    return [
        {
            "label": field.label, "multiline": field.multiline, "default": field.default_text,
            "value": _("stored, encrypted") if field.secret and feed.access_token else getattr(feed, field.column),
        }
        for field in (kind.fields if kind else ())
    ]  # fmt: skip


def _limit(limit: budgets.Limit) -> dict[str, Any]:
    words = {
        ("posts", "day"): _("posts today"), ("posts", "month"): _("posts this month"),
        ("money", "day"): _("US dollars today"), ("money", "month"): _("US dollars this month"),
    }  # fmt: skip
    left = max(0.0, limit.limit - limit.used)
    return {
        "what": words[limit.what, limit.period], "level": limit.level, "money": limit.what == "money", "left": left,
        "of": limit.limit, "percent": min(100, round(100 * limit.share)),
    }  # fmt: skip
