"""Which posts of X are no more: batch compliance jobs, which X requires within 24 hours.

https://docs.x.com/x-api/compliance/batch-compliance/introduction
"""

import json
import time
from collections.abc import Callable, Sequence

import httpx

from responder.feeds.base import Refused, Unreachable
from responder.feeds.http import asked, client
from responder.feeds.x import ADDRESS, NAME

KEPT = ("scrub_geo",)  # the post stays, its geotag goes: we keep none
POLL_S, POLLS = 10.0, 48


def gone(
    ids: Sequence[str], *, address: str = "", token: str, sleep: Callable[[float], object] = time.sleep
) -> set[str]:
    """Ids of the posts that were deleted, or whose authors were, protected themselves, or were suspended.

    Raises FeedError.
    """
    with client((address or ADDRESS).rstrip("/"), token=token, silence_s=30.0) as http:
        job = asked(http, NAME, "POST", "/2/compliance/jobs", json={"type": "tweets"})["data"]
        _sent(job["upload_url"], "\n".join(ids))
        for _ in range(POLLS):
            state = asked(http, NAME, "GET", f"/2/compliance/jobs/{int(job['id'])}")["data"]["status"]
            if state == "complete":
                return _told(job["download_url"])
            if state in ("failed", "expired"):
                break
            sleep(POLL_S)
    raise Unreachable("X did not finish the compliance job.")


def _sent(url: str, body: str) -> None:
    """The address is X's storage: it must not see our token."""
    try:
        answer = httpx.put(
            url, content=body, headers={"Content-Type": "text/plain"}, timeout=60, follow_redirects=False
        )
    except httpx.HTTPError as error:
        raise Unreachable("X's storage cannot be reached.") from error
    if not answer.is_success:
        raise Refused(f"X's storage answers HTTP {answer.status_code}.", status=answer.status_code)


def _told(url: str) -> set[str]:
    try:
        answer = httpx.get(url, timeout=60, follow_redirects=False)
    except httpx.HTTPError as error:
        raise Unreachable("X's storage cannot be reached.") from error
    if not answer.is_success:
        raise Refused(f"X's storage answers HTTP {answer.status_code}.", status=answer.status_code)
    found = set()
    for line in answer.text.split("\n"):
        try:
            row = json.loads(line) if line.strip() else {}
        except ValueError:
            continue
        if row and row.get("reason") not in KEPT and row.get("action", "delete") == "delete":
            found.add(str(row["id"]))
    return found
