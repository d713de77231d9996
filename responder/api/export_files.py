"""The API of queued exports: request, progress, download and deletion; files are kept for a day."""

from typing import Any, cast
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api.base import ApiView, Choice
from classifier.api.parsers import BoundedJSONParser
from classifier.api.views import require_length
from responder import exports
from responder.api import repeating, shapes
from responder.api.exports import FILES, SCOPE, AnyAccept, ExportQuerySerializer
from responder.api.posts import UNKNOWN_EVENT, filter_from, visible_events
from responder.models import ApiToken, ExportJob
from responder.queries import filters

REF = OpenApiParameter("ref", {"type": "string", "format": "uuid"}, OpenApiParameter.PATH)
GONE = {404: "This export does not exist or has expired."}
TOLD = ("kind", "state", "progress", "rows", "rows_done", "error", "asked_at", "finished_at", "expires_at")


class ExportRequestSerializer(ExportQuerySerializer):
    """A filter in JSON: numeric parameters are numbers, all others are strings."""

    kind = Choice(choices=list(exports.KINDS))
    q = serializers.RegexField(
        shapes.WORDS, required=False, allow_blank=True, max_length=filters.QUERY_LIMIT, trim_whitespace=False,
        help_text="Search words",
    )  # fmt: skip

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            wrong = [name for name, field in self.fields.items() if name in data and not _fits(field, data[name])]
            if wrong:
                raise serializers.ValidationError({name: [_("This value is of the wrong type.")] for name in wrong})
        return super().to_internal_value(data)


def _fits(field: serializers.Field, value: Any) -> bool:
    if isinstance(field, serializers.IntegerField):
        whole = isinstance(value, float) and value.is_integer()  # JSON Schema's integers, 1.0 among them
        return whole or (isinstance(value, int) and not isinstance(value, bool))
    if isinstance(field, serializers.RegexField):
        return isinstance(value, str) and (not field.trim_whitespace or value == value.strip())
    return isinstance(value, str)


class ExportJobSerializer(serializers.Serializer):
    id = serializers.UUIDField(source="ref")
    kind = serializers.ChoiceField(choices=list(exports.KINDS))
    filter = serializers.CharField(allow_blank=True, help_text="As a query string")
    state = serializers.ChoiceField(choices=ExportJob.State.values)
    progress = serializers.FloatField(min_value=0, max_value=1)
    rows = serializers.IntegerField(help_text="Posts that matched the filter when the export was requested")
    rows_done = serializers.IntegerField(help_text="Posts written so far")
    error = serializers.CharField(allow_blank=True, help_text="Why the export failed")
    asked_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(help_text="When the export is deleted")
    url = serializers.URLField()
    file_url = serializers.URLField(allow_null=True, help_text="Null until the export is done")


class ExportJobsSerializer(serializers.Serializer):
    exports = ExportJobSerializer(many=True, help_text="Newest first")


class ExportJobs(ApiView):
    """Requests export files, and lists the requests."""

    required_scopes = [SCOPE]
    repeatable = True
    refusals = UNKNOWN_EVENT
    parser_classes = [BoundedJSONParser]

    @extend_schema(operation_id="listExports", summary="List your exports", responses={200: ExportJobsSerializer})
    def get(self, request: Request) -> Response:
        """Exports requested with any token of the same owner that have not expired."""
        owner = cast(ApiToken, request.auth).owner
        return Response({"exports": [shown(request, job) for job in exports.owned_by(owner, through_api=True)]})

    @extend_schema(
        operation_id="createExport",
        summary="Start an export in the background",
        request=ExportRequestSerializer,
        responses={202: ExportJobSerializer},
    )
    def post(self, request: Request) -> Response:
        """Export all posts that match the filter now, at most 500,000, ordered by id. The file is kept for 24 hours."""
        require_length(request)
        given = ExportRequestSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked = dict(given.validated_data)
        kind = asked.pop("kind")
        post_filter, event = filter_from(QueryDict(urlencode(asked, errors="replace")), visible_events(request))
        token = cast(ApiToken, request.auth)

        def make() -> dict[str, Any]:
            actor = f"token:{token.prefix}"
            job = exports.ask(
                owner=token.owner, kind=kind, post_filter=post_filter, event=event, actor=actor, through_api=True
            )  # fmt: skip
            return shown(request, job)

        body = repeating.once(request, make, status=202)
        return Response(body, status=202, headers={"Location": body["url"]})


class OneExportJob(ApiView):
    """One file."""

    required_scopes = [SCOPE]
    refusals = GONE

    @extend_schema(
        operation_id="getExport",
        summary="Get an export's progress",
        parameters=[REF],
        responses={200: ExportJobSerializer},
    )
    def get(self, request: Request, ref: str) -> Response:
        """State, progress and, when it is done, the URL of the file."""
        return Response(shown(request, _found(request, ref)))

    @extend_schema(operation_id="deleteExport", summary="Delete an export", parameters=[REF], responses={204: None})
    def delete(self, request: Request, ref: str) -> Response:
        """Cancel the export if it is running, and delete it."""
        exports.delete(job=_found(request, ref), actor=f"token:{cast(ApiToken, request.auth).prefix}")
        return Response(status=204)


class ExportFile(ApiView):
    """The file itself."""

    required_scopes = [SCOPE]
    content_negotiation_class = AnyAccept
    refusals = GONE | {409: "The export is not ready yet. Retry after the number of seconds in Retry-After."}

    @extend_schema(operation_id="getExportFile", summary="Download an export", parameters=[REF], responses=FILES)
    def get(self, request: Request, ref: str) -> Any:
        """The same format as `GET /api/v1/exports/posts/{kind}`, without posts that have been erased since."""
        actor = f"token:{cast(ApiToken, request.auth).prefix}"
        return exports.response(request._request, _found(request, ref), actor=actor)


def shown(request: Request, job: ExportJob) -> dict[str, Any]:
    """The JSON of an export job."""
    own = request.build_absolute_uri(reverse("api-export", args=[job.ref]))
    file = request.build_absolute_uri(reverse("api-export-file", args=[job.ref]))
    return (
        {"id": str(job.ref), "filter": job.query}
        | {name: getattr(job, name) for name in TOLD}
        | {"url": own, "file_url": file if job.is_done else None}
    )


def _found(request: Request, ref: str) -> ExportJob:
    return exports.find(owner=cast(ApiToken, request.auth).owner, ref=ref, through_api=True)
