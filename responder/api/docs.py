"""The OpenAPI document and its page: public, as they hold nothing but the API's shape."""

from functools import lru_cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

PUBLIC: dict[str, Any] = {"authentication_classes": [], "permission_classes": [AllowAny], "throttle_classes": []}


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The OpenAPI document, generated once per process."""
    return SchemaGenerator().get_schema(request=None, public=True)


class Schema(APIView):
    """The document as JSON, or as YAML with `Accept: application/yaml`."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer2, OpenApiYamlRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(document())


schema = Schema.as_view(**PUBLIC)
# Our own template, without the package's inline style and script, so that the CSP is as strict as elsewhere.
page = SpectacularSwaggerSplitView.as_view(url_name="schema", **PUBLIC)
