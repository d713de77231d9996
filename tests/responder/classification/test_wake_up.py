"""The wake-up reaches the product's own workers."""

from typing import Any

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

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
    monkeypatch.setattr(wake_up, "_paused_until", float("-inf"))
    with transaction.atomic():
        wake_up.wake_classifier()
        assert sent == []
    assert sent == [wake_up.TASK]


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_does_not_answer_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each try waits for seconds: a feed or an import would stand still at every batch."""
    tries = []

    def send_task(name: str, **_options: Any) -> None:
        tries.append(name)
        raise OperationalError

    now = [1_000.0]
    monkeypatch.setattr(app, "send_task", send_task)
    monkeypatch.setattr(wake_up.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(wake_up, "_paused_until", float("-inf"))
    for _batch in range(5):
        wake_up.wake_classifier()
    assert len(tries) == 1
    now[0] += wake_up.PAUSE_S
    wake_up.wake_classifier()
    assert len(tries) == 2
