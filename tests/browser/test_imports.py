"""A lead uploads a file, corrects its columns in the preview, imports it, and reads the report."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from responder import jobs
from responder.imports import running
from responder.models import Event, ImportJob, Post
from tests.browser import checks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TABLE = (
    "nr;when;words\n"
    + "".join(f"{n};2026-03-02 10:{n:02d};Water is needed at school {n}\n" for n in range(30))
    + "30;;\n"
)
SIZES = {"wide": (1440, 900), "phone": (390, 844)}


def test_from_the_upload_to_the_report(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], event: Event, complaints: list[str],
    settings: Any, tmp_path: Path,
) -> None:  # fmt: skip
    settings.DATA_DIR = tmp_path
    running.OPEN.close()
    (tmp_path / "posts.csv").write_text(TABLE, encoding="utf-8")
    sign_in(page, "lead")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("File", exact=True).set_input_files(tmp_path / "posts.csv")
    page.get_by_label("Source name").fill("wire")
    page.get_by_label("Event of the posts").select_option(label=event.name)
    page.get_by_label("Time zone").select_option("Africa/Maputo")
    page.get_by_role("button", name="Upload and preview").press("Enter")
    expect(page.get_by_role("heading", name="Preview: posts.csv")).to_be_visible()
    page.get_by_label("Text", exact=True).select_option("words")
    page.get_by_label("ID", exact=True).select_option("nr")
    page.get_by_label("Time", exact=True).select_option("when")
    page.get_by_role("button", name="Update the preview").press("Enter")
    expect(page.get_by_text("2026-03-02 10:05 +0200")).to_be_visible()
    _look(page, "preview")
    page.get_by_role("button", name="Import 31 rows").press("Enter")
    expect(page.get_by_role("progressbar")).to_be_visible()
    job = ImportJob.objects.get()
    while not job.is_over:
        jobs.import_file(job.pk)
        job.refresh_from_db()
    expect(page.get_by_text("Done with problems")).to_be_visible()  # without a reload
    page.get_by_text("The first problem by line").click()
    expect(page.get_by_text("Line 32:")).to_be_visible()
    expect(page.get_by_role("button", name="Delete this report")).to_be_visible()
    _look(page, "report")
    assert Post.objects.filter(event=event, source="wire").count() == 30
    page.goto(f"{live_server.url}/import/")
    expect(page.get_by_role("link", name="posts.csv")).to_be_visible()
    _look(page, "imports")
    assert [heard for heard in complaints if "live/stream" not in heard and "503" not in heard] == []


def _look(page: Page, name: str) -> None:
    """Nothing is a barrier and everything fits, on a wide screen and on a phone."""
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        assert checks.not_fitting(page, f"{name}, {size}") == []
        assert checks.barriers(page) == []
    page.set_viewport_size({"width": 1440, "height": 900})
