"""The columns of an exported post, with their HXL tags."""

from django.db.models import Prefetch, QuerySet

from classifier import categories
from classifier.models import ModelVersion
from responder.exports.tables import Column, Table, Value
from responder.models import Event, Post
from responder.privacy import policy
from responder.privacy.masking import mask

SEVERITIES = dict(enumerate(categories.PRIORITIES, start=1))


def _latitude(post: Post) -> Value:
    return policy.position(post)[0]


def _longitude(post: Post) -> Value:
    return policy.position(post)[1]


def _place_set_by(post: Post) -> Value:
    return policy.place_set_by(post)


def _category_name(post: Post) -> Value:
    return categories.label(post.category) if post.category in categories.BY_ID else ""


COLUMNS = (
    Column("id", "#meta+id", lambda post: post.pk),
    Column("data_status", "#status+data", policy.data_status),
    Column("created_at", "#date+reported", lambda post: post.created_at.isoformat()),
    Column("source", "#meta+source", lambda post: post.source),
    Column("source_id", "#meta+source+id", policy.source_id),
    Column("text", "#description+text", policy.text),
    Column("lang", "#meta+lang", lambda post: post.lang),
    Column("category", "#event+category", lambda post: post.category),
    Column("category_name", "#event+category+name", _category_name),
    Column("probability", "#indicator+probability", lambda post: post.probability),
    Column("abstained", "#meta+abstained", lambda post: post.abstained),
    Column("emergency", "#meta+emergency", lambda post: post.emergency),
    Column("severity", "#severity+level", lambda post: post.severity),
    Column("severity_word", "#severity+name", lambda post: SEVERITIES.get(post.severity or 0, "")),
    Column("needs", "#item+needs+list", lambda post: "|".join(post.needs)),
    Column("review", "#status+review", lambda post: post.status),
    Column("place", "#loc+name", lambda post: post.place_name),
    Column("place_type", "#loc+type", lambda post: post.place_type),
    Column("country_code", "#country+code", lambda post: post.country_code),
    Column("latitude", "#geo+lat", _latitude),
    Column("longitude", "#geo+lon", _longitude),
    Column("radius_km", "#geo+radius+km", lambda post: post.radius_km),
    Column("place_set_by", "#meta+loc+method", _place_set_by),
    Column("event", "#crisis+code", lambda post: post.event.ref if post.event else ""),
    Column("model", "#meta+model", lambda post: str(post.model_version) if post.model_version else ""),
    Column("correction", "#meta+correction", lambda post: mask(post.correction or "")),
)

POSTS = Table("post", COLUMNS, id="id", title="category", text="text", time="created_at")

# What the columns read, and no more. Events and model versions are few, and large: they are read once for many posts.
READ = (
    "is_exercise", "created_at", "source", "source_id", "text", "lang", "category", "probability", "abstained", "emergency",
    "severity", "needs", "status", "place_name", "place_type", "country_code", "latitude", "longitude", "radius_km",
    "placed_by", "event", "model_version", "correction",
)  # fmt: skip


def only_exported(posts: QuerySet[Post]) -> QuerySet[Post]:
    """`posts` with what an export reads of them, in three queries."""
    related = (
        Prefetch("event", Event.objects.only("ref", "is_exercise")),
        Prefetch("model_version", ModelVersion.objects.only("name", "version")),
    )
    return posts.select_related(None).prefetch_related(None).prefetch_related(*related).only(*READ)
