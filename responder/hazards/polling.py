"""Reads the sources of official alerts, as a scheduled task in a thread: a worker classifies, too, and must not wait for them.

How a source is read:
1. One worker at a time leases it, when it is due: every 5 minutes, and later after errors.
2. Its list is asked for, unless nothing has changed since.
3. Alerts that the list links to are read one by one, each version once; the rest of a long list waits for the next turn.
4. The alerts and the source's state are stored together.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import structlog
from django.db import InterfaceError, OperationalError, connections, transaction
from django.db.models import F, Q

from classifier import clock
from responder.feeds.connectors.base import FeedError, Refused, TooFast
from responder.hazards import cap, fetching, gdacs, storing, usgs
from responder.hazards.drafts import Answer, Draft, Unreadable
from responder.hazards.schedule import INTERVAL
from responder.models import HazardSource
from responder.models.official_alert import ERROR_LIMIT

log = structlog.get_logger(__name__)
SOON = timedelta(minutes=1)  # where alerts of a list are still to be read
LONGEST_WAIT = timedelta(hours=2)  # after errors
LEASE = timedelta(minutes=4)
ALL_S, SOURCE_S = 300.0, 90.0  # of one turn, and of one source in it
MOST_DOCUMENTS, MOST_TRIES, MOST_KEPT = 60, 3, 2_000
_thread: threading.Thread | None = None


@dataclass(slots=True)
class Reading:
    """What one turn with a source found.

    Arguments:
        documents: the alerts that the list links to, as the source's row keeps them.
        has_more: whether some of them are still to be read.
        wait_s: seconds that the source asks to wait until then.
    """

    drafts: list[Draft] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    documents: dict[str, int] | None = None
    has_more: bool = False
    wait_s: float = 0.0
    etag: str = ""
    last_modified: str = ""


def start() -> bool:
    """Read all sources that are due in a thread of this process, unless one does. Returns whether it began."""
    global _thread
    if _thread is not None and _thread.is_alive():
        return False
    if not _due().exists():
        return False
    _thread = threading.Thread(target=_run, name="read official alerts", daemon=True)
    _thread.start()
    return True


def _run() -> None:
    try:
        read_all()
    except (OperationalError, InterfaceError):
        log.warning("official alerts were not read: the database is away")
    finally:
        connections.close_all()  # this thread's


def _due() -> Any:
    return HazardSource.objects.filter(is_on=True, next_at__lte=clock.now())


def read_all() -> int:
    """Read every source that is due. Returns the number of new alerts."""
    ends, new = time.monotonic() + ALL_S, 0
    for source in _due().order_by("next_at", "pk"):
        if time.monotonic() > ends:
            break
        new += read(source)
    return new


def read(source: HazardSource) -> int:
    """Read a source that is due, unless another worker does, or just did. Returns the number of new alerts.

    Problems are noted on the source.
    """
    now = clock.now()
    free = (
        Q(lease_until=None) | Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * LEASE)
    )  # of a clock that was wrong
    due = HazardSource.objects.filter(free, pk=source.pk, is_on=True, next_at__lte=now)
    if not due.update(lease_until=now + LEASE):
        return 0
    source.refresh_from_db()
    try:
        reading = _ask(source)
    except Unreadable as error:
        _failed(source, f"{error}", unreadable=True)
    except FeedError as error:
        _failed(source, str(error), error=error)
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # a source must not keep those after it from being read
        log.exception("a source of official alerts could not be read", source=source.pk)
        _failed(source, "it holds something unexpected", unreadable=True)
    else:
        return _answered(source, reading)
    return 0


def _ask(source: HazardSource) -> Reading:
    """Ask a source, and read what it links to. Raises FeedError, Unreadable."""
    ends = time.monotonic() + SOURCE_S
    with fetching.client(source.address) as asking:
        response = fetching.get(
            asking, source.address, name=source.name, etag=source.etag, last_modified=source.last_modified
        )
        reading = Reading(etag=response.etag, last_modified=response.last_modified)
        if response.body is None:
            return reading
        answer = _parse(source, response.body)
        reading.drafts, reading.problems = answer.drafts, answer.problems
        if source.kind == HazardSource.Kind.CAP:
            _read_documents(source, asking, answer, reading, ends=ends)
    if reading.has_more:  # an unchanged list must be read again
        reading.etag = reading.last_modified = ""
    return reading


def _parse(source: HazardSource, body: bytes) -> Answer:
    if source.kind == HazardSource.Kind.CAP:
        return cap.parse(body, source.address)
    return (gdacs if source.kind == HazardSource.Kind.GDACS else usgs).parse(body)


def _read_documents(
    source: HazardSource, asking: httpx.Client, answer: Answer, reading: Reading, *, ends: float
) -> None:
    """Read the alerts that a list links to and that were not read yet, and note which were."""
    before = source.documents if isinstance(source.documents, dict) else {}
    known = {key: tries for key, tries in before.items() if isinstance(tries, int)}
    reading.documents = {key: known[key] for key in list(answer.links)[:MOST_KEPT] if key in known}
    for turn, (key, link) in enumerate(_unread(answer.links, known)):
        if turn >= MOST_DOCUMENTS or time.monotonic() > ends:
            reading.has_more = True
            break
        try:
            body = fetching.get(asking, link, name=source.name, most_bytes=fetching.MOST_ALERT_BYTES).body
            found = cap.parse_alert(body or b"")
        except TooFast as error:  # what was read until now is kept
            reading.has_more, reading.wait_s = True, error.retry_after_s
            break
        except (FeedError, Unreadable) as error:
            tries = known.get(key, 0) + 1
            reading.documents[key] = tries
            reading.has_more = reading.has_more or tries < MOST_TRIES
            if tries == 1 or isinstance(error, Unreadable):
                reading.problems.append(f"{link[:120]}: {error}")
            continue
        reading.documents[key] = 0
        reading.drafts += found.drafts
        reading.problems += found.problems


def _unread(links: dict[str, str], known: dict[str, int]) -> Iterator[tuple[str, str]]:
    """(key, address) of the documents to read; 0 tries mean that one was read."""
    for key, link in list(links.items())[:MOST_KEPT]:
        if key not in known or 0 < known[key] < MOST_TRIES:
            yield key, link


def _answered(source: HazardSource, reading: Reading) -> int:
    """Store what a source answered, with its state. Returns the number of new alerts."""
    now = clock.now()
    changes: dict[str, Any] = {
        "lease_until": None, "checked_at": now, "answered_at": now, "failures": 0, "last_error": "", "last_unreadable": False,
        "next_at": now + max(SOON if reading.has_more else INTERVAL, timedelta(seconds=reading.wait_s)), "etag": reading.etag, "last_modified": reading.last_modified,
    }  # fmt: skip
    if reading.documents is not None:
        changes["documents"] = reading.documents
    if reading.problems:
        changes |= {"skipped": F("skipped") + len(reading.problems), "last_skipped": reading.problems[-1][:ERROR_LIMIT]}
    with transaction.atomic():
        # A source that a person has changed meanwhile is another one: what was read is not its answer.
        same = HazardSource.objects.filter(pk=source.pk, version=source.version)
        if not same.select_for_update(no_key=True).exists():
            HazardSource.objects.filter(pk=source.pk).update(lease_until=None)
            return 0
        new = storing.store(source, reading.drafts)
        newest = source.alerts.order_by("-sent").values_list("sent", flat=True).first()
        same.update(**changes, newest_at=newest)
    return new


def _failed(source: HazardSource, why: str, *, unreadable: bool = False, error: FeedError | None = None) -> None:
    """Note why a source could not be read, and when it is asked again: later each time, and as it asks itself."""
    now = clock.now()
    wait = min(LONGEST_WAIT, INTERVAL * 2 ** min(source.failures, 10))
    if isinstance(error, Refused):
        wait = max(wait, timedelta(seconds=error.retry_after_s))
    log.warning("a source of official alerts could not be read", source=source.pk, error=why[:ERROR_LIMIT])
    HazardSource.objects.filter(pk=source.pk, version=source.version).update(
        checked_at=now, last_error=why[:ERROR_LIMIT], last_error_at=now, last_unreadable=unreadable, next_at=now + wait,
        failures=F("failures") + 1, unreadable=F("unreadable") + int(unreadable),
    )  # fmt: skip
    HazardSource.objects.filter(pk=source.pk).update(lease_until=None)
