"""Enforce tokens' rate limits and daily quotas, counted across processes. `responder.partners.rate_limits` decides them."""

import math
import time
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from responder.errors import QuotaUsedUp
from responder.models import ApiToken
from responder.partners import counters, rate_limits


@dataclass(frozen=True, slots=True)
class QuotaUsage:
    """A token's use of one limit; `reset_s`: seconds to its reset, `window_s`: its length in seconds."""

    name: str
    limit: int
    window_s: int
    used: int
    reset_s: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


class TokenThrottle(BaseThrottle):
    """Refuses a token's requests beyond its rate until the window ends, and beyond its quota until the day ends.

    What the rate refuses does not count for the quota.
    """

    reset_s = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        """Whether the rate lets the request in. Raises QuotaUsedUp."""
        token = request.auth
        if not isinstance(token, ApiToken):
            return True  # requests without a token were refused before
        limit, window = rate_limits.rate(token)
        number, passed = divmod(time.time(), window)
        self.reset_s = window - passed
        in_window = counters.Counter(f"throttle:{token.pk}:{window}:{int(number)}", seconds=window + 1, limit=limit)
        count, *of_day = counters.increment_in_turn([in_window, rate_limits.counter_of_today(token)])
        standings = [QuotaUsage("window", limit, window, count, self.wait())]
        request._request.rate_limits = standings  # type: ignore[attr-defined]
        if count > limit:
            return False
        quota, left = rate_limits.quota(token), rate_limits.seconds_left()
        standings.append(QuotaUsage("day", quota, rate_limits.DAY_S, of_day[0], left))
        if of_day[0] > quota:
            raise QuotaUsedUp(quota=quota, retry_after_s=left)
        return True

    def wait(self) -> int:
        """Whole seconds until the window ends."""
        return max(1, math.ceil(self.reset_s))

    @staticmethod
    def headers(request: HttpRequest) -> dict[str, str]:
        """Rate-limit headers of a counted request: RateLimit-* for the window, the IETF draft's for all limits."""
        standings: list[QuotaUsage] = getattr(request, "rate_limits", [])
        if not standings:
            return {}
        window = standings[0]
        return {
            "RateLimit-Limit": str(window.limit),
            "RateLimit-Remaining": str(window.remaining),
            "RateLimit-Reset": str(window.reset_s),
            "RateLimit-Policy": ", ".join(f'"{one.name}";q={one.limit};w={one.window_s}' for one in standings),
            "RateLimit": ", ".join(f'"{one.name}";r={one.remaining};t={one.reset_s}' for one in standings),
        }
