"""The saved views API: views that the token's owner may see, each as an Atom feed."""

from typing import Any, cast

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api.base import ApiView
from responder.api.exports import AnyAccept
from responder.api.posts import visible_events
from responder.errors import Missing
from responder.exports import atom
from responder.models import ApiToken, SavedView
from responder.privacy.masking import mask
from responder.web import saved_views

SCOPE = "read:posts"
VIEW_ID = OpenApiParameter(
    "view_id", {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}, OpenApiParameter.PATH
)  # fmt: skip
SHOWN = 200


class SavedViewSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    scope = serializers.ChoiceField(choices=SavedView.Scope.values)
    filter = serializers.CharField(allow_blank=True, help_text="As a query string")
    feed_url = serializers.URLField(help_text="Atom with GeoRSS")


class SavedViewsSerializer(serializers.Serializer):
    views = SavedViewSerializer(many=True)


class SavedViews(ApiView):
    """Lists saved views."""

    required_scopes = [SCOPE]
    conditional = True

    @extend_schema(operation_id="listViews", summary="List saved views", responses={200: SavedViewsSerializer})
    def get(self, request: Request) -> Response:
        """Your own views and the team's."""
        owner = cast(ApiToken, request.auth).owner
        found = saved_views.visible(owner, visible_events(request))
        return Response({"views": [_to_json(request, view) for view in found[:SHOWN]]})


class Feed(ApiView):
    """A saved view as a feed."""

    required_scopes = [SCOPE]
    conditional = True
    content_negotiation_class = AnyAccept
    refusals = {404: "The view does not exist, or you can't see it."}

    @extend_schema(
        operation_id="getViewFeed", summary="Get a saved view as an Atom feed with GeoRSS", parameters=[VIEW_ID],
        responses={(200, "application/atom+xml"): OpenApiTypes.STR},
    )  # fmt: skip
    def get(self, request: Request, view_id: str) -> Any:
        """The 100 newest posts, masked. Texts from X are not included."""
        view = saved_views.find(view_id, cast(ApiToken, request.auth).owner, visible_events(request))
        if view is None:
            raise Missing("There is no such view.")
        content = atom.feed(
            view, atom.newest(view, visible_events(request), through_api=True), base_url=request.build_absolute_uri("/").rstrip("/"),
            feed_url=request.build_absolute_uri(),
        )  # fmt: skip
        return HttpResponse(content, content_type=atom.MEDIA_TYPE)


def _to_json(request: Request, view: SavedView) -> dict[str, Any]:
    feed = request.build_absolute_uri(reverse("api-view-feed", args=[view.pk]))
    query = QueryDict(view.query, mutable=True)
    if "q" in query:
        query["q"] = mask(str(query["q"]))
    return {"id": view.pk, "name": mask(view.name), "scope": view.scope, "filter": query.urlencode(), "feed_url": feed}
