"""Characters that were sent to the engine, counted a day and a month (UTC) against the administrator's limits.

They are counted before they are sent, in a transaction that locks the engine's row: two workers together can't go past a
limit. What the engine surely did not count is given back.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from classifier import clock
from responder.models import TranslationEngine, TranslationUse

MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Use:
    """Characters of today and of this month."""

    today: int
    month: int
    requests_today: int


@dataclass(frozen=True, slots=True)
class Stop:
    """A limit that is used up: in words, and when it ends."""

    words: str
    until: datetime


def used(kind: str) -> Use:
    """What was sent to a kind of engine today and this month. One query."""
    today = clock.now().date()
    rows = TranslationUse.objects.filter(kind=kind, day__gte=today.replace(day=1), day__lte=today)
    found = list(rows.values_list("day", "characters", "requests"))
    return Use(
        today=sum(characters for day, characters, _requests in found if day == today),
        month=sum(characters for _day, characters, _requests in found),
        requests_today=sum(requests for day, _characters, requests in found if day == today),
    )


def left(engine: TranslationEngine, use: Use) -> int | None:
    """Characters that may still be sent now; None without a limit."""
    lefts = []
    if engine.characters_a_day is not None:
        lefts.append(engine.characters_a_day - use.today)
    if engine.characters_a_month is not None:
        lefts.append(engine.characters_a_month - use.month)
    return max(0, min(lefts)) if lefts else None


def stop(engine: TranslationEngine, use: Use, *, needed: int = 1) -> Stop | None:
    """The limit that does not leave `needed` characters, the one that lasts longest first; None if there is room."""
    now = clock.now()
    if engine.characters_a_month is not None and use.month + needed > engine.characters_a_month:
        words = _("This month's limit of %(limit)s characters is used up. It starts again on the 1st, at 00:00 UTC.")
        return Stop(words % {"limit": f"{engine.characters_a_month:,}"}, _midnight(_next_month(now.date())))
    if engine.characters_a_day is not None and use.today + needed > engine.characters_a_day:
        words = _("Today's limit of %(limit)s characters is used up. It starts again at 00:00 UTC.")
        return Stop(words % {"limit": f"{engine.characters_a_day:,}"}, _midnight(now.date() + timedelta(days=1)))
    return None


def is_beyond(engine: TranslationEngine, characters: int) -> bool:
    """Whether a text alone is longer than a whole day or month allows."""
    limits = [one for one in (engine.characters_a_day, engine.characters_a_month) if one is not None]
    return any(characters > one for one in limits)


def reserve(characters: int) -> Stop | None:
    """Count characters that are about to be sent. Returns the limit that forbids it; None if they are counted."""
    with transaction.atomic():
        engine = TranslationEngine.objects.select_for_update(no_key=True).filter(pk=1).first()
        if engine is None:
            return Stop(_("No engine is set up."), clock.now() + timedelta(hours=1))
        if found := stop(engine, used(engine.kind), needed=characters):
            return found
        _add(engine.kind, characters, requests=1)
    return None


def correct(kind: str, day: date, by: int) -> None:
    """Change a day's count: what the engine did not count is taken away, what it counted besides is added."""
    if by:
        counted = Greatest(F("characters") + by, 0) if by < 0 else F("characters") + by
        TranslationUse.objects.filter(kind=kind, day=day).update(characters=counted)


def cost(engine: TranslationEngine, characters: int) -> Decimal | None:
    """The estimated cost of characters, in US dollars; None where the price is not known."""
    return None if engine.price is None else engine.price * characters / MILLION


def months(kind: str) -> list[tuple[date, int]]:
    """(first day of a month, characters) of the last twelve months in which something was sent, the newest first."""
    since = _next_month(clock.now().date()).replace(day=1) - timedelta(days=366)
    rows = TranslationUse.objects.filter(kind=kind, day__gte=since.replace(day=1))
    found: dict[date, int] = {}
    for day, characters in rows.values_list("day").annotate(total=Sum("characters")).order_by("-day"):
        first = day.replace(day=1)
        found[first] = found.get(first, 0) + characters
    return list(found.items())[:12]


def _add(kind: str, characters: int, *, requests: int) -> None:
    row, _made = TranslationUse.objects.get_or_create(day=clock.now().date(), kind=kind)
    TranslationUse.objects.filter(pk=row.pk).update(
        characters=F("characters") + characters, requests=F("requests") + requests
    )


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _midnight(day: date) -> datetime:
    return clock.now().replace(year=day.year, month=day.month, day=day.day, hour=0, minute=0, second=0, microsecond=0)
