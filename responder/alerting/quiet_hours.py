"""Quiet hours of a person, in the time zone that they chose."""

from datetime import datetime
from zoneinfo import ZoneInfo

from responder.models import AlertRule, NotificationSettings


def are_on(preferences: NotificationSettings, now: datetime) -> bool:
    """Whether it is within the person's quiet hours, which may last over midnight."""
    begin, end = preferences.quiet_from, preferences.quiet_until
    if begin is None or end is None or begin == end:
        return False
    local = now.astimezone(_zone(preferences.time_zone)).time()
    return begin <= local < end if begin < end else local >= begin or local < end


def hold(preferences: NotificationSettings, level: str, now: datetime) -> bool:
    """Whether a notification of this level waits for the end of the quiet hours."""
    breaks = level == AlertRule.Level.CRITICAL and preferences.critical_breaks_quiet
    return not breaks and are_on(preferences, now)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a zone that this machine does not know
        return ZoneInfo("UTC")
