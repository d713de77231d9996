"""API views of predictions, categories and the model in production."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from classifier import admission, categories, memory, recording, serving
from classifier.api import serializers
from classifier.api.base import ApiView
from classifier.api.parsers import BatchJSONParser
from classifier.errors import ModelUnavailable, Overloaded, TooManyRequests
from classifier.kept_together import KeptTogether
from classifier.models import Prediction
from classifier.predict import Message, classify

keep_together = KeptTogether[Prediction](recording.store, most=recording.ROWS_PER_STATEMENT)
BUSY = gettext_lazy("The server is handling too many requests. Try again in a few seconds.")


class NotAvailable(APIException):
    """No model is available at the moment."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    wait = 30


class LengthRequired(APIException):
    """The request has no Content-Length."""

    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = gettext_lazy("Send the body with a Content-Length header, not in chunks.")


def require_length(request: Request) -> None:
    """Raise LengthRequired for a body that is sent in chunks without a length."""
    if "Transfer-Encoding" in request.headers and not request.META.get("CONTENT_LENGTH"):
        raise LengthRequired


class _ModelView(ApiView):
    """Base of views that need the model: `serve` returns the one to answer with."""

    required_scopes = ["predict"]
    serve: Callable[[], serving.Serving] = staticmethod(serving.current)

    def current(self) -> serving.Serving:
        try:
            return self.serve()
        except ModelUnavailable as error:
            raise NotAvailable(_("No model is available at the moment. Nothing was stored.")) from error


class Predictions(_ModelView):
    """Classifies messages."""

    parser_classes = [BatchJSONParser]

    @extend_schema(
        operation_id="createPredictions",
        summary="Classify 1 to 1,000 messages",
        request=serializers.PredictionRequestSerializer,
        responses={200: serializers.PredictionAnswerSerializer},
    )
    def post(self, request: Request) -> Response:
        """Return category, emergency, priority, needs and places of each message, in order. Texts are not stored."""
        require_length(request)
        with _room_for(request):
            return Response(self.answer(request, read(request.data)))

    def answer(self, request: Request, messages: list[Message]) -> dict[str, Any]:
        """Classify the messages, store the records, and return the response body."""
        current = self.current()
        with turned_away(), admission.predictions.place():
            predictions = _classified(messages, current)
        body = {"model": current.runtime.info.as_dict(), "predictions": predictions}
        self.keep(_rows(predictions, request, current.version_id), body)
        return body

    def keep(self, rows: list[Prediction], body: dict[str, Any]) -> None:
        """Store a response's records, all or none, together with those of other requests."""
        keep_together(rows)


class Categories(ApiView):
    """What the labels in predictions mean."""

    required_scopes = ["predict"]
    conditional = True

    @extend_schema(
        operation_id="listCategories", summary="List categories, priorities and needs",
        responses={200: serializers.CategoriesAnswerSerializer},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Categories as this organisation names them, with their groups; priorities from most to least urgent; needs."""
        shown = [one for one in categories.BY_ID.values() if one.id != categories.CANT_JUDGE]
        known = [
            {
                "id": c.id,
                "label": c.label,
                "group": c.group,
                "base": c.base or c.id,
                "color": c.css,
                "offered": c.is_offered,
            }
            for c in shown
        ]
        return Response(
            {
                "categories": known,
                "groups": list(categories.GROUPS),
                "priorities": list(categories.PRIORITIES),
                "needs": list(categories.NEEDS),
            }
        )


class Models(_ModelView):
    """Which model answers."""

    conditional = True

    @extend_schema(
        operation_id="listModels", summary="Get the model in production",
        responses={200: serializers.ModelsAnswerSerializer},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Name, version and SHA-256 of the model in production."""
        return Response({"models": [self.current().runtime.info.as_dict()]})


def read(data: Any) -> list[Message]:
    """The messages of a parsed body. Raises ValidationError naming each invalid field."""
    serializer = serializers.PredictionRequestSerializer(data=data)
    serializer.is_valid(raise_exception=True)
    return [
        Message(id=str(position) if (given := message.get("id")) is None else given,
                text=message["text"], lang=message.get("lang") or None)
        for position, message in enumerate(serializer.validated_data["messages"])
    ]  # fmt: skip


def _rows(predictions: list[dict[str, Any]], request: Request, version_id: int | None) -> list[Prediction]:
    if version_id is None:  # the model serves without a row, so there is no version to reference
        return []
    request_id = getattr(request, "id", None) or uuid.uuid4().hex
    return [
        recording.prediction_row(prediction, f"api:{request_id}/{position}", version_id)
        for position, prediction in enumerate(predictions)
    ]


def _classified(messages: list[Message], current: serving.Serving) -> list[dict[str, Any]]:
    try:
        return classify(messages, runtime=current.runtime)
    except Overloaded as error:
        raise Throttled(wait=5, detail=str(BUSY)) from error


@contextmanager
def _room_for(request: Request) -> Iterator[None]:
    """Reserve memory for the request's texts: large requests are answered one at a time. Raises Throttled."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) <= settings.PREDICTIONS_LARGE_BYTES:
        yield
        return
    with turned_away(), admission.large_batches.place():
        memory.give_back()  # memory that the previous batch left unused
        try:
            yield
        finally:
            memory.give_back()


@contextmanager
def turned_away() -> Iterator[None]:
    """Convert rejections by admission control to 429 responses with Retry-After."""
    try:
        yield
    except TooManyRequests as error:
        raise Throttled(wait=error.retry_after_s, detail=str(error)) from error
