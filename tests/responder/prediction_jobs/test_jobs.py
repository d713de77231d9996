"""A file is kept before it is accepted, answered by the chunk, and what is done twice is there once."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import python_calamine
from django.db import connection, transaction
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django_q.models import OrmQ

from classifier import clock
from classifier.errors import ModelUnavailable
from classifier.models import Prediction
from monitoring.models import AuditEvent
from responder import jobs, prediction_jobs, workbooks
from responder.errors import Invalid, TooLarge, TooMany, Unavailable
from responder.models import PredictionJob, User
from responder.prediction_jobs import accepting, files, running
from responder.queueing import long_jobs
from responder.spreadsheets import BOM
from tests.responder.prediction_jobs.conftest import Send

pytestmark = pytest.mark.django_db
WATER = "We need water at the school in Beira"


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CHUNK", 4)
    monkeypatch.setattr(long_jobs, "PARTS_A_TURN", 2)


def table(rows: int) -> bytes:
    return b"id,text\n" + b"".join(b"r%d,%s %d\n" % (n, WATER.encode(), n) for n in range(rows))


def turn(job: PredictionJob) -> PredictionJob:
    jobs.classify_file(job.pk)
    job.refresh_from_db()
    return job


def answers(job: PredictionJob) -> list[dict[str, Any]]:
    return [json.loads(line) for line in "".join(prediction_jobs.results(job)).splitlines()]


def test_a_file_and_its_row_and_its_message_are_there_together(send: Send) -> None:
    job = send(table(3))
    assert files.input_of(job).read_bytes() == table(3) and (job.state, job.lines) == ("waiting", 5)
    assert OrmQ.objects.count() == 1
    assert AuditEvent.objects.get(action="job.accepted").object_id == str(job.ref)
    with pytest.raises(RuntimeError), transaction.atomic():
        send(table(3), also=lambda job: (_ for _ in ()).throw(RuntimeError()))
    assert PredictionJob.objects.count() == OrmQ.objects.count() == len(list(files.root().iterdir())) == 1


def test_rows_come_back_in_order_and_bad_ones_are_named_by_their_lines(send: Send) -> None:
    lines = [
        '{"id": "a", "text": "We need water"}', "not json", '{"id": 7, "text": "=1+1"}', '{"id": "c"}', "[]", "",
        '{"text": "Thoughts and prayers"}', '{"id": "d", "text": " "}', '{"id": "%s", "text": "x"}' % ("i" * 300),
        '{"id": "\\u2028\\ud800", "text": "half \\ud83d and zero \\u0000"}', '{"id": "e", "text": "%s"}' % ("w" * 10_001),
    ]  # fmt: skip
    job = turn(send("\n".join(lines).encode(), name="a.ndjson"))
    assert (job.state, job.rows_done, job.rows_bad, job.error) == ("done", 4, 6, "")
    assert [row["line"] for row in job.bad_rows] == [2, 4, 5, 8, 9, 11]
    assert [one["id"] for one in answers(job)] == ["a", "7", "5", "\u2028?"]
    assert not files.input_of(job).exists()
    assert Prediction.objects.filter(subject__startswith=f"job:{job.ref}/").count() == 4


def test_the_answers_are_those_of_the_api(send: Send, as_api: Any) -> None:
    job = turn(send(table(3)))
    messages = [{"id": f"r{n}", "text": f"{WATER} {n}"} for n in range(3)]
    assert answers(job) == as_api(messages)


@pytest.fixture
def as_api(people: dict[str, User]) -> Any:
    from rest_framework.test import APIClient

    from responder.partners import tokens

    partner = people["partner"]
    _, secret = tokens.issue(owner=partner, organisation="R", name="t", scopes=["predict"], by=partner)

    def ask(messages: list[dict[str, str]]) -> Any:
        client = APIClient(headers={"Authorization": f"Token {secret}"})
        return client.post("/api/v1/predictions", {"messages": messages}, format="json").json()["predictions"]

    return ask


def test_as_csv_no_cell_runs_as_a_formula(send: Send) -> None:
    content = 'id,text\n=cmd(),"Trapped in Beira, send boats"\nb,Thoughts and prayers\n'
    job = turn(send(content.encode()))
    rows = list(csv.DictReader(io.StringIO("".join(prediction_jobs.results(job, "csv")))))
    assert [row["id"] for row in rows] == ["'=cmd()", "b"]
    assert rows[0]["place"] == "Beira" and float(rows[0]["latitude"]) == pytest.approx(-19.8, abs=0.2)
    assert rows[1]["category"] == answers(job)[1]["category"]["label"]


def test_people_get_csv_that_excel_opens_and_workbooks_and_programs_plain_csv(
    send: Send, rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = turn(send('id,text\n123456789012345678,=cmd()\nb,"Água, please"\n'.encode()))
    plain, marked, book = (
        prediction_jobs.response(rf.get("/"), job, form, for_people=for_people).getvalue()
        for form, for_people in (("csv", False), ("csv", True), ("xlsx", True))
    )
    assert marked == BOM.encode() + plain and plain.startswith(b"id,")
    head, *rows = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert head == plain.decode().splitlines()[0].split(",")
    assert [row[0] for row in rows] == ["123456789012345678", "b"]
    monkeypatch.setattr(workbooks, "MOST_ROWS", 1)
    with pytest.raises(Invalid, match="holds at most 1 rows"):
        prediction_jobs.response(rf.get("/"), job, "xlsx")


def test_a_job_takes_turns_and_asks_for_its_next(send: Send, small_chunks: None) -> None:
    job = send(table(21))
    seen = []
    while not turn(job).is_over:
        seen.append((job.rows_read, job.chunks, OrmQ.objects.count()))
    assert seen == [(8, 2, 2), (16, 4, 3)]
    assert [one["id"] for one in answers(job)] == [f"r{n}" for n in range(21)]


@pytest.mark.parametrize("struck", ["before the file", "after the file", "inside the transaction"])
def test_a_kill_costs_one_chunk(
    send: Send, small_chunks: None, monkeypatch: pytest.MonkeyPatch, struck: str, time_machine: Any
) -> None:
    job, real_store, real_record = send(table(14)), files.store_part, running._record

    def strike(*arguments: Any) -> None:
        if struck == "after the file":
            real_store(*arguments)
        raise KeyboardInterrupt  # as a kill: no handler of ours runs

    with monkeypatch.context() as patch:
        real = real_store if "file" in struck else real_record
        turned = iter([real, strike])

        def second_time(*arguments: Any) -> None:
            next(turned)(*arguments)

        patch.setattr(*((files, "store_part") if "file" in struck else (running, "_record")), second_time)
        with pytest.raises(KeyboardInterrupt):
            jobs.classify_file(job.pk)
    job.refresh_from_db()
    assert (job.rows_read, job.state) == (4, "running")
    assert turn(job).rows_read == 4, "somebody may still be at it"
    assert prediction_jobs.wake() == 0
    time_machine.move_to(clock.now() + long_jobs.LEASE + timedelta(seconds=1))
    assert prediction_jobs.wake() == 1 and prediction_jobs.wake() == 0
    while not turn(job).is_over:
        pass
    assert [one["id"] for one in answers(job)] == [f"r{n}" for n in range(14)]
    assert Prediction.objects.count() == 14


def test_whoever_lost_the_lease_changes_nothing(
    send: Send, small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, real = send(table(6)), files.store_part

    def taken_over(*arguments: Any) -> None:
        real(*arguments)
        PredictionJob.objects.filter(pk=job.pk).update(lease_owner="another")

    monkeypatch.setattr(files, "store_part", taken_over)
    turn(job)
    assert (job.rows_read, job.chunks, Prediction.objects.count()) == (0, 0, 0)


def test_without_a_model_a_job_waits_and_rows_that_always_fail_end_it(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(error: Exception) -> Any:
        def raise_it(*_: Any, **__: Any) -> None:
            raise error

        return raise_it

    job = send(table(2))
    monkeypatch.setattr(running, "classify", fails(ModelUnavailable("none")))
    for _ in range(10):
        turn(job)
    assert not job.is_over
    monkeypatch.setattr(running, "classify", fails(ValueError("poison")))
    for _ in range(long_jobs.MOST_ATTEMPTS):
        with pytest.raises(ValueError, match="poison"):
            turn(job)
    assert turn(job).state == "failed" and "rows from 1 on failed 5 times" in job.error


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"", "a.csv", "empty"),
        (b"id,text\n", "a.csv", "no rows"),
        (b"id,message\n1,x\n", "a.csv", "no column 'text'. The file has: id, message."),
        (b"nothing\n[1]\n", "a.ndjson", "line 1: This is not valid JSON"),
        (b"\x1f\x8b", "a.csv.gz", "Unpack the file first"),
        (b"PK\x03\x04\x00\xff", "a.zip", "Unpack the file first"),
    ],
)
def test_what_is_no_table_is_refused_at_once(send: Send, content: bytes, name: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        send(content, name=name)
    assert not PredictionJob.objects.exists() and not list(files.root().glob("*"))


def zipped(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("posts.csv", content)
    return packed.getvalue()


@pytest.mark.parametrize("pack", [gzip.compress, zipped])
@pytest.mark.parametrize("name", ["a.csv", "a", "a.json"])
def test_a_packed_file_is_refused_whatever_its_name(send: Send, pack: Callable[[bytes], bytes], name: str) -> None:
    with pytest.raises(Invalid, match="Unpack the file first"):
        send(pack(table(3)), name=name)
    assert not PredictionJob.objects.exists() and not list(files.root().glob("*"))


def test_a_file_with_more_rows_than_lines_ends_at_the_limit(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "MOST_ROWS", 9)
    job = send(json.dumps([{"text": WATER}] * 10).encode(), name="a.json")
    assert turn(job).state == "failed" and "more than 9 rows" in job.error
    assert turn(send(json.dumps([{"text": WATER}] * 9).encode(), name="a.json")).state == "done"


def test_a_file_has_bounds_and_is_read_no_further(send: Send, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.JOB_MEGABYTES = 1
    taken = []

    def endless() -> Any:
        while True:
            taken.append(1)
            yield b"x" * 100_000

    with pytest.raises(TooLarge):
        send(b"", pieces=endless())
    assert len(taken) == 11 and not list(files.root().iterdir())
    monkeypatch.setattr(accepting, "MOST_LINES", 10)
    for line in (b"x\n", b"x\r"):
        with pytest.raises(TooLarge, match="10 lines"):
            send(line * 11)


def test_a_person_has_so_many_files(send: Send, people: dict[str, User], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepting, "MOST_UNFINISHED", 1)
    monkeypatch.setattr(accepting, "MOST_KEPT", 2)
    job = send(table(1))
    with pytest.raises(TooMany, match="queued or running"):
        send(table(1))
    send(table(1), owner=people["superuser"])
    turn(job), turn(send(table(1)))
    with pytest.raises(TooMany, match="Delete one"):
        send(table(1))


def test_a_full_disk_accepts_nothing(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(accepting.os, "fsync", full)
    with pytest.raises(Unavailable):
        send(table(1))
    assert not PredictionJob.objects.exists() and not list(files.root().iterdir())


def test_what_expired_goes_with_its_files_and_folders_without_a_row_go_too(
    send: Send, time_machine: Any, people: dict[str, User]
) -> None:
    job = turn(send(table(1)))
    orphan = files.folder(PredictionJob().ref)
    orphan.mkdir()
    prediction_jobs.forget()
    assert orphan.exists() and files.folder(job.ref).exists()
    time_machine.move_to(clock.now() + accepting.KEPT + timedelta(days=1))
    assert prediction_jobs.forget() == 1
    assert not PredictionJob.objects.exists() and not list(files.root().iterdir())
    assert AuditEvent.objects.filter(action="job.deleted", object_id=str(job.ref)).exists()


def test_a_deleted_job_stops(send: Send, small_chunks: None, monkeypatch: pytest.MonkeyPatch) -> None:
    job, real = send(table(12)), files.store_part

    def delete(*arguments: Any) -> None:
        real(*arguments)
        prediction_jobs.delete(job=job, actor="user:ana")

    monkeypatch.setattr(files, "store_part", delete)
    jobs.classify_file(job.pk)
    assert not files.folder(job.ref).exists() and not Prediction.objects.exists()
    jobs.classify_file(job.pk)


def test_a_chunk_costs_the_same_queries_wherever_it_lies(send: Send, small_chunks: None) -> None:
    job = send(table(40))
    counts = []
    for _ in range(4):
        with CaptureQueriesContext(connection) as caught:
            turn(job)
        counts.append(len(caught))
    assert len(set(counts[1:])) == 1


@pytest.mark.usefixtures("small_chunks")
def test_a_turn_ends_after_some_seconds_whatever_is_left(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_jobs, "PARTS_A_TURN", 100)
    monkeypatch.setattr(long_jobs, "TURN_S", 0.0)
    job = turn(send(table(12)))
    assert (job.state, job.rows_done) == ("running", 4)
    assert turn(turn(job)).state == "done"


def test_what_is_due_to_partners_is_sent_between_two_turns_of_files(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker does both, and the messages of many files may stand before theirs."""
    sent: list[str] = []
    monkeypatch.setattr(jobs.webhooks, "deliver", lambda: sent.append("due"))
    turn(send(table(3)))
    jobs.make_export(0)
    assert sent == ["due", "due"]

    def fails(_job_id: int) -> None:
        raise RuntimeError

    monkeypatch.setattr(jobs.prediction_jobs, "run", fails)
    with pytest.raises(RuntimeError):
        jobs.classify_file(0)
    assert sent == ["due"] * 3
