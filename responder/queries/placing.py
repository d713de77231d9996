"""What the form shows that sets the place of a post by hand."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from responder import chosen_place, roles
from responder.models import Place, Post
from responder.privacy.masking import mask, point
from responder.queries import items, posts
from responder.queries.items import Item

CANDIDATES = 8
MENTIONS = 20
COUNTED = 500  # copies that one decision covers at most


@dataclass(frozen=True, slots=True)
class EditablePlace:
    """A post whose place is to be set.

    Arguments:
        item: the post as pages show it.
        initial: the values of the form.
        candidates: places that were found for it: name, detail, position, radius_km, start and end in the text.
        mentions: (start-end, words) of the places that the text names.
        copies: how many other posts have the same words and no place by a person.
        event_ref, bbox: of the event; empty where there is none.
    """

    item: Item
    initial: dict[str, Any]
    candidates: list[dict[str, Any]]
    mentions: list[tuple[str, str]]
    copies: int
    event_ref: str
    bbox: str


def editable(post_id: int, reader: roles.Person) -> EditablePlace | None:
    """The post as the form needs it; None if there is none, or `reader` may not see it. A fixed number of queries."""
    rows = posts.with_related(posts.visible(reader)).select_related("event").filter(pk=post_id)
    post = next(iter(rows), None)
    if post is None:
        return None
    item, places = items.in_full(post), list(post.places.all())
    return EditablePlace(
        item, _initial(item), _candidates(places), _mentions(places), _copies(post),
        post.event.ref if post.event else "", chosen_place.bbox_text(post.event),
    )  # fmt: skip


def _initial(item: Item) -> dict[str, Any]:
    """The place that the post has, as it may be shown."""
    values: dict[str, Any] = {"version": item["version"], "radius_km": chosen_place.DEFAULT_RADIUS}
    if not (place := item["place"]):
        return values
    return values | {
        "place_name": place["stored_name"], "latitude": f"{place['latitude']:.5f}",
        "longitude": f"{place['longitude']:.5f}",
        "radius_km": f"{place['radius_km'] or float(chosen_place.DEFAULT_RADIUS):g}",
    }  # fmt: skip


def _candidates(places: list[Place]) -> list[dict[str, Any]]:
    """The places that were found, the one on the map first, then the surest."""
    found = []
    for place in sorted(places, key=lambda one: (not one.chosen, -one.score, one.start)):
        latitude, longitude = point(place.latitude, place.longitude, place.radius_km)
        if latitude is None:
            continue
        where = ", ".join(part for part in (place.type, place.country_code) if part)
        found.append({
            "name": place.name or _("Coordinates"), "latitude": latitude, "longitude": longitude,
            "radius_km": place.radius_km, "start": place.start, "end": place.end,
            "detail": items.pin_reason(place) if place.reason else where,
        })  # fmt: skip
    return found[:CANDIDATES]


def _mentions(places: list[Place]) -> list[tuple[str, str]]:
    named = [place for place in places if place.end > place.start]
    return [(f"{place.start}-{place.end}", mask(place.text)) for place in named[:MENTIONS]]


def _copies(post: Post) -> int:
    if post.event_id is None:
        return 0
    same = Post.objects.filter(event=post.event_id, text_key=post.text_key, state=Post.State.CLASSIFIED)
    return same.filter(placed_by=None).exclude(pk=post.pk).order_by()[:COUNTED].count()
