"""The places of some posts by name, with how many of them are there and how many nobody answers."""

from typing import Any

from django.db.models import Count, QuerySet

from responder import database
from responder.models import Post
from responder.models.post import UNANSWERED

MOST = 10
Shown = dict[str, Any]


def most_posted_places(rows: QuerySet[Post]) -> Shown:
    """The places of `rows`, those with unanswered posts first, then those with the most: one query.

    Returns `rows` (name, count, unanswered; at most MOST), and `more`: whether there are more places.
    """
    counted = rows.order_by().values("place_name").annotate(
        count=Count("id"), unanswered=Count("id", filter=UNANSWERED)
    )  # fmt: skip
    with database.room_to_count():
        found = list(counted.order_by("-unanswered", "-count", "place_name")[: MOST + 1])
    return {
        "rows": [
            {"name": row["place_name"], "count": row["count"], "unanswered": row["unanswered"]} for row in found[:MOST]
        ],
        "more": len(found) > MOST,
    }
