"""The feedback API: feedback on posts with its outcome, and comments on incidents."""

import json
from typing import Any, cast

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import (
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_field,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from classifier import categories
from classifier.api.base import ApiView, Choice
from classifier.api.parsers import BoundedJSONParser
from classifier.api.serializers import StrictCharField, TextField
from classifier.api.views import require_length
from responder import chosen_place
from responder.api import repeating
from responder.api.incidents import REF
from responder.api.posts import visible_events
from responder.api.shapes import PagedSerializer
from responder.chosen_place import ChosenPlace
from responder.errors import Missing
from responder.incidents import commenting
from responder.models import ApiToken, IncidentEntry, PartnerFeedback
from responder.queries import incidents
from responder.triage import suggestions

SCOPE = "write:feedback"
ID_DIGITS = 18
POST_ID = OpenApiParameter(
    "post_id", {"type": "integer", "minimum": 1, "maximum": 10**ID_DIGITS - 1}, OpenApiParameter.PATH
)
INCIDENT = OpenApiParameter("ref", {"type": "string", "pattern": REF}, OpenApiParameter.PATH)


class CategoryChoice(Choice):
    """One of the shipped categories, as the document lists them, or one of the organisation's own."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str) and data in categories.BY_ID:
            return data
        return super().to_internal_value(data)


class FeedbackRequestSerializer(serializers.Serializer):
    """Feedback on a post. Suggesting a value marks that part as wrong."""

    wrong = serializers.ListField(
        child=Choice(choices=list(suggestions.PARTS)), min_length=1,
        max_length=len(suggestions.PARTS),
    )  # fmt: skip
    category = CategoryChoice(choices=sorted(categories.SHIPPED), required=False)
    priority = Choice(choices=list(categories.PRIORITIES), required=False)
    place = StrictCharField(required=False, allow_blank=True, max_length=suggestions.PLACE)
    note = StrictCharField(
        required=False, allow_blank=True, max_length=suggestions.NOTE, help_text="For the reviewer; stored masked"
    )


class OnlyField(serializers.BooleanField):
    """A boolean that has one allowed value, which tells two shapes of a request apart."""

    def __init__(self, *, only: bool, **options: Any) -> None:
        super().__init__(**options)
        self.only = only

    def to_internal_value(self, data: Any) -> bool:
        if data is not self.only:
            raise serializers.ValidationError(f"Send {json.dumps(self.only)} here, or leave the field out.")
        return self.only


class OnlyFieldExtension(OpenApiSerializerFieldExtension):
    """Declares the one value."""

    target_class = OnlyField

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        return {"type": "boolean", "enum": [self.target.only]}


class PlaceNoteSerializer(serializers.Serializer):
    """What may be said with both answers to where a post is."""

    name = StrictCharField(required=False, allow_blank=True, max_length=suggestions.PLACE)
    note = StrictCharField(
        required=False, allow_blank=True, max_length=suggestions.NOTE, help_text="For the reviewer; stored masked"
    )


class PositionRequestSerializer(PlaceNoteSerializer):
    """A position and how exact it is."""

    latitude = serializers.FloatField(min_value=-90, max_value=90)
    longitude = serializers.FloatField(min_value=-180, max_value=180)
    radius_km = serializers.FloatField(
        min_value=chosen_place.LEAST_KM, max_value=chosen_place.MOST_KM,
        help_text="How far from the position the place may be",
    )  # fmt: skip
    no_place = OnlyField(only=False, required=False)


class NoPlaceRequestSerializer(PlaceNoteSerializer):
    """That the post has no place."""

    no_place = OnlyField(only=True, help_text="Instead of a position: the post has no place")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a position beside it: one of the two would have to be ignored."""
        if both := {"latitude", "longitude", "radius_km"} & self.initial_data.keys():
            raise serializers.ValidationError(dict.fromkeys(sorted(both), "Leave this out if no_place is true."))
        return attrs


PLACE_REQUEST = PolymorphicProxySerializer(
    component_name="PlaceRequest", serializers=[PositionRequestSerializer, NoPlaceRequestSerializer],
    resource_type_field_name=None,
)  # fmt: skip


class SuggestedPositionSerializer(serializers.Serializer):
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    radius_km = serializers.FloatField()


class FeedbackSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    post = serializers.IntegerField()
    wrong = serializers.ListField(child=serializers.CharField())
    category = serializers.CharField(allow_null=True)
    priority = serializers.CharField(allow_null=True)
    place = serializers.CharField(allow_blank=True)
    position = SuggestedPositionSerializer(allow_null=True, help_text="Of the suggested place")
    no_place = serializers.BooleanField(help_text="True if you say that the post has no place")
    note = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(choices=PartnerFeedback.State.values)
    reason = serializers.CharField(allow_blank=True, help_text="Reason for a rejection")
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class FeedbackQuerySerializer(PagedSerializer):
    state = Choice(choices=PartnerFeedback.State.values, required=False)


class FeedbackAnswerSerializer(serializers.Serializer):
    feedback = FeedbackSerializer(many=True, help_text="Newest first")
    next_cursor = serializers.CharField(allow_null=True)


@extend_schema_field({"type": "string", "minLength": 1, "maxLength": commenting.LONGEST, "pattern": r"\S"})
class CommentField(TextField):
    """A comment."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=commenting.LONGEST, **options)


class CommentRequestSerializer(serializers.Serializer):
    text = CommentField(help_text="Stored masked")


class CommentSerializer(serializers.Serializer):
    incident = serializers.CharField(
        help_text=("Incident that has the comment; after a merge, the incident it was merged into")
    )
    text = serializers.CharField()
    organisation = serializers.CharField()
    at = serializers.DateTimeField()


class PostFeedback(ApiView):
    """Takes feedback on one post."""

    required_scopes = [SCOPE]
    repeatable = True
    parser_classes = [BoundedJSONParser]
    refusals = {404: "The post does not exist. It may have been erased."}

    @extend_schema(
        operation_id="createFeedback", summary="Report what is wrong with a post", parameters=[POST_ID],
        request=FeedbackRequestSerializer, responses={201: FeedbackSerializer},
    )  # fmt: skip
    def post(self, request: Request, post_id: str) -> Response:
        """Feedback does not change the post. A reviewer accepts or rejects it."""
        require_length(request)
        serializer = FeedbackRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        number, token = _post_id(post_id), cast(ApiToken, request.auth)

        def make() -> dict[str, Any]:
            return to_json(suggestions.give(token=token, post_id=number, **serializer.validated_data))

        return Response(repeating.once(request, make, status=201), status=201)


class PostPlace(ApiView):
    """Takes where one post is."""

    required_scopes = [SCOPE]
    repeatable = True
    parser_classes = [BoundedJSONParser]
    refusals = {404: "The post does not exist. It may have been erased."}

    @extend_schema(
        operation_id="suggestPlace", summary="Suggest where a post is", parameters=[POST_ID],
        request=PLACE_REQUEST, responses={201: FeedbackSerializer},
    )  # fmt: skip
    def post(self, request: Request, post_id: str) -> Response:
        """A suggestion does not move the post. A reviewer accepts or rejects it, as other feedback."""
        require_length(request)
        no_place = isinstance(request.data, dict) and request.data.get("no_place") is True
        serializer = (NoPlaceRequestSerializer if no_place else PositionRequestSerializer)(data=request.data)
        serializer.is_valid(raise_exception=True)
        sent = serializer.validated_data
        number, token = _post_id(post_id), cast(ApiToken, request.auth)
        position = None if no_place else ChosenPlace.parse(
            place_name=sent.get("name", ""), **{name: sent[name] for name in ("latitude", "longitude", "radius_km")}
        )  # fmt: skip

        def make() -> dict[str, Any]:
            return to_json(suggestions.give(
                token=token, post_id=number, position=position, no_place=no_place, note=sent.get("note", ""),
            ))  # fmt: skip

        return Response(repeating.once(request, make, status=201), status=201)


class Feedback(ApiView):
    """What became of it."""

    required_scopes = [SCOPE]
    conditional = True
    query_shapes = {"GET": FeedbackQuerySerializer}

    @extend_schema(
        operation_id="listFeedback", summary="List your feedback and its outcome",
        responses={200: FeedbackAnswerSerializer},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Feedback from all tokens of the same owner. Follow `next_cursor` for more."""
        rows = suggestions.owned_by(cast(ApiToken, request.auth).owner)
        if state := self.query.get("state"):
            rows = rows.filter(state=state)
        page = suggestions.page(rows, cursor=self.query.get("cursor", ""), size=self.query["limit"])
        return Response({"feedback": [to_json(row) for row in page.rows], "next_cursor": page.next_cursor})


class Comments(ApiView):
    """Takes comments on one incident."""

    required_scopes = [SCOPE]
    repeatable = True
    parser_classes = [BoundedJSONParser]
    refusals = {404: "There is no such incident."}

    @extend_schema(
        operation_id="createComment", summary="Comment on an incident", parameters=[INCIDENT],
        request=CommentRequestSerializer, responses={201: CommentSerializer},
    )  # fmt: skip
    def post(self, request: Request, ref: str) -> Response:
        """The comment appears in the incident's timeline under your organisation's name."""
        require_length(request)
        serializer = CommentRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        incident = incidents.by_ref(ref, visible_events(request))
        if incident is None:
            raise Missing("There is no such incident.")
        token, text = cast(ApiToken, request.auth), serializer.validated_data["text"]

        def make() -> dict[str, Any]:
            return _comment(commenting.comment(incident=incident, token=token, text=text))

        return Response(repeating.once(request, make, status=201), status=201)


def _post_id(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= ID_DIGITS):
        raise Missing("The post does not exist. It may have been erased.")
    return int(text)


def to_json(row: PartnerFeedback) -> dict[str, Any]:
    """The JSON of feedback for its partner, without names of people."""
    fields = ("wrong", "place", "note", "state", "reason", "created_at", "decided_at")
    priority = categories.PRIORITIES[row.severity - 1] if row.severity else None
    position = suggestions.position_of(row)
    numbers = ("latitude", "longitude", "radius_km")
    shown = {name: getattr(position, name) for name in numbers} if position else None
    return {
        "id": row.pk, "post": row.post_id, "category": row.category or None, "priority": priority, "position": shown,
        "no_place": suggestions.says_no_place(row),
    } | {name: getattr(row, name) for name in fields}  # fmt: skip


def _comment(entry: IncidentEntry) -> dict[str, Any]:
    return {
        "incident": entry.incident.ref, "text": entry.note, "organisation": entry.organisation, "at": entry.at
    }  # fmt: skip
