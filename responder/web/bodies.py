"""Limits on request bodies: their size, their speed, and the credentials that larger ones need.

How a body is received:
1. A Content-Length beyond the limit of its path is refused before a byte is read.
2. Bytes are counted as they arrive, so that a body sent in chunks meets the same limit.
3. Beyond FREE bytes the caller must be known: a usable token, or the session of somebody who is signed in.
4. What known callers send beyond FREE counts against a budget of the process, of which one caller gets half.
5. A body has GRACE_S seconds, plus one for each SLOWEST bytes that arrive; silence uses them up.
6. Of one address, the oldest bodies beyond BODIES_PER_ADDRESS give way once they are older than QUICK_S.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.utils.translation import gettext as _

from responder.web import client_addresses

KILOBYTE, MEGABYTE = 1_000, 1_000_000
SMALL = 16 * KILOBYTE  # for addresses that anybody may ask, and for those that do not exist
ORDINARY = MEGABYTE  # pages and the API
AROUND_FILE = 100 * KILOBYTE  # a form around its file
FREE = 64 * KILOBYTE  # what strangers may send, and what stays in memory
GRACE_S = 20.0
SLOWEST = 8 * KILOBYTE  # bytes a second
BODIES_PER_ADDRESS = 64
QUICK_S = 1.0
SWEEP_S = 1.0
PARSED_BUDGET = 32 * MEGABYTE  # JSON in memory takes about ten times as much
RETRY_AFTER_S = 5
OPEN_TO_ALL = frozenset(
    {"login", "logout", "status", "healthz", "readyz", "metrics", "schema", "api-docs", "live-stream"}
    | {"correct", "correct-verify", "correct-state", "correct-receipt"}
    | {"report-form", "report-received"}
)
FILES = frozenset({"api-jobs", "file-send", "labels-send", "map-layer-send"})
IMPORT = "import-send"
BASEMAP = "basemap-send"

Receive = Callable[[], Awaitable[Any]]
Identify = Callable[[Any], Awaitable[str | None]]


class BodyRefused(Exception):
    """The request is answered before its body is taken; the message says what to do.

    Arguments:
        status: of the answer.
        retry_after_s: when to try again; None where repeating does not help.
    """

    def __init__(self, status: HTTPStatus, detail: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(detail)
        self.status, self.retry_after_s = status, retry_after_s


@dataclass
class Budget:
    """The bytes that one process may hold at once for requests of one kind."""

    most: Callable[[], int]
    held: Counter[str] = field(default_factory=Counter)
    total: int = 0

    def take(self, caller: str, size: int) -> None:
        """Count `size` more bytes of a caller. Raises BodyRefused."""
        if self.held[caller] + size > self.most() // 2:
            detail = _("You are sending too much at once. Wait until your earlier requests have finished.")
            raise BodyRefused(HTTPStatus.TOO_MANY_REQUESTS, detail, retry_after_s=RETRY_AFTER_S)
        if self.total + size > self.most():
            detail = _(
                "The server is receiving too much at the moment. Nothing was stored. Try again in a few seconds."
            )
            raise BodyRefused(HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_after_s=RETRY_AFTER_S)
        self.held[caller] += size
        self.total += size

    def give_back(self, caller: str, size: int) -> None:
        """Release the bytes of a caller whose request was answered."""
        self.total -= size
        self.held[caller] -= size
        if not self.held[caller]:
            del self.held[caller]


PARSED = Budget(lambda: PARSED_BUDGET)
ON_DISK = Budget(lambda: 4 * file_limit())
IMPORTS = Budget(lambda: 2 * import_limit())  # one at a time from each caller
BASEMAPS = Budget(lambda: 2 * basemap_limit())  # one at a time from each caller
BATCHES = Budget(lambda: 2 * int(settings.PREDICTIONS_BODY_BYTES))


def file_limit() -> int:
    """The most bytes of a request that uploads a file to classify."""
    return int(settings.JOB_MEGABYTES) * MEGABYTE + AROUND_FILE


def import_limit() -> int:
    """The most bytes of a request that uploads a file to import."""
    return int(settings.IMPORT_MEGABYTES) * MEGABYTE + AROUND_FILE


def basemap_limit() -> int:
    """The most bytes of a request that uploads a base map."""
    return int(settings.BASEMAP_MEGABYTES) * MEGABYTE + AROUND_FILE


def limit_for(url_name: str | None) -> int:
    """The most bytes that a request to this path may send; None for an unknown path."""
    if url_name is None or url_name in OPEN_TO_ALL:
        return SMALL
    if url_name in FILES:
        return file_limit()
    if url_name == IMPORT:
        return import_limit()
    if url_name == BASEMAP:
        return basemap_limit()
    return int(settings.PREDICTIONS_BODY_BYTES) if url_name == "predictions" else ORDINARY


def _budget_for(url_name: str | None, declared: int | None) -> Budget:
    """The budget that a body counts against: large batches are parsed from the disk, one at a time, and so have their own."""
    if url_name in FILES:
        return ON_DISK
    if url_name == IMPORT:
        return IMPORTS
    if url_name == BASEMAP:
        return BASEMAPS
    is_batch = url_name == "predictions" and (declared or 0) > int(settings.PREDICTIONS_LARGE_BYTES)
    return BATCHES if is_batch else PARSED


class Body:
    """A request's whole body; call `close` when the request is answered."""

    def __init__(self, budget: Budget, declared: int | None = None) -> None:
        is_small = declared is not None and declared <= FREE
        spool: Any = BytesIO() if is_small else SpooledTemporaryFile(max_size=FREE)  # noqa: SIM115  closed by `close`
        self.file: IO[bytes] = spool
        self.declared, self.size = declared or 0, 0
        self._budget, self._caller, self._held = budget, "", 0

    def add(self, piece: bytes) -> None:
        """Add a piece. Raises BodyRefused when the budget is used up."""
        beyond = max(0, self.size + len(piece) - FREE) - self._held
        if beyond > 0:
            self._budget.take(self._caller, beyond)
            self._held += beyond
        self.size += len(piece)
        self.file.write(piece)

    def known_as(self, caller: str) -> None:
        self._caller = caller

    @property
    def is_known(self) -> bool:
        return bool(self._caller)

    def close(self) -> None:
        self.file.close()
        if self._held:
            self._budget.give_back(self._caller, self._held)
            self._held = 0


