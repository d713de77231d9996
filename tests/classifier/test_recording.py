"""How long predictions are kept."""

from datetime import timedelta

import pytest

from classifier import clock, recording
from classifier.models import ModelVersion, Prediction
from tests.classifier.versions import make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> ModelVersion:
    return make_version()


def prediction(subject: str, days: int, version: ModelVersion) -> Prediction:
    return Prediction.objects.create(
        subject=subject, model_version=version, created_at=clock.now() - timedelta(days=days),
        category="not_humanitarian", probability=0.5, emergency_probability=0.1, priority="Low", priority_score=0.1,
    )  # fmt: skip


def test_old_predictions_about_partners_texts_go_and_those_about_posts_stay(version: ModelVersion) -> None:
    for subject in ("api:r/1", "job:j/0/1", "post:7"):
        prediction(subject, 181, version)
        prediction(subject, 179, version)
    assert recording.forget() == 2
    left = sorted(Prediction.objects.values_list("subject", flat=True))
    assert left == ["api:r/1", "job:j/0/1", "post:7", "post:7"]


def test_few_are_deleted_at_once_and_the_next_call_goes_on(
    version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "FORGOTTEN_AT_ONCE", 2)
    for days in (200, 300, 400):
        prediction(f"api:r/{days}", days, version)
    assert recording.forget() == 2
    assert Prediction.objects.get().subject == "api:r/200"
    assert recording.forget() == 1
