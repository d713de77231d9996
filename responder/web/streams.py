"""Event streams: one reader of the changes per process, however many people watch.

How a change reaches a page:
1. Once a second the hub's pump reads what is new, in two queries, and leaves out what it has seen before.
2. Each change goes into the bounded queue of every client whose filter it passes.
3. Who is too slow, or comes back after too long, is told to fetch the page's data again.
4. A stream is a client's queue, written as server-sent events until the client leaves.
5. While the pump's queries fail or are late, streams are silent and new clients poll: a page without news turns stale.
6. Every few seconds the pump looks, in two queries, whether all who watch still may; who may not is sent nothing more.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import contextvars
import json
import weakref
from collections import deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import dropwhile, groupby
from typing import Any

import structlog
from asgiref.sync import sync_to_async

from classifier import clock, database
from responder.models import Change
from responder.web import live, viewers
from responder.web.executors import LIVE
from responder.web.live import LiveFilter, Watched
from responder.web.viewers import Viewer

log = structlog.get_logger(__name__)
TICK_S = 1.0
PULSE_TICKS = 5
HEARTBEAT_S = 15.0
LATE_S = 10.0  # after this long without a successful read, streams stop reporting that they are up to date
STREAM_S = 600.0  # then the browser connects again
CHECK_TICKS = 3  # people who lose the permission are disconnected within five seconds
REMEMBERED = 2_000  # changes, for clients that come back
QUEUE_LIMIT = 64
RETRY_MS = 3_000
MOST_PER_PERSON = 12  # open pages of one person; more poll
END = b""  # in place of a message: the stream is over


@dataclass(eq=False)
class StreamClient:
    """A connected client: its filter, its cursor (None: from now on), its language, and its queued messages."""

    live_filter: LiveFilter
    after: int | None
    viewer: Viewer | None = None
    language: str = ""
    queue: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(QUEUE_LIMIT))

    @property
    def watched(self) -> Watched:
        """Whose status the client sees."""
        return Watched(self.live_filter.event_id, self.language, self.live_filter.filter.visible_events)

    def send(self, message: bytes, *, otherwise: bytes) -> None:
        """Queue `message`; if the queue is full, replace all of it with `otherwise`."""
        if self.queue.full():
            while not self.queue.empty():
                self.queue.get_nowait()
            message = otherwise
        self.queue.put_nowait(message)

    def end(self) -> None:
        """Stop sending and drop queued messages."""
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(END)


class Hub:
    """The clients of one event loop, and the pump that reads for them while there are any."""

    _of_loop: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub]" = weakref.WeakKeyDictionary()

    def __init__(self, *, tick_s: float = TICK_S) -> None:
        self.tick_s = tick_s
        self.clients: set[StreamClient] = set()
        self.newcomers: list[StreamClient] = []
        self.task: asyncio.Task[None] | None = None
        self._last_read = 0.0
        self._start_afresh()

    @classmethod
    def current(cls) -> "Hub":
        """The running event loop's hub."""
        loop = asyncio.get_running_loop()
        if loop not in cls._of_loop:
            cls._of_loop[loop] = cls()
        return cls._of_loop[loop]

    def __len__(self) -> int:
        return len(self.clients) + len(self.newcomers)

    def count_of(self, person_id: int) -> int:
        """Return the number of streams that a person has open in this process."""
        everybody = (*self.clients, *self.newcomers)
        return sum(client.viewer is not None and client.viewer.person_id == person_id for client in everybody)

    def join(
        self, live_filter: LiveFilter, after: int | None = None, viewer: Viewer | None = None, language: str = ""
    ) -> StreamClient:
        """Watch from the cursor `after`, or from now on; call `leave` when done."""
        client = StreamClient(live_filter, after, viewer, language)
        self.newcomers.append(client)
        if self.task is None or self.task.done():
            self._last_read = asyncio.get_running_loop().time()
            # A context of its own: in the first client's, database calls would end with that client's request.
            self.task = asyncio.create_task(self._pump(), context=contextvars.Context())
        return client

    @property
    def is_late(self) -> bool:
        """Whether the pump runs and hasn't read anything for LATE_S seconds."""
        return self.task is not None and asyncio.get_running_loop().time() - self._last_read > LATE_S

    def leave(self, client: StreamClient) -> None:
        """Stop watching; with the last client the pump stops."""
        self.clients.discard(client)
        self.newcomers = [other for other in self.newcomers if other is not client]
        if not len(self) and self.task is not None:
            self.task.cancel()
            self.task = None
            self._start_afresh()

    def _start_afresh(self) -> None:
        self.cursor = self.floor = 0
        self.ready = False
        self.recent: deque[Change] = deque(maxlen=REMEMBERED)
        self.seen: dict[int, datetime] = {}
        self.pulses: dict[frozenset[int] | None, dict[str, Any]] = {}
        self.statuses: dict[Watched, dict[str, str]] = {}

    async def _pump(self) -> None:
        ticks = 0
        while True:
            if ticks % CHECK_TICKS == 0:
                await self._end_others()
            try:
                await self._tick(with_pulse=ticks % PULSE_TICKS == 0)
            except Exception:  # any error: clients wait for the next second
                log.exception("live updates could not be read")
            ticks += 1
            await asyncio.sleep(self.tick_s)

    async def _end_others(self) -> None:
        """End the streams of people who have lost the permission to view."""
        watching = [client for client in (*self.clients, *self.newcomers) if client.viewer]
        if not watching:
            return
        try:
            allowed = await LIVE.run(viewers.allowed, {client.viewer for client in watching if client.viewer})
        except Exception:  # while the database is down, nothing is read and so nothing is sent
            log.exception("could not check who may watch")
            return
        for client in watching:
            if client.viewer not in allowed:
                self.clients.discard(client)
                self.newcomers = [other for other in self.newcomers if other is not client]
                client.end()

    async def _tick(self, *, with_pulse: bool) -> None:
        if not self.ready:
            self.cursor = self.floor = await LIVE.run(live.cursor)
            self.ready = True
        found = await LIVE.run(live.read, self.cursor, self.seen)
        await self._take(found)
        if with_pulse:
            await self._send_pulses()
        self._last_read = asyncio.get_running_loop().time()
        await self._welcome()

    async def _send_pulses(self) -> None:
        """Tell all how far behind the queue is and whether posts arrive, each for the events that they may see."""
        everybody = {client.watched for client in (*self.clients, *self.newcomers)}
        self.pulses = {
            visible: await LIVE.run(live.pulse, visible) for visible in {one.visible_events for one in everybody}
        }
        self.statuses = await LIVE.run(live.statuses, everybody, self.pulses)
        self._send_pulse(list(self.clients))

    async def _read_status(self, watched: Watched) -> None:
        """Read what a newcomer is told, unless it was read since all were told last."""
        if watched.visible_events not in self.pulses:
            self.pulses[watched.visible_events] = await LIVE.run(live.pulse, watched.visible_events)
        if watched not in self.statuses:
            self.statuses |= await LIVE.run(live.statuses, [watched], self.pulses)

    async def _take(self, found: list[Change]) -> None:
        """Remember what is new in `found` and tell those it matters to."""
        fresh = [change for change in found if change.pk not in self.seen]
        horizon = clock.now() - 2 * live.OVERLAP
        self.seen = {pk: at for pk, at in self.seen.items() if at > horizon}
        self.seen |= {change.pk: change.at for change in fresh}
        self.cursor = max([self.cursor, *(change.pk for change in fresh)])
        if len(found) > live.READ_LIMIT:
            self.floor = self.cursor
            self.recent.clear()
            self._send(self.clients, self._event("reload"))
            return
        for change in fresh:
            if len(self.recent) == REMEMBERED:
                self.floor = max(self.floor, self.recent[0].pk)
            self.recent.append(change)
        await self._send_changes(list(self.clients), fresh)

    async def _welcome(self) -> None:
        """Tell newcomers what they missed, and let them in."""
        for client in list(self.newcomers):
            if client.after is not None and not self.floor <= client.after <= self.cursor:
                self._send([client], self._event("reload"))
            elif client.after is not None:
                await self._send_changes([client], self._since(client.after))
            await self._read_status(client.watched)
            if client not in self.newcomers:  # they left meanwhile
                continue
            self._send_pulse([client])
            self.newcomers.remove(client)
            self.clients.add(client)

    def _since(self, after: int) -> list[Change]:
        """Changes that arrived after the one with the id `after`; by id where that one is not remembered."""
        later = list(dropwhile(lambda change: change.pk != after, self.recent))[1:]
        return later or [change for change in self.recent if change.pk > after]

    async def _send_changes(self, clients: Iterable[StreamClient], changes: list[Change]) -> None:
        """Filter and write the changes once for each filter, as many clients share one. Other tasks run between two filters."""
        by_filter: dict[LiveFilter, list[StreamClient]] = {}
        for client in clients if changes else ():
            by_filter.setdefault(client.live_filter, []).append(client)
        for live_filter, sharing in by_filter.items():
            if posts := live.describe(changes, live_filter):
                connected = [client for client in sharing if client in self.clients or client in self.newcomers]
                self._send(connected, self._event("change", posts=posts))
            await asyncio.sleep(0)

    def _send_pulse(self, clients: Iterable[StreamClient]) -> None:
        """Send each client the pulse, with the status of its event. Who came just now is told when they are let in."""
        for watched, sharing in groupby(sorted(clients, key=_by_watched), key=lambda client: client.watched):
            if status := self.statuses.get(watched):
                self._send(sharing, self._event("lag", **self.pulses[watched.visible_events], status=status))

    def _send(self, clients: Iterable[StreamClient], message: bytes) -> None:
        for client in clients:
            client.send(message, otherwise=self._event("reload"))

    def _event(self, name: str, **content: Any) -> bytes:
        body = json.dumps({"cursor": self.cursor} | content)
        return f"id: {self.cursor}\nevent: {name}\ndata: {body}\n\n".encode()


