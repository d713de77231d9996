"""The classifier's JSON views by themselves: what they do when no model answers, or too many ask."""

from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.test import APIRequestFactory

from classifier import admission, categories, serving
from classifier.api import views
from classifier.errors import ModelUnavailable
from classifier.models import Prediction

pytestmark = pytest.mark.django_db
OPEN: dict[str, Any] = {"authentication_classes": [], "permission_classes": [], "throttle_classes": []}
factory = APIRequestFactory()


def unavailable() -> serving.Serving:
    raise ModelUnavailable("the model in /somewhere cannot be used")


def ask() -> Any:
    return factory.post("/", {"messages": [{"text": "Help in Beira"}]}, format="json")


@pytest.mark.parametrize(("view", "request_"), [(views.Predictions, ask()), (views.Models, factory.get("/"))])
def test_without_a_model_partners_are_told_when_to_return(view: Any, request_: Any) -> None:
    response = view.as_view(serve=unavailable, **OPEN)(request_)
    assert response.status_code == 503 and int(response["Retry-After"]) > 0
    assert "/somewhere" not in str(response.data)
    assert not Prediction.objects.exists()


def test_a_model_without_a_row_answers_and_stores_nothing() -> None:
    runtime = serving.current().runtime
    response = views.Predictions.as_view(serve=lambda: serving.Serving(runtime, None), **OPEN)(ask())
    assert response.status_code == 200 and response.data["predictions"][0]["places"]
    assert not Prediction.objects.exists()


def test_when_too_many_are_being_answered_the_next_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        admission, "predictions", admission.AdmissionGate(places=1, seats=0, patience_s=0, refusal="Later.")
    )
    with admission.predictions.place():
        response = views.Predictions.as_view(**OPEN)(ask())
    assert response.status_code == 429 and int(response["Retry-After"]) > 0
    assert not Prediction.objects.exists()
    assert views.Predictions.as_view(**OPEN)(ask()).status_code == 200


def test_models_names_what_answers() -> None:
    info = serving.current().runtime.info
    response = views.Models.as_view(**OPEN)(RequestFactory().get("/"))
    assert response.data == {"models": [{"name": info.name, "version": info.version, "sha256": info.sha256}]}


def test_categories_explain_every_label_of_a_prediction() -> None:
    response = views.Categories.as_view(**OPEN)(factory.get("/"))
    assert [c["id"] for c in response.data["categories"]] == [c.id for c in categories.CATEGORIES]
    assert {c["group"] for c in response.data["categories"]} <= set(response.data["groups"])
    assert len(response.data["needs"]) == 12 and len(response.data["priorities"]) == 4
