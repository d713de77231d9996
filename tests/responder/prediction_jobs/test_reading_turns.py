"""Few files are read at once in requests, and one of each person."""

import threading
from contextlib import ExitStack

import pytest

from responder import imports
from responder.errors import TooMany, Unavailable
from responder.prediction_jobs import reading_turns
from tests.responder.imports.conftest import Upload, upload  # noqa: F401
from tests.responder.prediction_jobs.conftest import Send

pytestmark = pytest.mark.django_db
TABLE = b"id,text\n1,We need water\n"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_turns, "PATIENCE_S", 0.01)


def test_a_person_reads_one_file_at_a_time() -> None:
    with reading_turns.turn(1):
        with pytest.raises(TooMany), reading_turns.turn(1):
            pass
        with reading_turns.turn(2):
            pass
    with reading_turns.turn(1):
        pass


def test_all_together_read_a_few_at_once() -> None:
    with ExitStack() as held:
        for number in range(reading_turns.MOST_AT_ONCE):
            held.enter_context(reading_turns.turn(number))
        with pytest.raises(Unavailable), reading_turns.turn(99):
            pass
    with reading_turns.turn(99):
        pass


def test_whoever_waits_gets_the_turn_that_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_turns, "PATIENCE_S", 30.0)
    got = threading.Event()

    def wait() -> None:
        with reading_turns.turn(1):
            got.set()

    with reading_turns.turn(1):
        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not got.wait(0.05)
    waiting.join(30)
    assert got.is_set()


def test_uploads_and_previews_take_turns(send: Send, upload: Upload) -> None:  # noqa: F811
    job = upload(TABLE)
    with ExitStack() as held:
        for number in range(reading_turns.MOST_AT_ONCE):
            held.enter_context(reading_turns.turn(-1 - number))
        with pytest.raises(Unavailable):
            send(TABLE)
        with pytest.raises(Unavailable):
            imports.preview_of(job)
    assert send(TABLE).state == "waiting" and imports.preview_of(job).rows == 1
