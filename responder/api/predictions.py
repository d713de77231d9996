"""The predictions API: the classifier's view with idempotent requests."""

from typing import Any

from django.db import transaction
from rest_framework.request import Request

from classifier import recording
from classifier.api import views
from classifier.models import Prediction
from classifier.predict import Message
from responder.partners import idempotency

HEADER = "Idempotency-Key"


class Predictions(views.Predictions):
    """Answers a repeated Idempotency-Key from memory; the answer and its effect are stored together."""

    repeatable = True
    claimed: idempotency.KeyClaim | None = None

    def answer(self, request: Request, messages: list[Message]) -> dict[str, Any]:
        if HEADER not in request.headers:
            return super().answer(request, messages)
        token: Any = request.auth
        found = idempotency.claim(
            token=token,
            key=request.headers[HEADER],
            fingerprint=idempotency.fingerprint(request.method or "", request.path, request.data),
        )
        if isinstance(found, idempotency.StoredAnswer):
            return found.body
        self.claimed = found
        with idempotency.released_on_failure(found):
            return super().answer(request, messages)

    def keep(self, rows: list[Prediction], body: dict[str, Any]) -> None:
        if self.claimed is None:
            super().keep(rows, body)
            return
        with transaction.atomic():
            recording.store(rows)
            idempotency.finish(self.claimed, status=200, body=body)
