"""The incidents API: rounded places, masked texts, no names of people and no texts of posts."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api.base import ApiView, Choice
from responder.api.posts import UNKNOWN_EVENT, visible_events
from responder.api.shapes import PagedSerializer, event_reference, severities
from responder.errors import Missing
from responder.models import Event, Incident
from responder.queries import events, incidents
from responder.queries.filters import Filter

SCOPE = "read:incidents"
REF = r"^INC-[0-9]{4,18}$"


class IncidentFilterSerializer(serializers.Serializer):
    """Filters, with the same names as on the page."""

    event = event_reference()
    state = Choice(required=False, choices=incidents.STATUSES, help_text="Default: active, which is not resolved")
    severity = severities()
    verification = Choice(required=False, choices=Incident.Verification.choices)


class IncidentsQuerySerializer(PagedSerializer, IncidentFilterSerializer):
    """Filters and a page."""


class IncidentPlaceSerializer(serializers.Serializer):
    name = serializers.CharField(allow_blank=True)
    latitude = serializers.FloatField(help_text="Rounded to 0.1 degrees")
    longitude = serializers.FloatField(help_text="Rounded to 0.1 degrees")
    radius_km = serializers.FloatField(allow_null=True)


class IncidentSerializer(serializers.Serializer):
    ref = serializers.CharField(help_text="Such as INC-0042")
    event = serializers.CharField(allow_null=True)
    title = serializers.CharField()
    status = serializers.CharField(help_text="open, confirmed, assigned, on_the_way or resolved")
    outcome = serializers.CharField(
        allow_blank=True, help_text="Of a resolved incident: done, cannot_be_met or handed_over"
    )
    unanswered = serializers.BooleanField(help_text="Confirmed or assigned, or new and critical, and nobody is going")
    waiting_since = serializers.DateTimeField(help_text="When it was opened, or opened again; both clocks start here")
    seen_at = serializers.DateTimeField(allow_null=True, help_text="When a person first acted on it")
    going_at = serializers.DateTimeField(allow_null=True, help_text="When somebody set off")
    team = serializers.CharField(allow_blank=True, help_text="Name of the team that goes; names of people are left out")
    severity = serializers.IntegerField(help_text="1 Critical to 4 Low")
    category = serializers.CharField(allow_blank=True)
    verification = serializers.CharField(help_text="Set by a person: unverified, verified, false or unverifiable")
    needs = serializers.DictField(child=serializers.CharField(), help_text="Need → needed or met")
    place = IncidentPlaceSerializer(allow_null=True)
    posts = serializers.IntegerField()
    authors = serializers.IntegerField(help_text="Distinct authors")
    started_at = serializers.DateTimeField()
    last_evidence_at = serializers.DateTimeField()
    public_summary = serializers.CharField(allow_blank=True)
    is_exercise = serializers.BooleanField(help_text="Fictional: never act on it")


class IncidentsAnswerSerializer(serializers.Serializer):
    event = serializers.CharField(allow_null=True)
    incidents = IncidentSerializer(many=True, help_text="Most severe first, then the newest evidence")
    next_cursor = serializers.CharField(allow_null=True)


class Incidents(ApiView):
    """What happens, as people and rules have grouped it."""

    required_scopes = [SCOPE]
    conditional = True
    refusals = UNKNOWN_EVENT
    query_shapes = {"GET": IncidentsQuerySerializer}

    @extend_schema(
        operation_id="listIncidents",
        summary="List incidents, most severe first",
        responses={200: IncidentsAnswerSerializer},
    )
    def get(self, request: Request) -> Response:
        """One page of incidents; follow `next_cursor` for more."""
        visible = visible_events(request)
        event = asked_event(self.query, visible)
        incident_filter, _notices = incidents.IncidentFilter.parse(request.query_params)
        page = incidents.page(
            incidents.matching(incident_filter, event, visible),
            cursor=self.query.get("cursor", ""), size=self.query["limit"],
        )  # fmt: skip
        return Response(
            {
                "event": event.ref if event else None,
                "incidents": [incidents.shared(one) for one in page.incidents],
                "next_cursor": page.next_cursor,
            }
        )


class OneIncident(ApiView):
    """One incident."""

    required_scopes = [SCOPE]
    conditional = True
    refusals = {404: "There is no such incident."}

    @extend_schema(
        operation_id="getIncident",
        summary="Get an incident",
        parameters=[OpenApiParameter("ref", {"type": "string", "pattern": REF}, OpenApiParameter.PATH)],
        responses={200: IncidentSerializer},
    )
    def get(self, request: Request, ref: str) -> Response:
        """The incident with this reference or, if it was merged, the incident it was merged into."""
        visible = visible_events(request)
        incident = incidents.by_ref(ref, visible)
        while incident is not None and incident.merged_into is not None:
            incident = incidents.by_ref(incident.merged_into.ref, visible)
        if incident is None:
            raise Missing("There is no such incident.")
        return Response(incidents.shared(incident))


def asked_event(asked: dict[str, Any], visible: frozenset[int] | None) -> Event | None:
    """The event of a checked query, among those that the token reads; raises Missing."""
    event, unknown = events.resolve(Filter(event=asked.get("event", ""), visible_events=visible))
    if unknown:
        raise Missing(f"The event “{asked['event']}” does not exist.")
    return event
