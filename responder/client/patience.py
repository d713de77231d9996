"""Decides when not to wait for a retry: a used-up daily quota does not reset while a program sleeps."""

import httpx

from responder.client import wire


class Patience(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Raises RateLimited immediately if the Retry-After of a 429 exceeds the longest wait; otherwise passes the response on.

    Arguments:
        inner: the way out, synchronous or asynchronous.
        longest_wait_s: seconds.
    """

    def __init__(self, inner: httpx.BaseTransport | httpx.AsyncBaseTransport, longest_wait_s: float) -> None:
        self._inner, self._longest_wait_s = inner, longest_wait_s

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(self._inner, httpx.BaseTransport)
        response = self._inner.handle_request(request)
        if self._is_beyond(response):
            response.read()
            wire.checked(response)
        return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(self._inner, httpx.AsyncBaseTransport)
        response = await self._inner.handle_async_request(request)
        if self._is_beyond(response):
            await response.aread()
            wire.checked(response)
        return response

    def close(self) -> None:
        if isinstance(self._inner, httpx.BaseTransport):
            self._inner.close()

    async def aclose(self) -> None:
        if isinstance(self._inner, httpx.AsyncBaseTransport):
            await self._inner.aclose()

    def _is_beyond(self, response: httpx.Response) -> bool:
        return response.status_code == wire.TOO_MANY and (wire.retry_after(response) or 0) > self._longest_wait_s