def _by_watched(client: StreamClient) -> tuple[int, str, list[int]]:
    watched = client.watched
    return watched.event_id or 0, watched.language, sorted(watched.visible_events or ())


async def events(
    live_filter: LiveFilter,
    after: int | None,
    *,
    hub: Hub,
    viewer: Viewer | None = None,
    language: str = "",
    seconds: float = STREAM_S,
) -> AsyncIterator[bytes]:
    """The stream of one client: server-sent events `change`, `lag` and `reload`, comments while nothing happens.

    Nothing at all is sent while the hub is late, so that clients can tell old data from quiet times.

    Arguments:
        live_filter, after: as for `Hub.join`.
        hub: who reads.
        viewer: whose stream it is: it ends when they may look no longer.
        language: of the words in it; empty: the site's own.
        seconds: how long until the stream ends and the browser connects again.
    """
    # The request's connection would stay taken while the stream is open.
    await sync_to_async(database.release_connections)()
    end = asyncio.get_running_loop().time() + seconds
    client = hub.join(live_filter, after, viewer, language)
    try:
        yield f"retry: {RETRY_MS}\n\n".encode()
        while (left := end - asyncio.get_running_loop().time()) > 0:
            try:
                # Not wait_for: before Python 3.12 it forgets a cancellation that comes together with a message.
                async with asyncio.timeout(min(HEARTBEAT_S, left)):
                    message = await client.queue.get()
            except TimeoutError:
                if hub.is_late:
                    continue
                message = b": still here\n\n"
            if message == END:
                return
            yield message
    finally:
        hub.leave(client)
