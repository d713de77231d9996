"""An import stores every row once and counts it once, whatever interrupts it."""

from datetime import timedelta
from typing import Any

import pytest
from django_q.models import OrmQ

from classifier import clock
from classifier.tables import UnusableInput
from monitoring.models import AuditEvent
from responder import imports, jobs, roles
from responder.errors import Invalid, InvalidFields, TooLarge, TooMany, Unavailable
from responder.feeds import ingest
from responder.imports import accepting, files, running
from responder.imports.report import Report
from responder.models import Event, ImportJob, Post, User
from responder.queueing import long_jobs
from tests.responder.imports.conftest import Upload

pytestmark = pytest.mark.django_db
WATER = "We need water at the school in Beira"


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "PART", 4)
    monkeypatch.setattr(long_jobs, "PARTS_A_TURN", 2)
    running.OPEN.close()


def table(rows: int, first: int = 0) -> bytes:
    return b"id,text\n" + b"".join(b"r%d,%s %d\n" % (n, WATER.encode(), n) for n in range(first, first + rows))


def turn(job: ImportJob) -> ImportJob:
    jobs.import_file(job.pk)
    job.refresh_from_db()
    return job


def report_of(job: ImportJob) -> Report:
    report = Report.from_json(job.report)
    assert report.read == report.new + report.known + report.conflicts + report.edited + report.gone + report.bad
    return report


def test_a_draft_imports_nothing_until_it_is_started(upload: Upload) -> None:
    job = upload(table(3))
    assert (job.state, job.lines) == ("draft", 4) and files.input_of(job).read_bytes() == table(3)
    assert not Post.objects.exists() and not OrmQ.objects.exists() and imports.wake() == 0
    jobs.import_file(job.pk)
    assert not Post.objects.exists()
    imports.start(job=job, actor="user:lead")
    imports.start(job=job, actor="user:lead")
    assert OrmQ.objects.count() == 1 and job.state == "waiting"
    actions = list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True))
    assert actions == ["import.uploaded", "import.started"]


def test_every_row_is_in_the_report_and_its_file_is_gone(run: Upload) -> None:
    run(table(2))
    job = run(table(5, first=1) + b"x,\ny,one,two\n")
    report = report_of(job)
    assert (report.read, report.new, report.known, report.bad) == (7, 4, 1, 2)
    assert report.verdict == "Done with problems" and [one.line for one in report.problems] == [7, 8]
    assert [one.line for one in imports.problems_of(job)] == [7, 8]
    assert Post.objects.count() == 6 and not files.input_of(job).exists()
    event = AuditEvent.objects.filter(action="import.finished").latest("sequence")
    assert (event.detail["name"], event.detail["read"], event.detail["bad"]) == ("a.csv", 7, 2)


