"""The training week, in UTC: when each step is due, and the week of a given time.

Sunday 18:00 labels freeze → 19:00 snapshot and data gates → 20:00 training → 22:00 evaluation, card, approval request.
"""

from datetime import UTC, datetime, timedelta

SUNDAY = 6
FREEZE_HOUR = 18
SNAPSHOT_AFTER, TRAIN_AFTER, EVALUATE_AFTER = (timedelta(hours=hours) for hours in (1, 2, 4))
AZURE_AFTER = timedelta(hours=8)  # Monday 02:00: Azure's own schedule, for runs that train there
WEEK = timedelta(days=7)
LATE = timedelta(days=3)  # if the machine was off on Sunday, training still starts until then


def last_freeze(now: datetime) -> datetime:
    """The newest Sunday 18:00 UTC that is not after `now`."""
    now = now.astimezone(UTC)
    sunday = now - timedelta(days=(now.weekday() - SUNDAY) % 7)
    moment = sunday.replace(hour=FREEZE_HOUR, minute=0, second=0, microsecond=0)
    return moment if moment <= now else moment - timedelta(days=7)


def week_of(moment: datetime) -> str:
    """ISO week, as 2026-W48."""
    year, week, _ = moment.astimezone(UTC).isocalendar()
    return f"{year}-W{week:02d}"


def run_key(moment: datetime) -> str:
    """The key of the week's run: one per week, whoever starts it."""
    return f"responder-tweets:{week_of(moment)}"
