"""A partner's address, and a clock that jumps to what is due next."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Min

from classifier import clock
from responder import jobs, webhooks
from responder.models import User, WebhookDelivery, WebhookEndpoint
from tests.fakes.sink import Sink


@pytest.fixture(autouse=True)
def _loopback_may_be_reached(settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def register(people: dict[str, User]) -> Callable[..., WebhookEndpoint]:
    """Registers an address of the partner's with a sink."""

    def make(url: str, sink: Sink | None = None, **changes: Any) -> WebhookEndpoint:
        wanted = {"owner": people["partner"], "kinds": list(webhooks.KINDS), "actor": "user:partner-ana"} | changes
        endpoint, secret = webhooks.create(url=url, **wanted)
        if sink:
            sink.secrets.append(secret)
        return endpoint

    return make


@pytest.fixture
def to_the_end(time_machine: Any) -> Callable[[], timedelta]:
    """Delivers until nothing waits, moving the clock to what is due next; how long that took on the clock."""

    def run() -> timedelta:
        began = clock.now()
        while True:
            jobs.deliver_webhooks()
            waiting = WebhookDelivery.objects.filter(state="waiting", endpoint__state="active")
            due = waiting.aggregate(at=Min("next_at"))["at"]
            if due is None:
                return clock.now() - began
            time_machine.move_to(max(due, clock.now()), tick=False)

    return run