def test_an_import_takes_turns_without_reading_its_file_anew(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    real = running.PostFile
    monkeypatch.setattr(running, "PostFile", lambda *given: opened.append(1) or real(*given))
    job = imports.start(job=upload(table(21)), actor="user:lead")
    seen = []
    while not turn(job).is_over:
        seen.append((job.rows_read, job.parts, round(job.progress, 2)))
    assert seen == [(8, 2, 0.41), (16, 4, 0.77)] and len(opened) == 1
    assert (report_of(job).new, Post.objects.count()) == (21, 21)


@pytest.mark.parametrize("struck", ["before the posts", "after the posts"])
def test_a_kill_costs_one_part_and_nothing_counts_twice(
    upload: Upload, monkeypatch: pytest.MonkeyPatch, struck: str, time_machine: Any
) -> None:
    job, real, calls = imports.start(job=upload(table(14)), actor="user:lead"), ingest.accept, []

    def strike(**arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            if struck == "after the posts":
                real(**arguments)
            raise KeyboardInterrupt  # as a kill: no handler of ours runs
        return real(**arguments)

    with monkeypatch.context() as patch:
        patch.setattr(ingest, "accept", strike)
        with pytest.raises(KeyboardInterrupt):
            jobs.import_file(job.pk)
    running.OPEN.close()  # another process goes on
    job.refresh_from_db()
    assert (job.rows_read, job.state, Post.objects.count()) == (4, "running", 4)
    assert turn(job).rows_read == 4, "somebody may still be at it"
    time_machine.move_to(clock.now() + long_jobs.LEASE + timedelta(seconds=1))
    assert imports.wake() == 1 and imports.wake() == 0
    while not turn(job).is_over:
        pass
    report = report_of(job)
    assert (report.read, report.new, report.known, Post.objects.count()) == (14, 14, 0, 14)


def test_a_part_that_failed_is_tried_again_with_the_same_rows(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    job, real, calls = imports.start(job=upload(table(10)), actor="user:lead"), ingest.accept, []

    def fails_once(**arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise ValueError("the database hiccuped")
        return real(**arguments)

    monkeypatch.setattr(ingest, "accept", fails_once)
    with pytest.raises(ValueError, match="hiccuped"):
        turn(job)
    while not turn(job).is_over:
        pass
    assert (job.state, report_of(job).new, Post.objects.count()) == ("done", 10, 10)


def test_a_file_that_breaks_off_fails_with_words_and_keeps_what_was_read(
    upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, real = imports.start(job=upload(table(10)), actor="user:lead"), running.PostFile.batches

    def breaks(self: Any, *given: Any, **options: Any) -> Any:
        for number, batch in enumerate(real(self, *given, **options)):
            if number == 1:
                raise UnusableInput("The file cannot be read beyond line 6.")
            yield batch

    monkeypatch.setattr(running.PostFile, "batches", breaks)
    turn(job)
    assert (job.state, job.error) == ("failed", "The file cannot be read beyond line 6.")
    assert Post.objects.count() == report_of(job).new == 4 and not files.input_of(job).exists()


def test_cancelling_keeps_what_was_imported_and_stops_at_once(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    job, real, calls = imports.start(job=upload(table(20)), actor="user:lead"), running.IMPORTS.do, []

    def cancelled_meanwhile(*given: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            assert imports.cancel(job=job, actor="user:lead")
        return real(*given)

    monkeypatch.setattr(running.IMPORTS, "do", cancelled_meanwhile)
    turn(job)
    assert (job.state, job.rows_read, report_of(job).new, Post.objects.count()) == ("stopped", 4, 4, 4)
    assert not files.input_of(job).exists() and running.OPEN._file is None
    jobs.import_file(job.pk)
    assert Post.objects.count() == 4 and not imports.cancel(job=job, actor="user:lead")
    imports.delete(job=job, actor="user:lead")
    assert Post.objects.count() == 4 and not files.folder(job.ref).exists()
    assert AuditEvent.objects.filter(action__in=["import.cancelled", "import.deleted"]).count() == 2


def test_who_lost_the_role_imports_no_further(upload: Upload, people: dict[str, User]) -> None:
    job = imports.start(job=upload(table(20)), actor="user:lead")
    turn(job)
    people["lead"].groups.clear()
    turn(job)
    assert (job.rows_read, Post.objects.count()) == (8, 8)
    roles.grant(user=people["lead"], role="lead")
    while not turn(job).is_over:
        pass
    assert Post.objects.count() == 20


def test_a_new_event_is_created_when_the_import_starts(upload: Upload) -> None:
    Event.objects.create(ref="high-water", name="Older")
    job = upload(table(1), event=imports.NEW_EVENT, new_event="High water", time_zone="Africa/Maputo")
    assert not Event.objects.filter(name="High water").exists()
    imports.start(job=job, actor="user:lead")
    event = Event.objects.get(name="High water")
    assert (event.ref, event.time_zone, job.event) == ("high-water-2", "Africa/Maputo", event)
    assert AuditEvent.objects.filter(action="event.created", object_id=event.ref).exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"source": " "}, "source"), ({"source": "x" * 65}, "source"), ({"event": "999"}, "event"), ({"event": "²"}, "event"),
        ({"event": "new", "new_event": ""}, "new_event"), ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"pieces": []}, "file"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_beside_its_field(upload: Upload, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidFields) as caught:
        upload(table(1), **changes)
    assert list(caught.value.fields) == [field]
    assert not ImportJob.objects.exists() and not list(files.root().glob("*"))


def test_a_file_has_a_limit_and_is_read_no_further(upload: Upload, settings: Any) -> None:
    settings.IMPORT_MEGABYTES = 1
    taken = []

    def endless() -> Any:
        while True:
            taken.append(1)
            yield b"x" * 100_000

    with pytest.raises(TooLarge, match="1 MB"):
        upload(b"", pieces=endless())
    assert len(taken) == 11 and not list(files.root().iterdir())


def test_a_person_has_so_many_imports(upload: Upload, people: dict[str, User], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepting, "MOST_UNFINISHED", 1)
    monkeypatch.setattr(accepting, "MOST_KEPT", 2)
    first = upload(table(1))
    with pytest.raises(TooMany, match="not finished"):
        upload(table(1))
    upload(table(1), owner=people["superuser"])
    imports.start(job=first, actor="user:lead")
    turn(first), turn(imports.start(job=upload(table(1)), actor="user:lead"))
    with pytest.raises(TooMany, match="Delete one"):
        upload(table(1))


def test_a_full_disk_accepts_nothing(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(accepting.os, "fsync", full)
    with pytest.raises(Unavailable):
        upload(table(1))
    assert not ImportJob.objects.exists() and not list(files.root().iterdir())


def test_drafts_expire_in_a_day_and_reports_in_a_week(upload: Upload, run: Upload, time_machine: Any) -> None:
    draft, done = upload(table(1)), run(table(2))
    time_machine.move_to(clock.now() + accepting.DRAFT_KEPT + timedelta(minutes=1))
    assert imports.forget() == 1 and not ImportJob.objects.filter(pk=draft.pk).exists()
    time_machine.move_to(clock.now() + accepting.KEPT)
    assert imports.forget() == 1 and not ImportJob.objects.exists() and not files.folder(done.ref).exists()
    assert Post.objects.count() == 2


def test_how_a_started_import_is_read_does_not_change(upload: Upload) -> None:
    job = upload(table(1))
    assert imports.change(job=job, actor="user:lead", mapping={"text": "text"}, encoding="utf-8")
    assert not imports.change(job=job, actor="user:lead", mapping={"text": "text"}, encoding="utf-8")
    imports.start(job=job, actor="user:lead")
    with pytest.raises(Invalid, match="already started"):
        imports.change(job=job, actor="user:lead", mapping={"text": "id"})
