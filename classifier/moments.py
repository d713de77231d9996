"""Conditions that compare stored times with a clock that may be set back, so that rows don't wait for hours then.

If the clock is set back by three hours, a lease that ends in 15 seconds would end in three hours and 15 seconds. So
each condition also limits how far ahead of the clock a time can be: a row that is farther ahead was written before the
clock was set back. If the clock is set forward, leases expire early, which every lease must tolerate anyway.
"""

from datetime import datetime, timedelta

from django.db.models import Q

SKEW = timedelta(minutes=2)  # between the clocks of two machines; a smaller step only makes a wait longer by as much


def over(field: str, now: datetime, *, longest: timedelta) -> Q:
    """Rows that are past their end, or whose end is farther ahead than `longest`, the longest possible delay."""
    return Q(**{f"{field}__lte": now}) | Q(**{f"{field}__gt": now + longest + SKEW})


def standing(field: str, now: datetime, *, longest: timedelta) -> Q:
    """Rows whose end is still ahead: the opposite of `over`, as a condition that can use an index."""
    return Q(**{f"{field}__gt": now, f"{field}__lte": now + longest + SKEW})


def older(field: str, now: datetime, *, than: timedelta) -> Q:
    """Rows whose time is longer ago than `than`, or in the future: those were written before the clock was set back."""
    return Q(**{f"{field}__lt": now - than}) | Q(**{f"{field}__gt": now + SKEW})


def recent(field: str, now: datetime, *, within: timedelta) -> Q:
    """Rows whose time is at most `within` ago: the opposite of `older`."""
    return Q(**{f"{field}__gte": now - within, f"{field}__lte": now + SKEW})
