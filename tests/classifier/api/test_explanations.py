"""The classifier's explanations by themselves: without a model, without torch, with too many asking."""

from typing import Any

import pytest
from rest_framework.test import APIRequestFactory

from classifier import admission, explain, serving
from classifier.api.explanations import Explanations
from classifier.errors import ClassifierError, ModelUnavailable, TorchMissing
from classifier.explain import Labelled
from classifier.ml import gradients
from classifier.models import Prediction

pytestmark = pytest.mark.django_db
OPEN: dict[str, Any] = {"authentication_classes": [], "permission_classes": [], "throttle_classes": []}
factory = APIRequestFactory()


def ask(view: Any = Explanations, serve: Any = serving.current, **more: Any) -> Any:
    request = factory.post("/", {"text": "Send boats to Beira"} | more, format="json")
    return view.as_view(serve=serve, **OPEN)(request)


def unavailable() -> serving.Serving:
    raise ModelUnavailable("the model in /somewhere cannot be used")


def test_an_explanation_stores_nothing() -> None:
    response = ask()
    assert response.status_code == 200 and response.data["examples"] == []
    assert [word["text"] for word in response.data["words"]] == ["Send", "boats", "to", "Beira"]
    assert not Prediction.objects.exists()


def test_without_a_model_partners_are_told_when_to_return() -> None:
    response = ask(serve=unavailable)
    assert response.status_code == 503 and int(response["Retry-After"]) > 0
    assert "/somewhere" not in str(response.data)


def test_when_too_many_are_being_answered_the_next_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        admission, "explanations", admission.AdmissionGate(places=1, seats=0, patience_s=0, refusal="Later.")
    )
    with admission.explaining("user:1"):
        response = ask()
        assert response.status_code == 429 and int(response["Retry-After"]) > 0
    assert ask().status_code == 200


def test_without_torch_the_method_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any) -> Any:
        raise TorchMissing("install the training extra")

    monkeypatch.setattr(explain, "_networks", explain._Networks())
    monkeypatch.setattr(gradients, "Gradients", missing)
    response = ask(method="integrated_gradients")
    assert response.status_code == 400 and "training extra" in str(response.data["errors"])
    assert response.data["errors"][0]["field"] == "method"
    assert ask().status_code == 200


def test_a_model_that_refuses_for_now_sends_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: Any, **__: Any) -> Any:
        raise ClassifierError("900 texts wait")

    monkeypatch.setattr(explain, "nearest", busy)
    response = ask()
    assert response.status_code == 429 and int(response["Retry-After"]) > 0


def test_examples_are_those_that_the_site_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    class WithExamples(Explanations):
        def labelled(self, request: Any) -> list[Labelled]:
            return [Labelled(f"Boats are needed in town {n}", "requests_or_urgent_needs", "site") for n in range(5)]

        def shown(self, text: str) -> str:
            return text.upper()

    examples = ask(WithExamples, examples=2).data["examples"]
    assert len(examples) == 2 and all(set(one) == {"text", "label", "similarity", "source"} for one in examples)
    assert all(one["text"].startswith("BOATS") for one in examples)
    assert len(ask(WithExamples).data["examples"]) == 3
    assert ask(WithExamples, examples=0).data["examples"] == []