class _Pace:
    """A sender's time limit. One sweep checks all of them, since a timer each costs more than the reception."""

    def __init__(self, grace_s: float) -> None:
        self._clock = asyncio.get_running_loop().time
        self._task = asyncio.current_task()
        self._grace_s, self._left = grace_s, grace_s
        self.began = self._since = self._clock()
        self._is_waiting = self._is_over = False

    async def next(self, receive: Receive) -> Any:
        """The next message. Raises BodyRefused when the sender's time is used up."""
        self._since, self._is_waiting = self._clock(), True
        try:
            message = await receive()
        except asyncio.CancelledError:
            if not self._is_over:
                raise
            if self._task:
                self._task.uncancel()
            raise _too_slow() from None
        finally:
            self._is_waiting = False
        earned = len(message.get("body", b"")) / SLOWEST
        self._left = min(self._grace_s, self._left - (self._clock() - self._since) + earned)
        if self._is_over or self._left <= 0:
            raise _too_slow()
        return message

    def check(self, now: float) -> None:
        """Disconnect a sender that has exceeded its time."""
        if self._is_waiting and now - self._since >= self._left:
            self.end()

    def end(self) -> None:
        """Use up the time that is left."""
        self._is_over = True
        if self._is_waiting and self._task:
            self._task.cancel()


class Reception:
    """Receives the bodies of one process."""

    def __init__(self, *, grace_s: float = GRACE_S, quick_s: float = QUICK_S, sweep_s: float = SWEEP_S) -> None:
        self._grace_s, self._quick_s, self._sweep_s = grace_s, quick_s, sweep_s
        self._senders: defaultdict[str, dict[_Pace, None]] = defaultdict(dict)  # in order of arrival
        self._swept_by: asyncio.AbstractEventLoop | None = None

    async def read(self, scope: Any, receive: Receive, *, url_name: str | None, identify: Identify) -> Body:
        """The whole body of a request. Raises BodyRefused, RequestAborted.

        Arguments:
            url_name: whose limit holds.
            identify: tells who sends the request, by its headers alone; None for a stranger.
        """
        limit = limit_for(url_name)
        declared = _declared_length(scope)
        if declared is not None and declared > limit:
            raise _too_large(limit)
        body = Body(_budget_for(url_name, declared), declared)
        try:
            if declared == 0:
                await receive()
            else:
                await self._fill(body, scope, receive, limit, identify)
        except BaseException:
            body.close()
            raise
        body.file.seek(0)
        return body

    async def _fill(self, body: Body, scope: Any, receive: Receive, limit: int, identify: Identify) -> None:
        address = client_addresses.counted_as((scope.get("client") or ("", 0))[0])
        pace = _Pace(self._grace_s)
        self._make_room(address, pace.began)
        self._watch()
        self._senders[address][pace] = None
        try:
            if body.declared > FREE:
                body.known_as(await _require_known(scope, identify))
            more = True
            while more:
                message = await pace.next(receive)
                if message["type"] == "http.disconnect":
                    raise RequestAborted
                piece, more = message.get("body", b""), message.get("more_body", False)
                if body.size + len(piece) > limit:
                    raise _too_large(limit)
                if body.size + len(piece) > FREE and not body.is_known:
                    body.known_as(await _require_known(scope, identify))
                body.add(piece)
        finally:
            del self._senders[address][pace]
            if not self._senders[address]:
                del self._senders[address]

    def _make_room(self, address: str, now: float) -> None:
        """End the oldest body of an address that sends too many, unless it arrives at the usual speed."""
        senders = self._senders.get(address, {})
        if len(senders) >= BODIES_PER_ADDRESS and now - (oldest := next(iter(senders))).began >= self._quick_s:
            oldest.end()

    def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        if self._swept_by is not loop:
            self._swept_by = loop
            loop.call_later(self._sweep_s, self._sweep, loop)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Disconnect senders that have exceeded their time. Runs while there are any."""
        for senders in self._senders.values():
            for pace in senders:
                pace.check(loop.time())
        if self._senders:
            loop.call_later(self._sweep_s, self._sweep, loop)
        else:
            self._swept_by = None


async def _require_known(scope: Any, identify: Identify) -> str:
    caller = await identify(scope)
    if caller is None:
        raise BodyRefused(HTTPStatus.UNAUTHORIZED, _("Sign in or send a valid token before you send this much data."))
    return caller


def _too_slow() -> BodyRefused:
    return BodyRefused(HTTPStatus.REQUEST_TIMEOUT, _("The request arrived too slowly. Send it again."))


def _too_large(limit: int) -> BodyRefused:
    size = f"{limit // MEGABYTE} MB" if limit >= MEGABYTE else f"{limit // KILOBYTE} kB"
    detail = _("The request is too large: the limit here is %(size)s. Split it and send the parts.") % {"size": size}
    return BodyRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)


def _declared_length(scope: Any) -> int | None:
    """The Content-Length, 0 for a request without a body, None for one of unknown length."""
    length: int | None = 0
    for name, value in scope["headers"]:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            length = int(value[:18]) if value.isdigit() else None
    return length
