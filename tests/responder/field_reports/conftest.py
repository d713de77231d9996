"""What the tests of reports share: channels, a form that was opened a while ago, counters of their own."""

from collections.abc import Callable
from typing import Any

import pytest

from classifier import clock
from responder.field_reports import channels, limits, public
from responder.models import Event, ReportChannel, User


@pytest.fixture(autouse=True)
def _fresh_counters(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: dict[str, int] = {}

    def increment(key: str, *, seconds: int, start: int = 0) -> int:
        counts[key] = counts.get(key, start) + 1
        return counts[key]

    monkeypatch.setattr(limits.counters, "increment", increment)


@pytest.fixture
def reviewer(people: dict[str, User]) -> User:
    return people["reviewer"]


@pytest.fixture
def lead(people: dict[str, User]) -> User:
    return people["lead"]


@pytest.fixture
def make_channel(lead: User, event: Event) -> Callable[..., ReportChannel]:
    """Creates a channel of a kind."""

    def make(kind: str, **fields: Any) -> ReportChannel:
        values = {"name": f"Channel {kind}", "event": event.ref} | fields
        if kind == "sms":
            values = {"secret": "twilio-token"} | values
        if kind == "email":
            values = {"host": "localhost", "account": "reports@example.org", "secret": "pass word"} | values
        return channels.create(kind=kind, by=lead, fields=values)

    return make


@pytest.fixture
def form_channel(make_channel: Callable[..., ReportChannel]) -> ReportChannel:
    return make_channel("public-form")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Returns the key of a form that was opened a minute ago."""

    def key() -> str:
        now = clock.now()
        with monkeypatch.context() as patch:
            patch.setattr(public.clock, "now", lambda: now.replace(year=now.year - 1))
            return public.new_key()

    return key
