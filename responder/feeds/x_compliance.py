"""Which posts of X are no more: batch compliance jobs, which X requires within 24 hours.

https://docs.x.com/x-api/compliance/batch-compliance/introduction
"""

import json
import time
from collections.abc import Callable, Sequence

from responder.feeds.base import Unreachable
from responder.feeds.http import asked, body_of, client
from responder.feeds.x import ADDRESS, NAME

KEPT = ("scrub_geo",)  # the post stays, its geotag goes: we keep none
POLL_S, POLLS = 10.0, 48
STORAGE = "X's storage"
STORAGE_S = 60.0
MOST_BYTES = 32_000_000


def gone(
    ids: Sequence[str], *, address: str = "", token: str, sleep: Callable[[float], object] = time.sleep
) -> set[str]:
    """Ids of the posts that were deleted, or whose authors were, protected themselves, or were suspended.

    Raises FeedError.
    """
    with client((address or ADDRESS).rstrip("/"), token=token, silence_s=30.0) as http:
        job = asked(http, NAME, "POST", "/2/compliance/jobs", json={"type": "tweets"})["data"]
        _sent(str(job["upload_url"]), "\n".join(ids))
        for _ in range(POLLS):
            state = asked(http, NAME, "GET", f"/2/compliance/jobs/{int(job['id'])}")["data"]["status"]
            if state == "complete":
                return _told(str(job["download_url"]))
            if state in ("failed", "expired"):
                break
            sleep(POLL_S)
    raise Unreachable("X did not finish the compliance job.")


def _sent(url: str, body: str) -> None:
    """X names the address of its storage, which must not see our token."""
    with client("", silence_s=STORAGE_S) as http:
        body_of(http, STORAGE, "PUT", url, content=body, headers={"Content-Type": "text/plain"})


def _told(url: str) -> set[str]:
    with client("", silence_s=STORAGE_S) as http:
        content = body_of(http, STORAGE, "GET", url, most_bytes=MOST_BYTES)
    found = set()
    for line in content.decode("utf-8", "replace").split("\n"):
        try:
            row = json.loads(line) if line.strip() else {}
        except ValueError:
            continue
        if row and row.get("reason") not in KEPT and row.get("action", "delete") == "delete":
            found.add(str(row["id"]))
    return found
