"""Deleted posts of X, by batch compliance jobs, which X requires within 24 hours.

https://docs.x.com/x-api/compliance/batch-compliance/introduction
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx
import structlog

from classifier import bounded_json
from responder.feeds.connectors.base import MALFORMED, Unreachable, number, text_from
from responder.feeds.connectors.http import asked_object, body_of, client

SCRUB_GEO = "scrub_geo"  # the post stays, its position goes
POLL_S, POLLS = 10.0, 48
NAME = "X"
STORAGE = "X's storage"
STORAGE_S = 60.0
MOST_BYTES = 32_000_000
MOST_ROW_VALUES = 200
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Compliance:
    """What X says of posts.

    Arguments:
        gone: those that were deleted, or whose authors were, protected themselves, or were suspended.
        unlocated: those whose authors took their positions back.
    """

    gone: set[str]
    unlocated: frozenset[str]


def gone(ids: Sequence[str], *, address: str, token: str, sleep: Callable[[float], object] = time.sleep) -> set[str]:
    """Ids of the posts that are gone; see `check`. Raises FeedError."""
    return check(ids, address=address, token=token, sleep=sleep).gone


def check(ids: Sequence[str], *, address: str, token: str, sleep: Callable[[float], object] = time.sleep) -> Compliance:
    """Ask X which of these posts must go here too, and which must lose their position. Raises FeedError."""
    with client(address.rstrip("/"), token=token, silence_s=30.0) as http:
        job_id, upload_url, download_url = _begun(http)
        _sent(upload_url, "\n".join(ids))
        for _ in range(POLLS):
            state = _job(http, "GET", f"/2/compliance/jobs/{job_id}").get("status")
            if state == "complete":
                return _download(download_url)
            if state in ("failed", "expired"):
                break
            sleep(POLL_S)
    raise Unreachable("X did not finish the compliance job.")


def _begun(http: httpx.Client) -> tuple[int, str, str]:
    """Create a job: its id, the URL to upload ids to, and the URL to download results from."""
    job = _job(http, "POST", "/2/compliance/jobs", json={"type": "tweets"})
    try:
        return number(job["id"]), text_from(job["upload_url"]), text_from(job["download_url"])
    except MALFORMED as error:
        raise Unreachable("X sent a compliance job that cannot be understood.") from error


def _job(http: httpx.Client, method: str, path: str, **more: object) -> dict[str, object]:
    job = asked_object(http, NAME, method, path, **more).get("data")
    if not isinstance(job, dict):
        raise Unreachable("X sent a compliance job that cannot be understood.")
    return job


def _sent(url: str, body: str) -> None:
    """Upload the ids to the storage that X names, which must not see our token."""
    with client("", silence_s=STORAGE_S) as http:
        body_of(http, STORAGE, "PUT", url, content=body, headers={"Content-Type": "text/plain"})


def _download(url: str) -> Compliance:
    with client("", silence_s=STORAGE_S) as http:
        content = body_of(http, STORAGE, "GET", url, most_bytes=MOST_BYTES)
    gone: set[str] = set()
    unlocated: set[str] = set()
    bad: list[int] = []
    for place, line in enumerate(content.split(b"\n"), start=1):
        try:
            if line.strip():
                _read(line, gone, unlocated)
        except MALFORMED:
            bad.append(place)
    if bad:
        log.warning("rows of X's compliance answer cannot be understood", rows=len(bad), first_lines=bad[:5])
    return Compliance(gone, frozenset(unlocated - gone))


def _read(line: bytes, gone: set[str], unlocated: set[str]) -> None:
    """Add the post that a row reports to those that it belongs to; raises any of MALFORMED."""
    row = bounded_json.loads(line, most_values=MOST_ROW_VALUES)
    post_id, action = str(number(row["id"])), text_from(row.get("action", "delete"))
    if SCRUB_GEO in (action, row.get("reason")):
        unlocated.add(post_id)
    elif action == "delete":
        gone.add(post_id)
