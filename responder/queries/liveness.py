"""Whether posts are arriving: the one decision behind the pill in the top bar, the live stream and the page of sources.

How it is decided for an event, first match:
1. Posts are waiting, and no process answers for the model, or the oldest has waited for minutes: what is on the map is old.
   A wait of less than minutes is a burst: the map is a little old, but for urgent posts.
2. The event is closed: nothing is accepted.
3. The feeds that are switched on, each by its own state. All must be well for the event to be live. Mailboxes that bring
   reports count beside them, since they are read as feeds are.
4. A replay is running, has ended, or its process stopped reporting.
5. Without any of these, the channels of reports that are on. Public forms and gateways wait for others to write, so they
   look calm only for an hour after a report.
6. Nothing is connected to the event.

Only `ok` looks calm on pages. A state that isn't known is never `ok`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifier import clock
from classifier.models import Deployment, LoadedModel
from responder import roles
from responder.demo.speed import DURATION_S, SPEED
from responder.models import Event, Feed, Post, Replay, ReportChannel

OK, QUIET, WARN, ALARM = "ok", "quiet", "warn", "alarm"
MODEL_ANSWERS_AFTER = timedelta(minutes=1)  # posts don't wait this long if a model answers and the workers keep up
MODEL_SEEN_WITHIN = timedelta(minutes=2)  # processes report it every 30 seconds
BEHIND_AFTER = timedelta(minutes=5)
MANY = 256  # posts that wait
BURST_AFTER = timedelta(seconds=20)  # more arrives than is classified; urgent posts go first
EXERCISE = "exercise"  # the kind of its feed
PLAYS_FOR = timedelta(seconds=DURATION_S / SPEED)
REPLAY_SEEN_WITHIN = timedelta(seconds=30)  # it reports every five seconds
ALIVE_WITHIN = timedelta(seconds=90)  # sources send a sign of life every 15 to 30 seconds
CONNECTS_WITHIN = timedelta(minutes=1)
RECONNECTS_WITHIN = timedelta(seconds=10)
SILENT_AFTER = timedelta(minutes=3)
EXPECTED = 20.0  # posts missing at the usual rate: with fewer, a pause can be chance, as posts come in bursts
TRUSTED_MINUTES, TRUSTED_POSTS = 5.0, 5.0  # of reading behind a usual rate
QUIET_AFTER = timedelta(hours=1)  # without a usual rate to compare with
REPORTED_WITHIN = timedelta(hours=1)
MAILBOX_READ_WITHIN = timedelta(minutes=15)  # a worker reads it every minute, and every five after an error
State = Feed.State


@dataclass(frozen=True, slots=True)
class Liveness:
    """A statement on whether posts arrive.

    Arguments:
        state: a stable name for programs, such as `live`, `silent` or `no_source`.
        tone: `ok`, `quiet` (nothing is wrong, nothing is known either), `warn` or `alarm`.
        text: a few words for the top bar.
        detail: a sentence that says more and, where something is wrong, what to do.
    """

    state: str
    tone: str
    text: str
    detail: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)


class Channel(NamedTuple):
    """What is asked of a channel of reports that is on."""

    name: str
    kind: str
    created_at: datetime
    last_received_at: datetime | None
    checked_at: datetime | None
    last_error: str


Named = tuple[str, Liveness]  # a source's name, and the statement on it


def of_event(
    event_id: int | None, visible_events: frozenset[int] | None = None, *, waited: timedelta | None = None
) -> Liveness:
    """Whether posts of the event arrive; None means all events. At most six queries.

    Arguments:
        visible_events: ids of the events whose sources count, where `event_id` is None; None for all.
        waited: how long the oldest unclassified post has waited, where the caller knows; saves a query.
    """
    now = clock.now()
    return _of_pipeline(now, oldest_wait() if waited is None else waited) or _of_sources(event_id, visible_events, now)


def oldest_wait() -> timedelta:
    """How long the oldest unclassified post has waited."""
    oldest = Post.objects.filter(state=Post.State.ACCEPTED).aggregate(at=Min("received_at"))["at"]
    return max(timedelta(), clock.now() - oldest) if oldest else timedelta()


def _of_pipeline(now: datetime, waited: timedelta) -> Liveness | None:
    """What is wrong behind the sources, if anything is."""
    if waited < BURST_AFTER:
        return None
    if waited < MODEL_ANSWERS_AFTER:
        return _burst(waited)
    production = Deployment.objects.filter(ended_at=None, role=Deployment.Role.PRODUCTION)
    seen = LoadedModel.objects.filter(seen_at__gte=now - MODEL_SEEN_WITHIN, role=Deployment.Role.PRODUCTION)
    said = _("Posts have been waiting for %(wait)s.") % {"wait": duration(waited)}
    if production.exists() and not seen.exists():
        return Liveness(
            "no_model", ALARM, _("The model is not answering"),
            f"{said} {_('No worker has a model loaded. Ask the operator to check the workers.')}",
        )  # fmt: skip
    if waited < BEHIND_AFTER:
        return _burst(waited)
    return Liveness(
        "behind", ALARM, _("Classification %(wait)s behind") % {"wait": duration(waited)},
        f"{said} {_('New posts are not on the map yet. Ask the operator to check the workers.')}",
    )  # fmt: skip


def _burst(waited: timedelta) -> Liveness | None:
    """That more posts arrive than are classified; a few that wait were tried before, and failed."""
    if Post.objects.filter(state=Post.State.ACCEPTED).order_by()[:MANY].count() < MANY:
        return None
    return Liveness(
        "burst", WARN, _("Many posts at once, %(wait)s behind") % {"wait": duration(waited)},
        _("Reports and posts whose words say that lives are in danger are classified first. Others wait for up to %(wait)s.")
        % {"wait": duration(waited)},
    )  # fmt: skip


def _of_sources(event_id: int | None, visible_events: frozenset[int] | None, now: datetime) -> Liveness:
    is_closed, channels = _open_channels(event_id, visible_events)
    if is_closed:
        return Liveness(
            "closed", QUIET, _("Event closed"),
            _("No posts are accepted for this event. A team lead can open it again on its page."),
        )  # fmt: skip
    feeds = roles.within(Feed.objects.all(), visible_events)
    feeds = feeds if event_id is None else feeds.filter(event=event_id)
    every = list(feeds.select_related("event").order_by("pk"))
    active = [(feed.name, of_feed(feed, now)) for feed in every if feed.wanted or feed.state == State.FAILED]
    mailboxes = [(one.name, _of_mailbox(one, now)) for one in channels if one.kind == ReportChannel.Kind.EMAIL]
    if active:
        return _together(active, mailboxes)
    replays = roles.within(Replay.objects.all(), visible_events)
    replays = replays if event_id is None else replays.filter(event=event_id)
    if replay := replays.order_by("-seen_at").first():
        return _together([(_("Replay"), _of_replay(replay, now))], mailboxes)
    if every:
        only = _("Only reports arrive until a source is started under Sources.")
        return Liveness(
            "paused", WARN, ngettext("The source is paused", "All sources are paused", len(every)),
            only if channels else _("No posts arrive until a source is started under Sources."),
        )  # fmt: skip
    if channels:
        others = [one for one in channels if one.kind != ReportChannel.Kind.EMAIL]
        reports = [(_("Reports"), _of_channels(others, now))] if others else []
        return _together([*reports, *mailboxes], [])
    return Liveness(
        "no_source", WARN, _("No source connected"),
        _("No posts arrive by themselves. Connect a source or import a file under Sources."),
    )  # fmt: skip


def _open_channels(event_id: int | None, visible_events: frozenset[int] | None) -> tuple[bool, list[Channel]]:
    """Whether the event is closed, and the channels that are on; one query. Of all events, those of open ones."""
    events = (
        roles.within(Event.objects.filter(state=Event.State.OPEN, report_channels__is_on=True), visible_events, "pk")
        if event_id is None
        else Event.objects.filter(pk=event_id)
    )
    columns = [f"report_channels__{name}" for name in Channel._fields]
    rows = list(events.order_by("report_channels__name").values_list("state", "report_channels__is_on", *columns))
    closed = event_id is not None and any(state != Event.State.OPEN for state, *_rest in rows)
    return closed, [Channel(*found) for _state, is_on, *found in rows if is_on]


def _of_mailbox(channel: Channel, now: datetime) -> Liveness:
    """Whether a mailbox is read."""
    if channel.last_error:
        return Liveness("mailbox_failed", ALARM, _("Mailbox cannot be read"), channel.last_error)
    read_at = channel.checked_at or channel.created_at
    if now - read_at > MAILBOX_READ_WITHIN:
        said = _("Mailbox not read for %(wait)s") % {"wait": duration(now - read_at)}
        return Liveness("mailbox_late", WARN, said, _("A worker reads it every minute. Ask the operator."))
    return _of_channels([channel], now)


def _of_channels(channels: Sequence[Channel], now: datetime) -> Liveness:
    """Whether reports came in lately, where nothing but reports can."""
    last = max((one.last_received_at for one in channels if one.last_received_at), default=None)
    said = _("No report has arrived yet.")
    if last:
        said = _("The last report arrived %(wait)s ago.") % {"wait": duration(now - last)}
    tone = OK if last and now - last < REPORTED_WITHIN else QUIET
    return Liveness("reports", tone, _("Reports only"), f"{_('No feed is connected.')} {said}")


def _of_exercise(feed: Feed, now: datetime) -> Liveness | None:
    """That the exercise is over, if it is."""
    over_at = feed.event.started_at + PLAYS_FOR if feed.event else now
    return _ended(now - over_at) if over_at < now else None


def _ended(since: timedelta) -> Liveness:
    said = _("The replay ended %(wait)s ago. No more posts arrive from it.")
    return Liveness("replay_ended", WARN, _("Replay ended"), said % {"wait": duration(since)})


def _of_replay(replay: Replay, now: datetime) -> Liveness:
    if replay.ended_at:
        return _ended(now - replay.ended_at)
    if now - replay.seen_at > REPLAY_SEEN_WITHIN:
        said = _("The replay stopped %(wait)s ago, before its end.")
        return Liveness("replay_stopped", ALARM, _("Replay stopped"), said % {"wait": duration(now - replay.seen_at)})
    return Liveness("replay", OK, _("Replay"), _("Stored posts are replayed as if they arrived now."))


def _together(sources: Sequence[Named], mailboxes: Sequence[Named]) -> Liveness:
    """One statement on all sources; mailboxes count only for what is wrong with them."""
    found = [*sources, *mailboxes]
    wrong = [(name, one) for name, one in found if one.tone in (WARN, ALARM)]
    if not wrong:
        calm = next((one for _name, one in sources if one.tone == OK), sources[0][1])
        return calm if len(sources) == 1 else Liveness(calm.state, calm.tone, calm.text, _sentence(sources))
    _name, worst = next((pair for pair in wrong if pair[1].tone == ALARM), wrong[0])
    if len(found) == 1:
        return worst
    tone = ALARM if len(wrong) == len(found) and worst.tone == ALARM else WARN
    if len(wrong) == 1:
        text = _("1 of %(all)d sources: %(what)s") % {"all": len(found), "what": worst.text}
    else:
        text = ngettext(
            "%(wrong)d of %(all)d sources has problems", "%(wrong)d of %(all)d sources have problems", len(wrong)
        ) % {"wrong": len(wrong), "all": len(found)}  # fmt: skip
    return Liveness(worst.state, tone, text, _sentence(wrong))


def _sentence(found: Sequence[Named]) -> str:
    return "; ".join(f"{name}: {one.text}" for name, one in found[:5]) + ("; …" if len(found) > 5 else ".")


def of_feed(feed: Feed, now: datetime) -> Liveness:
    """Whether posts of one feed arrive."""
    label = str(feed.get_state_display())
    if feed.state == State.FAILED:
        return Liveness("failed", ALARM, label, feed.last_error or label)
    if not feed.wanted:
        return Liveness("paused", QUIET, label, _("Start the feed to receive posts."))
    if feed.kind == EXERCISE and (over := _of_exercise(feed, now)):
        return over
    if feed.lease_until is None or feed.lease_until < now:
        said = _("Not started: no worker is reading this feed")
        return Liveness("no_worker", WARN, said, _("A worker starts within seconds. If it doesn't, ask the operator."))
    return _of_connected(feed, now) if feed.state == State.LIVE else _of_unconnected(feed, now)


def _of_unconnected(feed: Feed, now: datetime) -> Liveness:
    """The statement on a feed whose process holds no connection."""
    label = str(feed.get_state_display())
    if feed.state == State.SPENT:
        return Liveness("spent", ALARM, label, _("Raise the limit, or wait until it resets."))
    if feed.state == State.HELD:
        return Liveness("held", WARN, label, _("Reading continues when fewer posts are waiting."))
    heard = (feed.seen_at or feed.state_at) if feed.connected_at else feed.state_at
    # Between two tries the state is "starting" for a moment; that is no news.
    retries = bool(feed.last_error) and (feed.connected_at is None or now - heard > RECONNECTS_WITHIN)
    if feed.state == State.WAITING or retries:
        lost = feed.connected_at is not None
        text = str(State.WAITING.label) if lost else _("Cannot connect, retrying")
        said = _("The connection has been lost for %(wait)s.") % {"wait": duration(now - heard)} if lost else ""
        return Liveness("lost", ALARM, text, f"{said} {feed.last_error}".strip() or text)
    wait = now - feed.state_at
    late = wait > CONNECTS_WITHIN
    said = _("Connecting for %(wait)s") % {"wait": duration(wait)} if late else _("Connecting")
    return Liveness("starting", WARN if late else QUIET, said, feed.last_error)


def _of_connected(feed: Feed, now: datetime) -> Liveness:
    """The statement on a feed whose process holds a connection."""
    heard = feed.seen_at or feed.state_at
    if now - heard > ALIVE_WITHIN:
        said = _("No sign of life for %(wait)s") % {"wait": duration(now - heard)}
        return Liveness("lost", ALARM, said, feed.last_error or _("Posts may be missing."))
    connected = feed.connected_at or feed.state_at
    silence = now - max(connected, feed.last_post_at or connected)  # an outage before is no silence
    usual = usual_rate(feed)
    if usual is not None and silence >= SILENT_AFTER and usual * (silence / timedelta(minutes=1)) >= EXPECTED:
        said = _("Silent for %(wait)s, usually %(rate)s") % {"wait": duration(silence), "rate": rate(usual)}
        return Liveness("silent", WARN, said, _("The source is connected. Check whether it still works elsewhere."))
    if feed.last_post_at is None:  # since it was started
        said = _("Connected for %(wait)s, no posts yet") % {"wait": duration(now - connected)}
        return Liveness("no_posts", QUIET, said, _("If posts should be there, test the feed's settings."))
    if usual is None and silence >= QUIET_AFTER:
        said = _("No posts for %(wait)s") % {"wait": duration(silence)}
        return Liveness("quiet", QUIET, said, _("Too few posts have come to say what is usual."))
    said = _("Connected; the last post came %(wait)s ago.") % {"wait": duration(silence)}
    return Liveness("live", OK, str(State.LIVE.label), said)


def usual_rate(feed: Feed) -> float | None:
    """Posts per minute that a feed usually reads; None while it has read too few to tell."""
    posts = feed.usual_per_minute * feed.usual_minutes
    return feed.usual_per_minute if feed.usual_minutes >= TRUSTED_MINUTES and posts >= TRUSTED_POSTS else None


def duration(span: timedelta) -> str:
    """A span as text: whole seconds, minutes, hours or days."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return _("%(n)d s") % {"n": seconds}
    if seconds < 2 * 3600:
        return _("%(n)d min") % {"n": seconds // 60}
    if seconds < 2 * 86_400:
        return _("%(n)d h") % {"n": seconds // 3600}
    return _("%(n)d days") % {"n": seconds // 86_400}


def rate(per_minute: float) -> str:
    """A rate as text, in the unit that gives a number from 1 on."""
    units = ((1, _("%(n)s/min")), (60, _("%(n)s/h")), (1440, _("%(n)s/day")))
    for factor, words in units:
        if round(per_minute * factor) >= 1:
            return words % {"n": f"{round(per_minute * factor):,}"}
    return _("less than 1/day")
