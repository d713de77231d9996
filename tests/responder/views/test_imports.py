"""The pages that import files: leads alone, a preview that stores nothing, masked like every page."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from responder import jobs
from responder.imports import running
from responder.models import Event, ImportJob, Post, User

pytestmark = pytest.mark.django_db
TABLE = (
    "id,when,words,who\n"
    "1,2026-03-02 10:00,We need water at the school in Beira,@maria_j\n"
    "2,2026-03-02 11:30,Call me on +258 84 123 4567,@joao_p\n"
    "3,2026-03-02 12:00,,@ana_b\n"
)


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    running.OPEN.close()


@pytest.fixture
def lead(people: dict[str, User]) -> Client:
    client = Client()
    client.force_login(people["lead"])
    return client


def send(client: Client, event: Event, content: str = TABLE, **changes: str) -> Any:
    sent = {"source": "wire", "event": str(event.pk), "new_event": "", "time_zone": "Africa/Maputo"} | changes
    file = SimpleUploadedFile("posts.csv", content.encode(), "text/csv")
    return client.post(reverse("import-send"), sent | {"file": file})


def run_to_its_end(job: ImportJob) -> None:
    while not job.is_over:
        jobs.import_file(job.pk)
        job.refresh_from_db()


CHOSEN = {"map-text": "words", "map-created_at": "when", "map-author": "who", "time_zone": "Africa/Maputo"}


def test_from_the_upload_to_the_report(lead: Client, event: Event) -> None:
    answer = send(lead, event)
    job = ImportJob.objects.get()
    assert answer.headers["Location"] == reverse("import", args=[job.ref])
    changed = lead.post(reverse("import-change", args=[job.ref]), CHOSEN, follow=True)
    page = changed.content.decode()
    assert "2026-03-02 10:00 +0200" in page and "We need water at the school" in page
    assert "84 123 4567" not in page and "maria_j" not in page, "masked like every page"
    assert "Line 4:" in page and "Import 3 rows" in page and not Post.objects.exists()
    lead.post(reverse("import-start", args=[job.ref]), CHOSEN)
    job.refresh_from_db()
    assert (job.state, job.rows_expected) == ("waiting", 3)
    run_to_its_end(job)
    report = lead.get(reverse("import", args=[job.ref])).content.decode()
    assert "Done with problems" in report and "All problems as CSV" in report
    rows = b"".join(lead.get(reverse("import-problems", args=[job.ref])).streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert rows[0] == "\ufeffline,kind,reason" and [row.split(",")[:2] for row in rows[1:]] == [["4", "bad"]]
    first = Post.objects.get(source_id="1")
    assert (first.text, first.created_at.isoformat()) == (
        "We need water at the school in Beira", "2026-03-02T08:00:00+00:00",
    )  # fmt: skip


def test_what_was_chosen_is_previewed_before_it_is_imported(lead: Client, event: Event) -> None:
    send(lead, event)
    job = ImportJob.objects.get()
    answer = lead.post(reverse("import-start", args=[job.ref]), CHOSEN, follow=True)
    assert "Check the preview, then import." in answer.content.decode()
    job.refresh_from_db()
    assert job.is_draft and job.mapping == {"text": "words", "created_at": "when", "author": "who"}


def test_without_a_column_of_texts_the_page_asks_for_one(lead: Client, event: Event) -> None:
    send(lead, event, "a,b\n1,2\n")
    job = ImportJob.objects.get()
    page = lead.get(reverse("import", args=[job.ref]))
    assert page.status_code == 200 and b'<option value="b"' in page.content
    assert b"import-start" not in page.content and b"formaction" not in page.content
    assert lead.post(reverse("import-start", args=[job.ref]), {"time_zone": "Africa/Maputo"}).status_code == 400
    assert ImportJob.objects.get().is_draft


@pytest.mark.parametrize("content", ["\0\1\2\3" * 100, "id,text\n", "\n\n\n", "{", "[]"])
def test_what_is_no_table_is_told_and_not_imported(lead: Client, event: Event, content: str) -> None:
    send(lead, event, content)
    page = lead.get(reverse("import", args=[ImportJob.objects.get().ref]))
    assert page.status_code == 200 and b'role="alert"' in page.content and b"formaction" not in page.content
    assert b"input.csv" not in page.content


def test_a_packed_file_is_refused_whatever_its_name(lead: Client, event: Event) -> None:
    file = SimpleUploadedFile("posts.csv", gzip.compress(TABLE.encode()), "text/csv")
    answer = lead.post(reverse("import-send"), {"source": "wire", "event": str(event.pk), "file": file})
    assert answer.status_code == 400 and "Unpack the file first" in answer.content.decode()
    assert not ImportJob.objects.exists()


def test_errors_stand_beside_their_fields(lead: Client, event: Event) -> None:
    answer = send(lead, Event(pk=0), source="", time_zone="x")
    assert answer.status_code == 400 and not ImportJob.objects.exists()
    page = answer.content.decode()
    assert all(f'id="{name}_error"' in page for name in ("source", "event", "time_zone"))


def test_an_import_is_cancelled_and_deleted_and_its_posts_stay(
    lead: Client, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PART", 1)
    monkeypatch.setattr("responder.queueing.long_jobs.PARTS_A_TURN", 1)
    send(lead, event, TABLE.replace("words", "text"))
    job = ImportJob.objects.get()
    lead.post(reverse("import-start", args=[job.ref]), {"time_zone": "Africa/Maputo"})
    jobs.import_file(job.pk)
    part = lead.get(reverse("import-progress", args=[job.ref])).content.decode()
    assert 'data-over="no"' in part and "<progress" in part
    lead.post(reverse("import-cancel", args=[job.ref]))
    page = lead.get(reverse("import", args=[job.ref])).content.decode()
    assert "Cancelled" in page and "1 new post was imported before the import stopped, and is kept." in page
    lead.post(reverse("import-delete", args=[job.ref]))
    assert not ImportJob.objects.exists() and Post.objects.count() == 1


@pytest.mark.parametrize("role", ["viewer", "reviewer", "approver", "auditor", "partner"])
def test_others_import_nothing(people: dict[str, User], event: Event, role: str) -> None:
    client = Client()
    client.force_login(people[role])
    assert client.get(reverse("imports")).status_code == 403 and send(client, event).status_code == 403
    assert not ImportJob.objects.exists()


def test_an_import_is_its_owners(lead: Client, people: dict[str, User], event: Event) -> None:
    send(lead, event)
    client = Client()
    client.force_login(people["superuser"])
    assert client.get(reverse("import", args=[ImportJob.objects.get().ref])).status_code == 404
    assert b"posts.csv" not in client.get(reverse("imports")).content
