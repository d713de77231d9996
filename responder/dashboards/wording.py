"""Texts about the volume of posts: the title, and the note on what is left out."""

from datetime import datetime, timedelta
from itertools import takewhile
from typing import Protocol
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from responder import terms
from responder.dashboards.scope import Scope
from responder.dashboards.volume import Bucket, Volume

FEWEST = 10  # fewest posts for a percentage; below that, the counts are shown
NAMES = {
    "needs": gettext_noop("Urgent needs"), "people": gettext_noop("Posts about people"),
    "damage": gettext_noop("Reports of damage"), "response": gettext_noop("Posts on the response"),
    "information": gettext_noop("Information posts"), "aside": gettext_noop("Posts set aside"),
    "unmeasured": gettext_noop("Posts in languages we can't read yet"),
}  # fmt: skip


class Clocked(Protocol):
    """An object that knows its time zone and the current time."""

    @property
    def zone(self) -> ZoneInfo: ...

    @property
    def as_of(self) -> datetime: ...


def headline(volume: Volume) -> str:
    """The one thing to know: how the first group changed in the later half of the complete buckets."""
    if not volume.total:
        return _("No posts in this range — widen the range")
    group = _headline_group(volume)
    complete = list(takewhile(lambda bucket: not bucket.partial, volume.buckets))
    half = len(complete) // 2
    if not half:
        return _("%(name)s: %(count)d so far") % {"name": _(NAMES[group]), "count": volume.of_group(group)}
    later, earlier = _sum(complete[-half:], group), _sum(complete[-2 * half : -half], group)
    return _change(later, earlier) % {
        "name": _(NAMES[group]),
        "later": later,
        "earlier": earlier,
        "percent": round(abs(later - earlier) / earlier * 100) if earlier else 0,
        "since": clock_time(complete[-half].start, volume),
        "span": duration(half * volume.width),
    }


def note(volume: Volume) -> str:
    """Return the number of posts shown, what is left out and why, and the time zone."""
    parts = [
        ngettext("%(count)d post shown.", "%(count)d posts shown.", volume.total) % {"count": volume.total},
        _if_any(volume.set_aside, _("%(count)d set aside as not humanitarian: not shown.")),
        _if_any(volume.filtered, _("%(count)d left out by the filter.")),
        _if_any(volume.waiting, _("%(count)d without a category yet: not shown.")),
        _("One bar is %(width)s, times in %(zone)s.") % {"width": duration(volume.width), "zone": volume.zone.key},
        _("The hatched bar is incomplete.") if volume.buckets[-1].partial else "",
    ]
    return " ".join(part for part in parts if part)


def clock_time(moment: datetime, volume: Clocked) -> str:
    """A time in the event's zone, with the day unless it is today."""
    local, today = moment.astimezone(volume.zone), volume.as_of.astimezone(volume.zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local:%a %H:%M}" if today - local < timedelta(days=6) else f"{local.day} {local:%b %H:%M}"


def labels(scope: Scope) -> list[str]:
    """One label per bar of time."""
    return [clock_time(start, scope) for start in scope.starts]


def bar_times(scope: Scope) -> list[str]:
    """Labels for table rows, which mark a bar that is incomplete."""
    filling = f" ({_('incomplete')})"
    return [label + (filling if partial else "") for label, partial in zip(labels(scope), scope.partial, strict=True)]


def minutes(number: int | None) -> str:
    """Return a duration such as `7 min`, `3 h` or `over a day`; a dash if there is none."""
    if number is None:
        return "–"
    if number >= 1440:
        return _("over a day")
    return _("%(number)d min") % {"number": number} if number < 120 else _("%(number)d h") % {"number": number // 60}


def duration(span: timedelta) -> str:
    """A span in the largest unit that divides it: `30 min`, `6 h`, `2 d`."""
    minutes = int(span.total_seconds() // 60)
    if minutes % 1440 == 0:
        return _("%(number)d d") % {"number": minutes // 1440}
    if minutes % 60 == 0:
        return _("%(number)d h") % {"number": minutes // 60}
    return _("%(number)d min") % {"number": minutes}


def label(group: str) -> str:
    return terms.group(group)


def _headline_group(volume: Volume) -> str:
    """The group of the headline: needs if there are any, otherwise the largest."""
    if "needs" in volume.groups and volume.of_group("needs"):
        return "needs"
    return max(volume.groups, key=volume.of_group)


def _change(later: int, earlier: int) -> str:
    if earlier < FEWEST:
        return _("%(name)s: %(later)d since %(since)s, %(earlier)d in the previous %(span)s")
    if later == earlier:
        return _("%(name)s: unchanged since %(since)s compared with the previous %(span)s")
    if later > earlier:
        return _("%(name)s rose %(percent)d %% since %(since)s")
    return _("%(name)s fell %(percent)d %% since %(since)s")


def _sum(buckets: list[Bucket], group: str) -> int:
    return sum(bucket.counts.get(group, 0) for bucket in buckets)


def _if_any(count: int, sentence: str) -> str:
    return sentence % {"count": count} if count else ""
