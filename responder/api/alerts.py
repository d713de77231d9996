"""The alerts API: a list of published alerts, and each as its CAP 1.2 document. Never drafts."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api.base import ApiView
from responder import cap
from responder.api.exports import AnyAccept
from responder.api.posts import visible_events
from responder.errors import Missing
from responder.models import CapAlert
from responder.privacy import policy
from responder.queries import alerts

SCOPE = "read:incidents"
IDENTIFIER = OpenApiParameter(
    "identifier", {"type": "string", "pattern": "^responder-[0-9a-f]{32}$"}, OpenApiParameter.PATH
)


class AlertSerializer(serializers.Serializer):
    identifier = serializers.CharField()
    status = serializers.ChoiceField(choices=[policy.ACTUAL, policy.EXERCISE])
    message = serializers.ChoiceField(choices=CapAlert.Message.values, help_text="CAP's msgType")
    follows = serializers.CharField(
        allow_null=True, help_text="Identifier of the alert that this one updates or cancels"
    )
    superseded = serializers.BooleanField(help_text="True if another alert updates or cancels it")
    event = serializers.CharField(allow_null=True)
    incident = serializers.CharField(allow_null=True)
    headline = serializers.CharField()
    urgency = serializers.ChoiceField(choices=cap.CHOICES["urgency"])
    severity = serializers.ChoiceField(choices=cap.CHOICES["severity"])
    certainty = serializers.ChoiceField(choices=cap.CHOICES["certainty"])
    area = serializers.CharField()
    sent_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    url = serializers.URLField(help_text="The CAP document")


class AlertsAnswerSerializer(serializers.Serializer):
    alerts = AlertSerializer(many=True, help_text="Newest first")


class Alerts(ApiView):
    """Lists published alerts."""

    required_scopes = [SCOPE]
    conditional = True

    @extend_schema(
        operation_id="listAlerts", summary="List published CAP alerts",
        responses={200: AlertsAnswerSerializer},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """The 200 newest alerts. Exercises have the `status` Exercise."""
        return Response(
            {"alerts": [_to_json(request, one) for one in alerts.published(visible_events(request))[: alerts.SHOWN]]}
        )


class OneAlert(ApiView):
    """One alert."""

    required_scopes = [SCOPE]
    conditional = True
    content_negotiation_class = AnyAccept
    refusals = {404: "There is no such published alert."}

    @extend_schema(
        operation_id="getAlert", summary="Get an alert as CAP 1.2", parameters=[IDENTIFIER],
        responses={(200, cap.MEDIA_TYPE): OpenApiTypes.STR},
    )  # fmt: skip
    def get(self, request: Request, identifier: str) -> Any:
        """The published document, byte for byte."""
        alert = alerts.published(visible_events(request)).filter(identifier=identifier).first()
        if alert is None:
            raise Missing("There is no such published alert.")
        return HttpResponse(alert.document, content_type=f"{cap.MEDIA_TYPE}; charset=utf-8")


def _to_json(request: Request, alert: CapAlert) -> dict[str, Any]:
    url = request.build_absolute_uri(reverse("api-alert", args=[alert.identifier]))
    return alerts.shared(alert) | {"url": url}
