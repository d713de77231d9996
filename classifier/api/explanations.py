"""API views that explain single predictions."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from classifier import admission, database, explain, serving
from classifier.api import explanation_serializers as shapes
from classifier.api.parsers import BoundedJSONParser
from classifier.api.views import LengthRequired, _ModelView, turned_away
from classifier.errors import ClassifierError, TooManyRequests, TorchMissing
from classifier.explain import Labelled
from classifier.predict import Message


class Explanations(_ModelView):
    """Says why the model answers as it does."""

    parser_classes = [BoundedJSONParser]

    @extend_schema(
        operation_id="createExplanation",
        summary="Explain the prediction for one text",
        request=shapes.ExplanationRequestSerializer,
        responses={200: shapes.ExplanationAnswerSerializer},
    )
    def post(self, request: Request) -> Response:
        """The contribution of each word to the prediction, and labelled texts that are similar for the model. Nothing is stored."""
        if "Transfer-Encoding" in request.headers and not request.META.get("CONTENT_LENGTH"):
            raise LengthRequired
        serializer = shapes.ExplanationRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(self.answer(request, serializer.validated_data))

    def answer(self, request: Request, options: dict[str, Any]) -> dict[str, Any]:
        """The response body for a validated request."""
        runtime = self.current().runtime
        message = Message(id="0", text=options["text"], lang=options.get("lang") or None)
        with turned_away(), admission.explaining(self.caller(request)), _refusals():
            labelled = self.labelled(request) if options["examples"] else []
            database.release_connections()
            body = explain.explain(message, runtime=runtime, method=options["method"], folder=_folder)
            found = explain.nearest(message.text, labelled, runtime=runtime, number=options["examples"])
        return body | {"examples": [asdict(example) | {"text": self.shown(example.text)} for example in found]}

    def caller(self, request: Request) -> str:
        """The caller of a request: each caller may have one explanation in preparation at a time."""
        return str(request.user.pk) if request.user else ""

    def labelled(self, request: Request) -> list[Labelled]:
        """The labelled texts that this caller may read. The site implements it."""
        return []

    def shown(self, text: str) -> str:
        """A labelled text, masked if this caller may not read it unmasked."""
        return text


def _folder() -> Path:
    """The folder of the version in production. Releases the database connection that the look-up used."""
    try:
        return serving.current_folder()
    finally:
        database.release_connections()


@contextmanager
def _refusals() -> Iterator[None]:
    """Convert the classifier's errors to API errors."""
    try:
        yield
    except TorchMissing as error:
        raise ValidationError(
            {"method": [_("This installation doesn't support it: %(why)s") % {"why": error}]}
        ) from error
    except TooManyRequests:
        raise
    except ClassifierError as error:
        raise Throttled(wait=5, detail=_("The model is busy. Try again in a few seconds.")) from error
