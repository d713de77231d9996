"""The partner API as it is mounted: the classifier's views, with what only the site knows."""

from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api import views as classifier_views
from responder import idempotency


class Predictions(classifier_views.Predictions):
    """Ask the model in production about messages. With an Idempotency-Key, a repeated request has one effect."""

    def post(self, request: Request) -> Response:
        body = request._request.body  # before DRF reads the stream: it is compared with that of earlier requests
        status, answer = idempotency.once(
            token=request.auth,
            key=request.headers.get("Idempotency-Key", ""),
            request_body=body,
            path=request.path,
            run=lambda: (200, self.answer(request)),
        )
        return Response(answer, status=status)

    post.__dict__.update(classifier_views.Predictions.post.__dict__)  # the OpenAPI description


__all__ = ["Predictions"]
