"""The sharing policy of each source, for API and exports.

Texts are masked and exact points rounded, whoever asks. Texts of sources whose terms forbid handing them on stay
here; what may be handed on of those is the post's id. Exercises say so.
"""

from typing import Any

from django.db.models import Q

from responder.models import Post
from responder.privacy.links import shown
from responder.privacy.masking import mask, point

WITHHELD = ("x", "twitter")  # X's terms: ids may be handed on, texts may not
PERSON, MODEL = "person", "model"
EXERCISE, ACTUAL = "Exercise", "Actual"  # as in the Common Alerting Protocol


def is_withheld(source: str) -> bool:
    """Whether texts of this source must not be shared."""
    return source.lower().split(":")[0] in WITHHELD


def withheld() -> Q:
    """The condition for posts whose source's texts must not be shared."""
    condition = Q()
    for source in WITHHELD:
        condition |= Q(source__iexact=source) | Q(source__istartswith=f"{source}:")
    return condition


def text(post: Post) -> str | None:
    """The post's text as shared, masked; None if it is withheld."""
    return None if is_withheld(post.source) else mask(post.text)


def source_id(post: Post) -> str:
    """The post's id at its source if it may be shared; for other sources it could name the author."""
    return post.source_id if is_withheld(post.source) and post.source_id.isdecimal() else ""


def links(post: Post) -> list[str] | None:
    """The post's links as shared, masked; None if its text is withheld."""
    return None if is_withheld(post.source) else [found.href or found.text for found in map(shown, post.links)]


def position(post: Post) -> tuple[float | None, float | None]:
    """The displayable (latitude, longitude)."""
    return point(post.latitude, post.longitude, post.radius_km)


def place_set_by(post: Post) -> str:
    """Who placed the post, or said that it has no place: `person` or `model`; empty where nothing did."""
    if post.placed_by_id is not None:
        return PERSON
    return MODEL if post.located else ""


def data_status(post: Post) -> str:
    """`Exercise` if the post or its event is fictional, otherwise `Actual`."""
    fictional = post.is_exercise or (post.event is not None and post.event.is_exercise)
    return EXERCISE if fictional else ACTUAL


def shared(post: Post) -> dict[str, Any]:
    """The post as shared with partners."""
    version = post.model_version
    model = {"name": version.name, "version": version.version, "sha256": version.sha256} if version else None
    return {
        "id": post.pk,
        "text": text(post),
        "correction": mask(post.correction or ""),
        "lang": post.lang,
        "lang_detected": post.lang_stated is not None and bool(post.lang),
        "links": links(post),
        "created_at": post.created_at,
        "category": post.category,
        "probability": post.probability,
        "abstained": post.abstained,
        "emergency": post.emergency,
        "severity": post.severity,
        "needs": post.needs,
        "place": _place(post),
        "status": post.status,
        "model": model,
        "is_exercise": post.is_exercise,
    }


def _place(post: Post) -> dict[str, Any] | None:
    if not post.located:
        return None
    latitude, longitude = position(post)
    return {
        "name": post.place_name,
        "type": post.place_type,
        "country_code": post.country_code,
        "latitude": latitude,
        "longitude": longitude,
        "radius_km": post.radius_km,
        "set_by": place_set_by(post),
    }
