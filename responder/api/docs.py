"""The OpenAPI document and its page: public, as they hold nothing but the API's shape."""

from functools import lru_cache
from threading import Lock
from typing import Any

from django.http import HttpResponse
from django.utils.encoding import force_bytes
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
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

PUBLIC: dict[str, Any] = {"authentication_classes": [], "permission_classes": [AllowAny], "throttle_classes": []}


_building = Lock()  # strangers may ask, and each building takes seconds of processor time


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The OpenAPI document, generated once per process."""
    return SchemaGenerator().get_schema(request=None, public=True)


@lru_cache(maxsize=8)
def _written(renderer: type[BaseRenderer]) -> bytes:
    return force_bytes(renderer().render(document(), renderer_context={}))


class Schema(APIView):
    """The document as JSON, or as YAML with `Accept: application/yaml`."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer2, OpenApiYamlRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        renderer: Any = request.accepted_renderer
        with _building:
            content = _written(renderer.__class__)
        charset = f"; charset={renderer.charset}" if renderer.charset else ""
        return HttpResponse(content, content_type=f"{renderer.media_type}{charset}")


schema = Schema.as_view(**PUBLIC)
# Our own template, without the package's inline style and script, so that the CSP is as strict as elsewhere.
page = SpectacularSwaggerSplitView.as_view(url_name="schema", **PUBLIC)
