"""The synchronous client."""

import time
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self, cast, overload

import httpx
from httpx_retries import RetryTransport

from responder.client import wire
from responder.client.errors import NotReachable
from responder.client.patience import Patience
from responder.client.shapes import Comment, Explanation, Feedback, Incident, Job, ModelInfo, Post, Prediction


class Client:
    """The API of one server, over connections that stay open. Use it in a `with` statement.

    Arguments:
        url: the server, such as https://responder.example; default: RESPONDER_URL.
        token: `rsp_…`; default: RESPONDER_TOKEN.
        retries: the number of retries after 409, 429, 502, 503, 504 or a connection error.
        longest_wait_s: the longest wait before a retry, in seconds. If 429 asks for more, RateLimited is raised.
        timeout: seconds, or an httpx.Timeout.
        allow_http: whether the token may be sent unencrypted beyond this machine.
        transport: a custom transport, such as `httpx.HTTPTransport(proxy=…)`.

    Every call raises ApiError if the API returns an error (RateLimited for 429), and NotReachable if there is no response.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        retries: int = 5,
        longest_wait_s: float = 120.0,
        timeout: float | httpx.Timeout = wire.TIMEOUT,
        allow_http: bool = False,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(
            base_url=wire.address(url, allow_http=allow_http), headers=wire.headers(token), timeout=timeout,
            transport=RetryTransport(
                Patience(transport or httpx.HTTPTransport(), longest_wait_s), wire.retry(retries, longest_wait_s)
            ),
        )  # fmt: skip

    @overload
    def predict(self, messages: wire.Text, *, idempotency_key: str | None = None) -> Prediction: ...  # type: ignore[overload-overlap]

    @overload
    def predict(self, messages: Sequence[wire.Text], *, idempotency_key: str | None = None) -> list[Prediction]: ...

    def predict(
        self, messages: wire.Text | Sequence[wire.Text], *, idempotency_key: str | None = None
    ) -> Prediction | list[Prediction]:
        """The prediction of one message, or a list with those of 1 to 1,000 messages, in order.

        Arguments:
            messages: a text, a Message, or a mapping with `text`, `id`, `lang`; or a list of these.
            idempotency_key: the same key and messages get the same answer for 24 hours; default: a fresh one.

        Raises TypeError and ValueError for what can't be sent, before anything is.
        """
        if wire.is_single(messages):
            return self.predict([cast(wire.Text, messages)], idempotency_key=idempotency_key)[0]
        messages = cast(Sequence[wire.Text], messages)
        return wire.predictions(self._send(wire.predict(messages, idempotency_key)), len(messages))

    def predict_stream(
        self, texts: Iterable[wire.Text], *, batch: int = wire.BATCH, progress: bool = False
    ) -> Iterator[Prediction]:
        """Predictions of any number of messages, in order, by the batch; memory holds one batch.

        Arguments:
            texts: as in `predict`, also a generator; ids default to the position in the stream.
            batch: messages in a request, 1 to 1,000.
            progress: whether a bar on standard error shows how far it is.
        """
        with wire.bar(texts, shown=progress) as bar:
            for messages in wire.batches(texts, batch):
                found = self.predict(messages)
                bar.update(len(found))
                yield from found

    def explain(self, text: str, *, method: str = "occlusion", examples: int = 3) -> Explanation:
        """Which words moved the answer about `text`, and the `examples` (0 to 10) labelled texts most like it."""
        return wire.explanation(self._send(wire.explain(text, method, examples)))

    def models(self) -> list[ModelInfo]:
        """The model that answers now."""
        return wire.shaped(ModelInfo, self._send(wire.Call("GET", "/api/v1/models")).get("models"))

    def categories(self) -> dict[str, Any]:
        """What the labels mean: categories, groups, priorities, needs."""
        return self._send(wire.Call("GET", "/api/v1/categories"))

    def posts(self, **filters: wire.Filters) -> Iterator[Post]:
        """Classified posts in the order of work, over all pages; filters as on the pages: event, cat, sev, q …"""
        for rows in self._pages("/api/v1/posts", "posts", filters):
            yield from wire.shaped(Post, rows)

    def incidents(self, **filters: wire.Filters) -> Iterator[Incident]:
        """Incidents, the most severe first, over all pages; filters: event, state, severity, verification."""
        for rows in self._pages("/api/v1/incidents", "incidents", filters):
            yield from wire.shaped(Incident, rows)

    def give_feedback(
        self, post_id: int, wrong: Sequence[str], *, category: str | None = None, priority: str | None = None,
        place: str | None = None, note: str | None = None, idempotency_key: str | None = None,
    ) -> Feedback:  # fmt: skip
        """Report what is wrong with a post. A reviewer accepts or rejects the report.

        Arguments:
            wrong: any of category, priority, place.
            category, priority, place: what would be right, as far as you know.
            note: for the reviewer, up to 1,000 characters; kept masked.
            idempotency_key: as in `predict`.
        """
        suggested = {"category": category, "priority": priority, "place": place, "note": note}
        return wire.shaped(Feedback, [self._send(wire.feedback(post_id, wrong, suggested, idempotency_key))])[0]

    def suggest_place(
        self, post_id: int, *, latitude: float | None = None, longitude: float | None = None, radius_km: float | None = None,
        name: str | None = None, no_place: bool = False, note: str | None = None, idempotency_key: str | None = None,
    ) -> Feedback:  # fmt: skip
        """Suggest where a post is, or that it has no place. A reviewer accepts or rejects the suggestion.

        Arguments:
            latitude, longitude: degrees.
            radius_km: how far from there the place may be, 0.1 to 500.
            name: of the place, if it has one.
            no_place: True instead of a position.
            note: for the reviewer, up to 1,000 characters; kept masked.
            idempotency_key: as in `predict`.
        """
        where = {"latitude": latitude, "longitude": longitude, "radius_km": radius_km, "name": name, "note": note}
        call = wire.place(post_id, where | {"no_place": no_place or None}, idempotency_key)
        return wire.shaped(Feedback, [self._send(call)])[0]

    def feedback(self, **filters: wire.Filters) -> Iterator[Feedback]:
        """Your feedback with its outcome, the newest first, over all pages; filter: state."""
        for rows in self._pages("/api/v1/feedback", "feedback", filters):
            yield from wire.shaped(Feedback, rows)

    def comment(self, ref: str, text: str, *, idempotency_key: str | None = None) -> Comment:
        """Write 1 to 2,000 characters into an incident's timeline, under your organisation's name; kept masked."""
        return wire.shaped(Comment, [self._send(wire.comment(ref, text, idempotency_key))])[0]

    def send_file(
        self, file: wire.File, *, name: str | None = None, idempotency_key: str | None = None, **options: wire.Filters
    ) -> Job:
        """Have a file classified by the server's queue.

        Arguments:
            file: a path, or the bytes themselves; CSV, TSV or NDJSON.
            name: what the server calls it; its ending says what it holds.
            options: text_column, id_column, where they are not `text` and `id`.
        """
        return wire.job(self._send(wire.send_file(file, name, options, idempotency_key)))

    def job(self, job_id: str) -> Job:
        """How far a file is."""
        return wire.job(self._send(wire.Call("GET", f"{wire.JOBS}/{job_id}")))

    def jobs(self) -> list[Job]:
        """Your files that are still kept, the newest first."""
        return wire.shaped(Job, self._send(wire.Call("GET", wire.JOBS)).get("jobs"))

    def wait(self, job_id: str, *, every_s: float = 2.0, timeout_s: float = 3600.0) -> Job:
        """The job once it is over. Raises TimeoutError where that takes longer than `timeout_s`."""
        end = time.monotonic() + timeout_s
        while not (job := self.job(job_id)).is_over:
            if time.monotonic() > end:
                raise TimeoutError(f"Job {job_id} is {job.state} after {timeout_s:g} s.")
            time.sleep(every_s)
        return job

    def results(self, job_id: str) -> Iterator[Prediction]:
        """The predictions of a file, in the order of its rows; memory holds one."""
        try:
            with self._http.stream("GET", f"{wire.JOBS}/{job_id}/result") as response:
                if not response.is_success:
                    response.read()
                    wire.checked(response)
                for line in response.iter_lines():
                    yield wire.line(line)
        except httpx.TransportError as error:
            raise NotReachable(f"{self._http.base_url} does not answer: {error!r}") from error

    def delete_job(self, job_id: str) -> None:
        """Stop a job if it is running, and delete its results."""
        self._send(wire.Call("DELETE", f"{wire.JOBS}/{job_id}"))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _pages(self, path: str, name: str, filters: dict[str, wire.Filters]) -> Iterator[Any]:
        cursor = None
        while True:
            body = self._send(wire.listing(path, filters, cursor))
            yield body.get(name)
            cursor = body.get("next_cursor")
            if not cursor:
                return

    def _send(self, call: wire.Call) -> dict[str, Any]:
        try:
            response = self._http.request(
                call.method, call.path, params=call.params, json=call.json, headers=call.headers,
                content=call.content,
            )  # fmt: skip
        except httpx.TransportError as error:
            raise NotReachable(f"{self._http.base_url} does not answer: {error!r}") from error
        return wire.checked(response)
