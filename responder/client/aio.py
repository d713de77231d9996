"""The asynchronous client."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from types import TracebackType
from typing import Any, Self, cast, overload

import httpx
from httpx_retries import RetryTransport

from responder.client import wire
from responder.client.errors import NotReachable
from responder.client.patience import Patience
from responder.client.shapes import Comment, Explanation, Feedback, Incident, Job, ModelInfo, Post, Prediction


class AsyncClient:
    """As Client, for `async with`. Arguments and errors are the same; `transport` is an asynchronous one."""

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        retries: int = 5,
        longest_wait_s: float = 120.0,
        timeout: float | httpx.Timeout = wire.TIMEOUT,
        allow_http: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=wire.address(url, allow_http=allow_http), headers=wire.headers(token), timeout=timeout,
            transport=RetryTransport(
                Patience(transport or httpx.AsyncHTTPTransport(), longest_wait_s), wire.retry(retries, longest_wait_s)
            ),
        )  # fmt: skip

    @overload
    async def predict(self, messages: wire.Text, *, idempotency_key: str | None = None) -> Prediction: ...  # type: ignore[overload-overlap]

    @overload
    async def predict(
        self, messages: Sequence[wire.Text], *, idempotency_key: str | None = None
    ) -> list[Prediction]: ...

    async def predict(
        self, messages: wire.Text | Sequence[wire.Text], *, idempotency_key: str | None = None
    ) -> Prediction | list[Prediction]:
        """As Client.predict."""
        if wire.is_single(messages):
            return (await self.predict([cast(wire.Text, messages)], idempotency_key=idempotency_key))[0]
        messages = cast(Sequence[wire.Text], messages)
        return wire.predictions(await self._send(wire.predict(messages, idempotency_key)), len(messages))

    async def predict_stream(
        self, texts: Iterable[wire.Text], *, batch: int = wire.BATCH, at_once: int = 2, progress: bool = False
    ) -> AsyncIterator[Prediction]:
        """As Client.predict_stream, with up to `at_once` requests on their way; the order stays that of `texts`."""
        if at_once < 1:
            raise ValueError("At least one request is on its way.")
        stream, waiting = wire.batches(texts, batch), deque[asyncio.Task[list[Prediction]]]()
        try:
            with wire.bar(texts, shown=progress) as bar:
                while True:
                    while len(waiting) < at_once and (messages := next(stream, None)):
                        waiting.append(asyncio.create_task(self.predict(messages)))
                    if not waiting:
                        return
                    found = await waiting[0]
                    waiting.popleft()
                    bar.update(len(found))
                    for prediction in found:
                        yield prediction
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def explain(self, text: str, *, method: str = "occlusion", examples: int = 3) -> Explanation:
        """As Client.explain."""
        return wire.explanation(await self._send(wire.explain(text, method, examples)))

    async def models(self) -> list[ModelInfo]:
        """The model that answers now."""
        return wire.shaped(ModelInfo, (await self._send(wire.Call("GET", "/api/v1/models"))).get("models"))

    async def categories(self) -> dict[str, Any]:
        """As Client.categories."""
        return await self._send(wire.Call("GET", "/api/v1/categories"))

    async def posts(self, **filters: wire.Filters) -> AsyncIterator[Post]:
        """As Client.posts."""
        async for rows in self._pages("/api/v1/posts", "posts", filters):
            for post in wire.shaped(Post, rows):
                yield post

    async def incidents(self, **filters: wire.Filters) -> AsyncIterator[Incident]:
        """As Client.incidents."""
        async for rows in self._pages("/api/v1/incidents", "incidents", filters):
            for incident in wire.shaped(Incident, rows):
                yield incident

    async def give_feedback(
        self, post_id: int, wrong: Sequence[str], *, category: str | None = None, priority: str | None = None,
        place: str | None = None, note: str | None = None, idempotency_key: str | None = None,
    ) -> Feedback:  # fmt: skip
        """As Client.give_feedback."""
        suggested = {"category": category, "priority": priority, "place": place, "note": note}
        return wire.shaped(Feedback, [await self._send(wire.feedback(post_id, wrong, suggested, idempotency_key))])[0]

    async def suggest_place(
        self, post_id: int, *, latitude: float | None = None, longitude: float | None = None, radius_km: float | None = None,
        name: str | None = None, no_place: bool = False, note: str | None = None, idempotency_key: str | None = None,
    ) -> Feedback:  # fmt: skip
        """As Client.suggest_place."""
        where = {"latitude": latitude, "longitude": longitude, "radius_km": radius_km, "name": name, "note": note}
        call = wire.place(post_id, where | {"no_place": no_place or None}, idempotency_key)
        return wire.shaped(Feedback, [await self._send(call)])[0]

    async def feedback(self, **filters: wire.Filters) -> AsyncIterator[Feedback]:
        """As Client.feedback."""
        async for rows in self._pages("/api/v1/feedback", "feedback", filters):
            for row in wire.shaped(Feedback, rows):
                yield row

    async def comment(self, ref: str, text: str, *, idempotency_key: str | None = None) -> Comment:
        """As Client.comment."""
        return wire.shaped(Comment, [await self._send(wire.comment(ref, text, idempotency_key))])[0]

    async def send_file(
        self, file: wire.File, *, name: str | None = None, idempotency_key: str | None = None, **options: wire.Filters
    ) -> Job:
        """As Client.send_file."""
        return wire.job(await self._send(await asyncio.to_thread(wire.send_file, file, name, options, idempotency_key)))

    async def job(self, job_id: str) -> Job:
        """As Client.job."""
        return wire.job(await self._send(wire.Call("GET", f"{wire.JOBS}/{job_id}")))

    async def jobs(self) -> list[Job]:
        """As Client.jobs."""
        return wire.shaped(Job, (await self._send(wire.Call("GET", wire.JOBS))).get("jobs"))

    async def wait(self, job_id: str, *, every_s: float = 2.0, timeout_s: float = 3600.0) -> Job:
        """As Client.wait."""
        async with asyncio.timeout(timeout_s):
            while not (job := await self.job(job_id)).is_over:
                await asyncio.sleep(every_s)
        return job

    async def results(self, job_id: str) -> AsyncIterator[Prediction]:
        """As Client.results."""
        try:
            async with self._http.stream("GET", f"{wire.JOBS}/{job_id}/result") as response:
                if not response.is_success:
                    await response.aread()
                    wire.checked(response)
                async for line in response.aiter_lines():
                    yield wire.line(line)
        except httpx.TransportError as error:
            raise NotReachable(f"{self._http.base_url} does not answer: {error!r}") from error

    async def delete_job(self, job_id: str) -> None:
        """As Client.delete_job."""
        await self._send(wire.Call("DELETE", f"{wire.JOBS}/{job_id}"))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _pages(self, path: str, name: str, filters: dict[str, wire.Filters]) -> AsyncIterator[Any]:
        cursor = None
        while True:
            body = await self._send(wire.listing(path, filters, cursor))
            yield body.get(name)
            cursor = body.get("next_cursor")
            if not cursor:
                return

    async def _send(self, call: wire.Call) -> dict[str, Any]:
        try:
            response = await self._http.request(
                call.method, call.path, params=call.params, json=call.json, headers=call.headers,
                content=call.content,
            )  # fmt: skip
        except httpx.TransportError as error:
            raise NotReachable(f"{self._http.base_url} does not answer: {error!r}") from error
        return wire.checked(response)
