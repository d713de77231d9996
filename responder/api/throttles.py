"""How often one token may ask: so many requests per window, counted by all processes together."""

import math
import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from responder import counters
from responder.models import ApiToken
from responder.rates import parse_rate


class TokenThrottle(BaseThrottle):
    """Refuses a token's requests beyond `settings.PREDICT_RATE` until the window ends."""

    reset_s = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiToken):
            return True  # nobody without a token comes further than a refusal
        limit, window = parse_rate(settings.PREDICT_RATE)
        number, passed = divmod(time.time(), window)
        self.reset_s = window - passed
        count = counters.increment(f"throttle:{request.auth.pk}:{window}:{int(number)}", seconds=window + 1)
        request._request.rate_limit = (limit, max(0, limit - count), self.wait())  # type: ignore[attr-defined]
        return count <= limit

    def wait(self) -> int:
        """Whole seconds until the window ends."""
        return max(1, math.ceil(self.reset_s))

    @staticmethod
    def headers(request: HttpRequest) -> dict[str, str]:
        """RateLimit headers of a request that was counted."""
        limit, remaining, reset = getattr(request, "rate_limit", (None, None, None))
        if limit is None:
            return {}
        return {"RateLimit-Limit": str(limit), "RateLimit-Remaining": str(remaining), "RateLimit-Reset": str(reset)}
