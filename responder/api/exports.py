"""The API of immediate exports: all rows of `GET /api/v1/posts` for a filter, as a file."""

from functools import partial
from typing import Any, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from classifier.api.base import ApiView
from responder import exports, workbooks
from responder.api import shapes
from responder.api.incidents import SCOPE as INCIDENTS_SCOPE
from responder.api.incidents import IncidentFilterSerializer, asked_event
from responder.api.posts import checked_filter, visible_events
from responder.errors import Missing
from responder.models import ApiToken
from responder.privacy import policy
from responder.queries import filters, incidents, posts

SCOPE = "export"
FORMAT = OpenApiParameter("kind", {"type": "string", "enum": list(exports.KINDS)}, OpenApiParameter.PATH)


INCIDENT_FORMAT = OpenApiParameter(
    "kind", {"type": "string", "enum": list(exports.INCIDENT_KINDS)}, OpenApiParameter.PATH
)
FILES = {
    (200, "text/csv"): OpenApiTypes.STR,
    (200, workbooks.CONTENT_TYPE): OpenApiTypes.BINARY,
    (200, "application/geo+json"): OpenApiTypes.OBJECT,
    (200, "application/vnd.google-earth.kml+xml"): OpenApiTypes.STR,
}


class ExportQuerySerializer(shapes.FilterQuerySerializer):
    q = serializers.RegexField(
        shapes.WORDS, required=False, max_length=filters.QUERY_LIMIT, trim_whitespace=False,
        help_text="Search words",
    )  # fmt: skip


class AnyAccept(BaseContentNegotiation):
    """The address names the format; refusals are problem JSON whatever was asked for."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class Posts(ApiView):
    """Classified posts as a file."""

    required_scopes = [SCOPE]
    content_negotiation_class = AnyAccept
    refusals = {404: "The event or the format does not exist."}
    query_shapes = {"GET": ExportQuerySerializer}

    @extend_schema(
        operation_id="exportPosts",
        summary="Export the posts that match a filter",
        parameters=[FORMAT],
        responses=FILES,
    )
    def get(self, request: Request, kind: str) -> Any:
        """CSV, Excel (both also with HXL tags), GeoJSON or KML; `X-Row-Count` is the number of posts. At most 10,000.

        Use `POST /api/v1/exports` for larger exports.
        """
        if kind not in exports.KINDS:
            raise Missing(f"The format “{kind}” does not exist. Use one of: {', '.join(exports.KINDS)}.")
        post_filter, event = checked_filter(request)
        found = posts.matching(post_filter, event)
        if post_filter.q:
            found = found.exclude(policy.withheld())
        token = cast(ApiToken, request.auth)
        return exports.respond(request._request, token.owner_id, partial(
            exports.prepare, found=found, event=event, kind=kind, query=post_filter.querystring(),
            actor=f"token:{token.prefix}",
        ))  # fmt: skip


class Incidents(ApiView):
    """Incidents as a file."""

    required_scopes = [SCOPE, INCIDENTS_SCOPE]
    content_negotiation_class = AnyAccept
    refusals = {404: "The event or the format does not exist."}
    query_shapes = {"GET": IncidentFilterSerializer}

    @extend_schema(
        operation_id="exportIncidents",
        summary="Export the incidents that match a filter",
        parameters=[INCIDENT_FORMAT],
        responses=FILES,
    )
    def get(self, request: Request, kind: str) -> Any:
        """Incidents as in `GET /api/v1/incidents`: CSV, Excel (both also with HXL tags), GeoJSON, KML, or `5w` and `5w-xlsx` (who does what, where, when)."""
        if kind not in exports.INCIDENT_KINDS:
            raise Missing(f"The format “{kind}” does not exist. Use one of: {', '.join(exports.INCIDENT_KINDS)}.")
        visible = visible_events(request)
        event = asked_event(self.query, visible)
        incident_filter, _notices = incidents.IncidentFilter.parse(request.query_params)
        token = cast(ApiToken, request.auth)
        return exports.respond(request._request, token.owner_id, partial(
            exports.prepare_incidents, found=incidents.matching(incident_filter, event, visible), event=event, kind=kind,
            query=incident_filter.querystring(), actor=f"token:{token.prefix}",
        ))  # fmt: skip
