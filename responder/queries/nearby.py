"""Posts beside a post: copies of its text, and posts from near it at about the same time."""

from datetime import timedelta
from typing import Any

from responder.models import Post
from responder.privacy.masking import mask
from responder.queries import items, mercator, posts

COPIES_SHOWN, NEAR_SHOWN = 5, 5
AROUND = timedelta(hours=3)
RADIUS_DEGREES = 0.25  # about 28 km from north to south


def copies(post: Post) -> list[dict[str, Any]]:
    """The newest posts with the same words as `post`, itself left out."""
    same = posts.classified().filter(event=post.event_id, text_key=post.text_key).exclude(pk=post.pk)
    return [_present(other) for other in same.order_by("-pk")[:COPIES_SHOWN]]


def around(post: Post) -> list[dict[str, Any]]:
    """Other posts from within about 28 km and three hours, newest first; none where the post has no place."""
    if post.grid_x is None or post.grid_y is None or post.latitude is None or post.longitude is None:
        return []
    west, north = mercator.project(post.latitude + RADIUS_DEGREES, post.longitude - RADIUS_DEGREES)
    east, south = mercator.project(post.latitude - RADIUS_DEGREES, post.longitude + RADIUS_DEGREES)
    near = posts.classified().filter(
        event=post.event_id,
        created_at__range=(post.created_at - AROUND, post.created_at + AROUND),
        grid_x__range=(west, east),
        grid_y__range=(north, south),
    )
    others = near.exclude(text_key=post.text_key).order_by("-created_at", "-pk")
    return [_present(other) for other in others[:NEAR_SHOWN]]


def _present(post: Post) -> dict[str, Any]:
    return {
        "id": post.pk,
        "text": mask(post.text),
        "lang": post.lang,
        "created_at": post.created_at,
        "source": post.source,
        "place": post.place_name,
        "category": items.category_of(post),
        "severity": post.severity,
        "status": post.status,
        "status_word": post.get_status_display(),
    }
