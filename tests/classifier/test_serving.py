"""Which version answers, also after an upgrade that ships another model."""

import pytest

from classifier import serving
from classifier.models import ModelVersion
from monitoring import audit
from monitoring.models import AuditEvent

pytestmark = pytest.mark.django_db
State = ModelVersion.State


def test_an_upgraded_package_serves_the_model_that_it_ships_and_says_so() -> None:
    old = ModelVersion.objects.create(
        name="responder-tweets", version="0", sha256="0" * 64, folder="responder-tweets-0", origin="shipped",
        state=State.PRODUCTION,
    )  # fmt: skip
    serving.forget()
    try:
        current = serving.current()
    finally:
        serving.forget()
    old.refresh_from_db()
    assert old.state == State.RETIRED
    shipped = ModelVersion.objects.get(pk=current.version_id)
    assert shipped.state == State.PRODUCTION and shipped.sha256 == current.runtime.info.sha256
    actions = list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True))
    assert actions == ["model.retired", "model.registered"] and audit.verify().intact


def test_a_version_that_was_trained_here_is_not_replaced_by_what_a_package_ships() -> None:
    serving.register_shipped()
    ModelVersion.objects.filter(state=State.PRODUCTION).update(state=State.SUPERSEDED)
    own = ModelVersion.objects.create(
        name="responder-tweets", version="2026.48", sha256="1" * 64, folder="gone", origin="trained here",
        state=State.PRODUCTION,
    )  # fmt: skip
    serving.forget()
    with pytest.raises(serving.ModelUnavailable):
        serving.current()
    serving.forget()
    own.refresh_from_db()
    assert own.state == State.PRODUCTION
