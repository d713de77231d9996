"""Delays before retrying a source, by the rules that X sets for its clients.

After a successful connection the first retry is immediate. The delay then grows by 250 ms for connection errors (up to
16 s), doubles from 5 s for HTTP errors (up to 320 s), and doubles from 60 s for 429 (up to 16 min). A delay that the
source asks for is respected.
https://docs.x.com/x-api/posts/filtered-stream/integrate/handling-disconnections
"""

from responder.feeds.connectors.base import FeedError, Refused, TooFast

BROKEN_STEP_S, BROKEN_MOST_S = 0.25, 16.0
HTTP_FIRST_S, HTTP_MOST_S = 5.0, 320.0
FAST_FIRST_S, FAST_MOST_S = 60.0, 960.0


class Backoff:
    """The retry delays of one feed."""

    def __init__(self) -> None:
        self.worked()

    def worked(self) -> None:
        """Reset the delays after a connection that delivered and lasted."""
        self._broken = self._http = self._fast = 0

    def wait_s(self, error: FeedError) -> float:
        """Seconds to wait after this fault."""
        if isinstance(error, TooFast):
            self._fast += 1
            return max(error.retry_after_s, _doubled(FAST_FIRST_S, self._fast, FAST_MOST_S))
        if isinstance(error, Refused):
            self._http += 1
            return max(error.retry_after_s, _doubled(HTTP_FIRST_S, self._http, HTTP_MOST_S))
        self._broken += 1
        return min(BROKEN_STEP_S * (self._broken - 1), BROKEN_MOST_S)


def _doubled(first: float, times: int, most: float) -> float:
    return min(first * 2.0 ** min(times - 1, 16), most)
