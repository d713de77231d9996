"""The OpenAPI document: how drf-spectacular describes our tokens, refusals and repeated requests."""

from dataclasses import asdict, dataclass
from typing import Any

from drf_spectacular import openapi
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer
from rest_framework import serializers

from responder.api.problems import CONTENT_TYPE


@dataclass(frozen=True, slots=True)
class Tag:
    """A group of operations in the document."""

    name: str
    description: str


PREDICTIONS = Tag("Predictions", "Classify texts now, explain an answer, and see which model and labels are in use.")
FILES = Tag("Files", "Classify files of texts in the background: upload, progress, result.")
POSTS = Tag("Posts", "Classified posts, as a list, on a map or as a feed of a saved view.")
INCIDENTS = Tag("Incidents", "What happens and where, and the alerts that were published about it.")
EXPORTS = Tag("Exports", "Posts and incidents as files: CSV, Excel, HXL, GeoJSON, KML.")
FEEDBACK = Tag("Feedback", "Report what is wrong with a post, and comment on incidents.")
WEBHOOKS = Tag("Webhooks", "Be told of events at a URL of yours, with signed requests.")
# By the first part of the path after /api/v1/; what ends as OF_FEEDBACK says belongs to feedback.
TAGS = {
    "predictions": PREDICTIONS, "explanations": PREDICTIONS, "categories": PREDICTIONS, "models": PREDICTIONS,
    "prediction-jobs": FILES, "posts": POSTS, "map": POSTS, "views": POSTS, "incidents": INCIDENTS, "alerts": INCIDENTS,
    "exports": EXPORTS, "feedback": FEEDBACK, "webhooks": WEBHOOKS,
}  # fmt: skip
OF_FEEDBACK = ("/feedback", "/comments")
REFUSALS = {
    400: "The request is not valid; `errors` lists the fields.",
    401: "The token is missing, unknown, expired or revoked.",
    403: "The token doesn't have the required scope.",
    406: "Only JSON is served.",
    429: "Rate limit or daily quota exceeded. Retry after the number of seconds in Retry-After.",
    503: "The model or the database is unavailable. Retry after the number of seconds in Retry-After.",
}
REFUSALS_OF_BODIES = {
    411: "Content-Length is missing.",
    413: "The body is too large.",
    415: "This endpoint does not accept the media type of the body.",
}
REFUSALS_OF_KEYS = {
    409: "The first request with this Idempotency-Key is still running.",
    422: "This Idempotency-Key was sent with a different request.",
}
KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description=(
        "Makes retries safe: for 24 hours, the same key and body return the same response, and the "
        "request takes effect once."
    ),
)


class ProblemErrorSerializer(serializers.Serializer):
    field = serializers.CharField(allow_blank=True, help_text="Path, such as messages[3].text")
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """Problem JSON, RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = ProblemErrorSerializer(many=True)  # type: ignore[assignment]


class AutoSchema(openapi.AutoSchema):
    """Declares what every address of ours may refuse, so that partners' code can prepare for it."""

    def get_tags(self) -> list[str]:
        return [tag_of(self.path).name]

    def get_override_parameters(self) -> list[Any]:
        query = getattr(self.view, "query_shapes", {}).get(self.method)
        return ([query] if query else []) + ([KEY] if self._repeatable() else [])

    def _get_request_body(self, direction: Any = "request") -> dict[str, Any] | None:
        """As drf-spectacular does it; a choice of shapes, of which it takes none as required, is required too."""
        body = super()._get_request_body(direction)
        if body and isinstance(self.get_request_serializer(), PolymorphicProxySerializer):
            body["required"] = True
        return body

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        for status, description in self._refusals().items():
            body = self._get_response_for_code(ProblemSerializer, str(status), [CONTENT_TYPE], direction)
            bodies.setdefault(str(status), body | {"description": description})
        if getattr(self.view, "conditional", False) and self.method == "GET":
            bodies["304"] = {"description": "Not modified since the response with this ETag."}
        return bodies

    def _refusals(self) -> dict[int, str]:
        found = REFUSALS | getattr(self.view, "refusals", {})
        if self.method == "POST":
            found |= REFUSALS_OF_BODIES
        return dict(sorted((found | (REFUSALS_OF_KEYS if self._repeatable() else {})).items()))

    def _repeatable(self) -> bool:
        return self.method == "POST" and getattr(self.view, "repeatable", False)


def tag_of(path: str) -> Tag:
    """The group of an address."""
    return FEEDBACK if path.endswith(OF_FEEDBACK) else TAGS[path.removeprefix("/api/v1/").split("/", maxsplit=1)[0]]


def add_tags(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Describe the groups, in the order of TAGS; drf-spectacular calls it with the finished document."""
    result["tags"] = [asdict(tag) for tag in dict.fromkeys([*TAGS.values(), FEEDBACK])]
    return result


class TokenScheme(OpenApiAuthenticationExtension):
    """`Authorization: Bearer …` or `Token …` for the document's readers; either is enough."""

    target_class = "responder.api.authentication.TokenAuthentication"
    name = ["bearer", "token"]

    def get_security_requirement(self, auto_schema: openapi.AutoSchema) -> list[dict[str, list[Any]]]:
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: openapi.AutoSchema) -> list[dict[str, Any]]:
        return [
            {"type": "http", "scheme": "bearer", "description": "The secret of a token, `rsp_…`."},
            {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "`Token rsp_…`: the word Token, a space, the secret. The same as Bearer.",
            },
        ]
