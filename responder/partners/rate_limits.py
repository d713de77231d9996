"""The rate limit and the daily quota of a token: its own, else its organisation's, else those of the settings.

The rate (requests in a window) is counted in `responder.api.throttles`. The daily quota is counted here, by days in UTC: in
the shared counters, with a copy in the token's row. The copy is written once a minute with the last use; a counter that was
lost starts from it. While Redis is down, each process counts alone, also from the row.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings

from classifier import clock
from responder.models import ApiToken
from responder.partners import counters
from responder.rates import parse_rate

DAY_S = 86_400


def rate(token: ApiToken) -> tuple[int, int]:
    """Return (requests, seconds): the number of requests that the token may send in a window."""
    return parse_rate(rate_in_words(token))


def rate_in_words(token: ApiToken) -> str:
    """The token's rate as text, such as 600/min."""
    return token.rate or (token.organisation.rate if token.organisation else "") or str(settings.PREDICT_RATE)


def quota(token: ApiToken) -> int:
    """Requests a day that the token may send."""
    own = token.organisation.daily_quota if token.organisation else None
    return token.daily_quota or own or int(settings.DAILY_QUOTA)


def counter_of_today(token: ApiToken) -> counters.Counter:
    """The counter of the token's requests of today."""
    return counters.Counter(_key(token, _today()), seconds=2 * DAY_S, start=_kept(token))


def used_today(tokens: Sequence[ApiToken]) -> dict[int, int]:
    """Token's id → requests of today; in one round trip, for lists of any length."""
    keys = {token.pk: _key(token, _today()) for token in tokens}
    found = counters.read(keys.values()) or {}
    return {token.pk: max(found.get(keys[token.pk], 0), _kept(token)) for token in tokens}


def noted(token: ApiToken) -> dict[str, date | int]:
    """The field values that store today's count in the token's row."""
    return {"counted_on": _today(), "counted": used_today([token])[token.pk]}


def seconds_left() -> int:
    """Whole seconds until the day ends, at least one."""
    ends = datetime.combine(_today() + timedelta(days=1), time(), tzinfo=UTC)
    return max(1, -int((clock.now() - ends) // timedelta(seconds=1)))


def _kept(token: ApiToken) -> int:
    return token.counted if token.counted_on == _today() else 0


def _today() -> date:
    return clock.now().astimezone(UTC).date()


def _key(token: ApiToken, day: date) -> str:
    return f"quota:{token.pk}:{day.isoformat()}"
