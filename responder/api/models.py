"""The models API: cards and metrics of versions that serve or have served."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api.base import ApiView
from classifier.models import ModelVersion
from responder.errors import Missing

TEXT = {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,100}$"}


class ModelCardSerializer(serializers.Serializer):
    name = serializers.CharField()
    version = serializers.CharField()
    sha256 = serializers.CharField()
    card = serializers.CharField(allow_blank=True, help_text="Markdown: use, data, figures, limits, licence")
    metrics = serializers.DictField(help_text="Measured before release, on texts not used in training")


class ModelCard(ApiView):
    """What a version is for and not for."""

    required_scopes = ["predict"]
    conditional = True
    refusals = {404: "This version has never been in production here."}

    @extend_schema(
        operation_id="getModelCard", summary="Get a model's card and figures",
        parameters=[OpenApiParameter(name, TEXT, OpenApiParameter.PATH) for name in ("name", "version")],
        responses={200: ModelCardSerializer},
    )  # fmt: skip
    def get(self, request: Request, name: str, version: str) -> Response:
        """Each prediction's `model` has the name and the version."""
        served = ModelVersion.objects.filter(deployments__role="production")
        found = served.filter(name=name[:100], version=version[:100]).first()
        if found is None:
            raise Missing("This version has never been in production here.")
        payload: dict[str, Any] = {key: getattr(found, key) for key in ("name", "version", "sha256", "card", "metrics")}
        return Response(payload)
