"""Places of a post: hands the event's area to the place finder and picks the one that goes on the map."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from classifier.places import Context
from responder.models import Event, Place, Post
from responder.privacy import masking
from responder.queries.mercator import project

MIN_SCORE = 0.5
# A named town is more specific than its country.
COARSE_TYPES = ("country", "admin1", "state", "region", "continent")


def context_of(event: Event | None) -> Context | None:
    """The geographic context of the event, or None."""
    if event is None or not (event.country_codes or event.bbox):
        return None
    return Context(country_codes=tuple(event.country_codes), bbox=event.bbox)


def places_of(post: Post, found: Sequence[Mapping[str, Any]]) -> list[Place]:
    """Unsaved Place rows for the contract's `places`, with the one that puts the post on the map chosen."""
    chosen = choose(found)
    return [
        Place(
            post=post,
            text=place["text"][:200],
            start=place["start"],
            end=place["end"],
            name=(place["name"] or "")[:200],
            type=place["type"] or "",
            country_code=place["country_code"] or "",
            latitude=place["latitude"],
            longitude=place["longitude"],
            radius_km=place["radius_km"],
            score=place["score"],
            chosen=place is chosen,
        )
        for place in found
    ]


def choose(found: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The resolved place with the finest type, then the best score, then the first; None if none is sure enough."""
    sure = [place for place in found if place["latitude"] is not None and place["score"] >= MIN_SCORE]
    return min(sure, key=lambda place: (place["type"] in COARSE_TYPES, -place["score"], place["start"]), default=None)


def put_on_map(post: Post, place: Mapping[str, Any] | None) -> None:
    """Write the chosen place into the post's own columns; without one the post counts as "no location"."""
    if place is None:
        post.latitude = post.longitude = post.radius_km = post.grid_x = post.grid_y = None
        post.place_name = post.place_type = post.country_code = ""
        return
    post.latitude, post.longitude, post.radius_km = place["latitude"], place["longitude"], place["radius_km"]
    post.place_name, post.place_type = (place["name"] or "")[:200], place["type"] or ""
    post.country_code = place["country_code"] or ""
    # Marks and areas of the map are found by the grid: it holds the position as it may be shown.
    latitude, longitude = masking.point(post.latitude, post.longitude, post.radius_km)
    post.grid_x, post.grid_y = project(cast(float, latitude), cast(float, longitude))
