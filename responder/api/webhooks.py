"""The webhooks API: endpoints, deliveries and replay."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api.base import ApiView, Choice
from classifier.api.parsers import BoundedJSONParser
from classifier.api.serializers import StrictCharField
from classifier.api.views import require_length
from responder import webhooks
from responder.models import WebhookDelivery, WebhookEndpoint
from responder.models.webhook import URL_LIMIT
from responder.webhooks import guard

SCOPE = "webhooks"
LISTED = 100
REF = OpenApiParameter("ref", {"type": "string", "format": "uuid"}, OpenApiParameter.PATH)
GONE = {404: "The webhook does not exist. It may have been deleted."}


@extend_schema_field({"type": "string", "maxLength": URL_LIMIT, "pattern": guard.PATTERN})
class AddressField(StrictCharField):
    """A URL; `webhooks.create` checks it, for pages too."""


class WebhookRequestSerializer(serializers.Serializer):
    url = AddressField(
        help_text="https URL on the public internet. http is accepted only for networks that the operator allowed."
    )
    kinds = serializers.ListField(child=Choice(choices=list(webhooks.KINDS)), min_length=1, max_length=20)


class WebhookSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    url = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField())
    state = serializers.ChoiceField(choices=WebhookEndpoint.State.values)
    created_at = serializers.DateTimeField()


class NewWebhookSerializer(WebhookSerializer):
    secret = serializers.CharField(help_text="`whsec_…`, returned only in this response")


class SecretSerializer(serializers.Serializer):
    secret = serializers.CharField(help_text="For 24 hours, requests also carry a signature with the old secret")


class WebhooksSerializer(serializers.Serializer):
    webhooks = WebhookSerializer(many=True)


class DeliverySerializer(serializers.Serializer):
    webhook_id = serializers.CharField(help_text="Value of the `webhook-id` header")
    kind = serializers.CharField()
    state = serializers.ChoiceField(choices=WebhookDelivery.State.values)
    tries = serializers.IntegerField()
    problem = serializers.CharField(allow_blank=True)
    happened_at = serializers.DateTimeField()
    next_at = serializers.DateTimeField(allow_null=True)


class DeliveriesSerializer(serializers.Serializer):
    deliveries = DeliverySerializer(many=True, help_text="The newest 100")


class ReplaySerializer(serializers.Serializer):
    replayed = serializers.IntegerField()


class _View(ApiView):
    required_scopes = [SCOPE]
    parser_classes = [BoundedJSONParser]

    def actor(self) -> str:
        token: Any = self.request.auth
        return f"token:{token.prefix}"

    def found(self, ref: str) -> WebhookEndpoint:
        token: Any = self.request.auth
        return webhooks.find(owner=token.owner, ref=ref)


class Webhooks(_View):
    """Registers addresses, and lists them."""

    @extend_schema(operation_id="listWebhooks", summary="List your webhooks", responses={200: WebhooksSerializer})
    def get(self, request: Request) -> Response:
        """Webhooks created with any token of the same owner."""
        token: Any = request.auth
        return Response({"webhooks": [shown(endpoint) for endpoint in webhooks.owned_by(token.owner)]})

    @extend_schema(
        operation_id="createWebhook",
        summary="Create a webhook",
        request=WebhookRequestSerializer,
        responses={201: NewWebhookSerializer},
    )
    def post(self, request: Request) -> Response:
        """The response contains the signing secret. It is not shown again."""
        require_length(request)
        serializer = WebhookRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        token: Any = request.auth
        endpoint, secret = webhooks.create(owner=token.owner, actor=self.actor(), **serializer.validated_data)
        address = request.build_absolute_uri(reverse("api-webhook", args=[endpoint.ref]))
        return Response(shown(endpoint) | {"secret": secret}, status=201, headers={"Location": address})


class OneWebhook(_View):
    """One address."""

    refusals = GONE

    @extend_schema(
        operation_id="readWebhook", summary="Get a webhook", parameters=[REF], responses={200: WebhookSerializer}
    )
    def get(self, request: Request, ref: str) -> Response:
        """State of the webhook; `gone` after its URL answered 410."""
        return Response(shown(self.found(ref)))

    @extend_schema(operation_id="deleteWebhook", summary="Delete a webhook", parameters=[REF], responses={204: None})
    def delete(self, request: Request, ref: str) -> Response:
        """Undelivered events are discarded."""
        webhooks.delete(endpoint=self.found(ref), actor=self.actor())
        return Response(status=204)


class Secret(_View):
    """The secret of one address."""

    refusals = GONE

    @extend_schema(
        operation_id="rotateWebhookSecret", summary="Rotate the secret", parameters=[REF], request=None,
        responses={200: SecretSerializer},
    )  # fmt: skip
    def post(self, request: Request, ref: str) -> Response:
        """For 24 hours, requests carry a signature with each secret."""
        return Response({"secret": webhooks.rotate(endpoint=self.found(ref), actor=self.actor())})


class Deliveries(_View):
    """What one address was sent."""

    refusals = GONE

    @extend_schema(
        operation_id="listWebhookDeliveries", summary="List deliveries", parameters=[REF],
        responses={200: DeliveriesSerializer},
    )  # fmt: skip
    def get(self, request: Request, ref: str) -> Response:
        """The newest deliveries, each with its last error."""
        rows = self.found(ref).deliveries.select_related("event")[:LISTED]
        return Response({"deliveries": [_delivery(row) for row in rows]})


class Replay(_View):
    """Retries failed deliveries."""

    refusals = GONE

    @extend_schema(
        operation_id="replayWebhook", summary="Retry failed deliveries", parameters=[REF], request=None,
        responses={200: ReplaySerializer},
    )  # fmt: skip
    def post(self, request: Request, ref: str) -> Response:
        """Retry the failed deliveries. Each keeps its `webhook-id`."""
        return Response({"replayed": webhooks.replay(endpoint=self.found(ref), actor=self.actor())})


def shown(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """The JSON of a webhook, without its secret."""
    return {"id": endpoint.ref} | {name: getattr(endpoint, name) for name in ("url", "kinds", "state", "created_at")}


def _delivery(row: WebhookDelivery) -> dict[str, Any]:
    waits = row.state == WebhookDelivery.State.WAITING
    return {
        "webhook_id": row.event.message_id, "kind": row.event.kind, "state": row.state, "tries": row.tries,
        "problem": row.problem, "happened_at": row.event.at, "next_at": row.next_at if waits else None,
    }  # fmt: skip
