"""The posts and map API: the pages' content by the same filters, without withheld data.

Texts are masked. Those of sources whose terms forbid handing them on stay here, and searching does not reach
them: else many searches would spell them out.
"""

from typing import cast

from django.http import QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api.base import ApiView
from responder.api import shapes
from responder.errors import Missing
from responder.models import ApiToken, Event
from responder.partners import tokens
from responder.privacy import policy
from responder.queries import clusters, events, posts
from responder.queries.filters import Filter
from responder.queries.viewport import Viewport

UNKNOWN_EVENT = {404: "There is no such event."}
MARK = ("id", "latitude", "longitude", "count", "groups", "critical", "unanswered", "high", "bbox", "place")


class Posts(ApiView):
    """Classified posts."""

    required_scopes = ["read:posts"]
    conditional = True
    refusals = UNKNOWN_EVENT
    query_shapes = {"GET": shapes.PostsQuerySerializer}

    @extend_schema(
        operation_id="listPosts",
        summary="List posts, most urgent first",
        responses={200: shapes.PostsAnswerSerializer},
    )
    def get(self, request: Request) -> Response:
        """One page of posts; follow `next_cursor` for more."""
        post_filter, event = checked_filter(request)
        found = posts.matching(post_filter, event)
        if post_filter.q:
            found = found.exclude(policy.withheld())
        page = posts.page(found, cursor=self.query.get("cursor", ""), size=self.query["limit"])
        return Response(
            {
                "event": event.ref if event else None,
                "posts": [policy.shared(post) for post in page.posts],
                "next_cursor": page.next_cursor,
            }
        )


class Map(ApiView):
    """Posts counted where they are."""

    required_scopes = ["read:posts"]
    conditional = True
    refusals = UNKNOWN_EVENT
    query_shapes = {"GET": shapes.MapQuerySerializer}

    @extend_schema(
        operation_id="getMap",
        summary="List clusters of posts",
        responses={200: shapes.MapAnswerSerializer},
    )
    def get(self, request: Request) -> Response:
        """Clusters that the map draws for a filter, an area and a zoom level."""
        post_filter, event = checked_filter(request)
        view, _notices = Viewport.parse(request.query_params)
        drawn = clusters.overview(post_filter, event, view)
        marks = clusters.present(drawn.marks, view)
        return Response(
            {
                "event": event.ref if event else None,
                "is_exercise": bool(event and event.is_exercise),
                "clusters": [{name: mark[name] for name in MARK} for mark in marks],
                "outside_view": {
                    "count": drawn.outside,
                    "critical": drawn.outside_critical,
                    "unanswered": drawn.outside_unanswered,
                },
                "total": drawn.figures.total,
                "no_location": drawn.figures.no_location,
                "unanswered": drawn.figures.unanswered,
            }
        )


def checked_filter(request: Request) -> tuple[Filter, Event | None]:
    """(filter, event) of a request's query. Raises Missing for an unknown event, ValidationError for a bad parameter."""
    return filter_from(request.query_params, visible_events(request))


def visible_events(request: Request) -> frozenset[int] | None:
    """The ids of the events that the request's token reads; None for all."""
    return tokens.events_of(cast(ApiToken, request.auth))


def filter_from(query: QueryDict, visible_events: frozenset[int] | None) -> tuple[Filter, Event | None]:
    """(filter, event) of a query string, for who may see these events. Raises Missing for an unknown event, ValidationError for a bad parameter."""
    post_filter, notices = Filter.parse(query, visible_events)
    if notices:
        raise serializers.ValidationError({notice.key: [shapes.refusal(notice.key)] for notice in notices})
    event, unknown = events.resolve(post_filter)
    if unknown:
        raise Missing(f"The event “{post_filter.event}” does not exist.")
    return post_filter, event
