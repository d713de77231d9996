"""What the tests of corrections share: a request, the steps until it is decided, and the queue."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from responder import corrections
from responder.corrections import receiving
from responder.models import CorrectionJob, CorrectionRequest, Post, User
from tests.responder.corrections.named import NAME, NUMBER, TEXT


@pytest.fixture(autouse=True)
def _own_data_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture(autouse=True)
def _fresh_counters(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: dict[str, int] = {}

    def increment(key: str, *, seconds: int, start: int = 0) -> int:
        counts[key] = counts.get(key, start) + 1
        return counts[key]

    monkeypatch.setattr(receiving.counters, "increment", increment)


@pytest.fixture
def named_post(make_post: Callable[..., Post]) -> Post:
    return make_post(
        text=TEXT, category="missing_or_found_people", needs=["missing_people", "water"], severity=1,
        author_handle="zelda_quarrow", links=["https://wa.me/258845550143", "https://example.org/story"],
    )  # fmt: skip


@pytest.fixture
def asked(db: None) -> tuple[CorrectionRequest, str]:
    return corrections.receive(
        wish="remove", where=f"{NAME} {NUMBER}", contact="zelda@example.org", address="192.0.2.7"
    )


@pytest.fixture
def lead(people: dict[str, User]) -> User:
    return people["lead"]


@pytest.fixture
def decide(asked: tuple[CorrectionRequest, str], lead: User) -> Callable[..., CorrectionJob]:
    """Takes the request to the decision that `plans` say, and queues it."""

    def decide(*plans: dict[str, Any]) -> CorrectionJob:
        ref = asked[0].ref
        row = corrections.start(ref=ref, version=1, by=lead)
        row = corrections.identify(ref=ref, version=row.version, how="call", by=lead)
        for plan in plans:
            row = corrections.plan(ref=ref, version=row.version, by=lead, **plan)
        return corrections.carry_out(ref=ref, version=row.version, by=lead)

    return decide


@pytest.fixture
def finish() -> Callable[[CorrectionJob], CorrectionJob]:
    """Runs a job to its end, as the queue would."""

    def finish(job: CorrectionJob) -> CorrectionJob:
        for _turn in range(20):
            corrections.run(job.pk)
            job.refresh_from_db()
            if job.is_over:
                break
        assert job.state == CorrectionJob.State.DONE, job.error
        return job

    return finish
