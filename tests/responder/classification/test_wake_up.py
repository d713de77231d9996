"""The wake-up reaches the product's own workers."""

from typing import Any

import pytest
from django.db import transaction

from responder import tasks
from responder.celery import app
from responder.classification import wake_up


def test_a_worker_knows_the_task_by_the_name_that_is_sent() -> None:
    assert tasks.classify_posts.name == wake_up.TASK
    app.loader.import_default_modules()
    assert wake_up.TASK in app.tasks


@pytest.mark.django_db(transaction=True)
def test_it_is_sent_by_the_products_application_once_the_rows_are_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    def send_task(name: str, **_options: Any) -> None:
        sent.append(name)

    monkeypatch.setattr(app, "send_task", send_task)
    with transaction.atomic():
        wake_up.wake_classifier()
        assert sent == []
    assert sent == [wake_up.TASK]
