"""Comparing stored moments with the clock, which may be set back: conditions for rows that must not wait for hours then.

A lease that ends in 15 seconds ends in three hours and 15 seconds when the clock is set back by three hours. So each
condition also knows how far ahead a moment can lie that was written by the clock as it goes now: one that lies farther
ahead was written before the step. Forward, a step lets moments pass early, which every lease must endure anyway.
"""

from datetime import datetime, timedelta

from django.db.models import Q

SKEW = timedelta(minutes=2)  # between the clocks of two machines; a step of less only makes a wait longer by as much


def over(field: str, now: datetime, *, longest: timedelta) -> Q:
    """Rows whose end is past, or lies farther ahead than `longest`, which is as far as anything can be put off."""
    return Q(**{f"{field}__lte": now}) | Q(**{f"{field}__gt": now + longest + SKEW})


def standing(field: str, now: datetime, *, longest: timedelta) -> Q:
    """Rows whose end is still to come; the opposite of `over`, as a condition that an index serves."""
    return Q(**{f"{field}__gt": now, f"{field}__lte": now + longest + SKEW})


def older(field: str, now: datetime, *, than: timedelta) -> Q:
    """Rows of which something happened so long ago, or after now: when that was nobody can say."""
    return Q(**{f"{field}__lt": now - than}) | Q(**{f"{field}__gt": now + SKEW})


def recent(field: str, now: datetime, *, within: timedelta) -> Q:
    """Rows of which something happened so short a while ago; the opposite of `older`."""
    return Q(**{f"{field}__gte": now - within, f"{field}__lte": now + SKEW})
