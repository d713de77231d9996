"""Places of a post: hands the event's area to the place finder and picks the one that goes on the map.

Where the text says nothing better, a post goes where its source says that it was sent from. That is where its author
was, who may write about another place: a town that the text names comes first, a country after it. Where a report from a
person states the place of the need, that place comes first of all.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.forms.models import model_to_dict

from classifier.places import Context, map_links, positions
from responder.models import Event, Place, Post
from responder.models.bounded import MOST_KM
from responder.privacy import masking
from responder.queries.mercator import project

ON_THE_MAP = (
    "latitude", "longitude", "radius_km", "place_name", "place_type", "country_code", "grid_x", "grid_y"
)  # fmt: skip
MIN_SCORE = 0.5
# A named town is more specific than its country.
COARSE_TYPES = ("country", "admin1", "state", "region", "continent")
SOURCE_SCORE, SOURCE_AREA_SCORE, STATED_SCORE = 0.6, 0.5, 1.0
POINT_KM, COARSE_KM = 1.0, 50.0  # a smaller radius is a point, a larger one says no more than a state's name


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
            reason=place.get("reason", ""),
        )
        for place in found
    ]


def with_source(post: Post, found: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the prediction's `places` with a map link that the source resolved, or the position that it stated."""
    position = _sound(post.source_position)
    if position and position.get("is_need"):
        needed = _beside(position["latitude"], position["longitude"], position["radius_km"], STATED_SCORE, Place.STATED)
        known = {name: position[name] for name in ("name", "type", "country_code") if position.get(name)}
        return [*found, needed | known]
    stated = next(filter(None, map(map_links.link_position, post.links)), None)
    if stated and not any(place.get("reason") == positions.MAP_LINK for place in found):
        return [*found, _beside(stated.latitude, stated.longitude, stated.radius_km, stated.score, stated.reason)]
    if not position:
        return list(found)
    exact = position["radius_km"] < POINT_KM
    score, reason = (SOURCE_SCORE, Place.SOURCE) if exact else (SOURCE_AREA_SCORE, Place.SOURCE_AREA)
    return [*found, _beside(position["latitude"], position["longitude"], position["radius_km"], score, reason)]


def _sound(position: Any) -> dict[str, Any] | None:
    """A stored position whose three numbers can be used; None otherwise, so that one odd row doesn't fail its whole batch."""
    if not isinstance(position, dict):
        return None
    for name, most in (("latitude", 90.0), ("longitude", 180.0), ("radius_km", MOST_KM)):
        number = position.get(name)
        if isinstance(number, bool) or not isinstance(number, int | float) or not abs(number) <= most:
            return None
    return position if position["radius_km"] >= 0 else None


def _beside(latitude: float, longitude: float, radius_km: float, score: float, reason: str) -> dict[str, Any]:
    """A place that stands nowhere in the text."""
    return {
        "text": "", "start": 0, "end": 0, "name": None, "type": positions.TYPE, "country_code": None,
        "latitude": latitude, "longitude": longitude, "radius_km": radius_km, "score": score, "reason": reason,
    }  # fmt: skip


def choose(found: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The stated place, else the resolved place with the finest type, then the best score, then the first; None if none is sure enough."""
    sure = [place for place in found if place["latitude"] is not None and place["score"] >= MIN_SCORE]
    return min(sure, key=_order, default=None)


def _order(place: Mapping[str, Any]) -> tuple[bool, bool, float, int]:
    return place.get("reason") != Place.STATED, _is_coarse(place), -place["score"], place["start"]


def _is_coarse(place: Mapping[str, Any]) -> bool:
    large = place["type"] == positions.TYPE and place["radius_km"] > COARSE_KM
    return large or place["type"] in COARSE_TYPES


def forget_source_position(post: Post) -> None:
    """Take a source's position back: the post goes where its text says. The caller locks the post and has a transaction."""
    post.source_position = None
    Place.objects.filter(post=post, reason__in=(Place.SOURCE, Place.SOURCE_AREA)).delete()
    rows = {place.pk: place for place in Place.objects.filter(post=post)}
    chosen = choose([model_to_dict(place) | {"type": place.type, "pk": pk} for pk, place in rows.items()])
    Place.objects.filter(post=post).update(chosen=False)
    if chosen:
        Place.objects.filter(pk=chosen["pk"]).update(chosen=True)
    if not post.placed_by_id:  # what a person set stays
        put_on_map(post, chosen)
    post.save(update_fields=["source_position", *ON_THE_MAP])


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
