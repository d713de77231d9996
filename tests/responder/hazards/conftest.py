"""What the tests of official alerts share."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from classifier import clock
from responder.hazards import polling
from responder.models import HazardSource, OfficialAlert
from tests.fakes import hazards


@pytest.fixture(autouse=True)
def _loopback_may_be_reached(settings: Any) -> None:
    settings.FEED_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def fake() -> Iterator[hazards.Source]:
    with hazards.source() as found:
        yield found


@pytest.fixture
def begin() -> datetime:
    """Two hours ago."""
    return (clock.now() - timedelta(hours=2)).replace(microsecond=0)


@pytest.fixture
def make_source(db: None) -> Callable[..., HazardSource]:
    def make(kind: str = "cap", address: str = "https://alerts.example/list", **columns: Any) -> HazardSource:
        columns.setdefault("name", f"a {kind} source")
        return HazardSource.objects.create(kind=kind, address=address, **columns)

    return make


@pytest.fixture
def poll() -> Callable[[HazardSource], HazardSource]:
    """Read a source now, whenever it is due, and return it as it is afterwards."""

    def read(source: HazardSource) -> HazardSource:
        HazardSource.objects.filter(pk=source.pk).update(next_at=clock.now())
        polling.read_all()
        source.refresh_from_db()
        return source

    return read


def state_of(identifier: str) -> str:
    return OfficialAlert.objects.get(identifier__endswith=identifier).state
