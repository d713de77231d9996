"""Every file of `tests/cases`, and random garbage: every row is accounted for, and no page falls over what was imported."""

import random
from pathlib import Path

import pytest
from django.test import Client

from responder.classification import pipeline
from responder.feeds import status
from responder.imports import accepting, running
from responder.imports.report import Report
from responder.models import Event, Post, User
from tests.responder.imports.conftest import Upload

pytestmark = pytest.mark.django_db
CASES = sorted((Path(__file__).parents[2] / "cases").iterdir())
PAGES = (
    "/map/?event={ref}", "/map/data?event={ref}", "/map/items?event={ref}", "/feed/?event={ref}", "/triage/?event={ref}",
    "/triage/?event={ref}&tab=done", "/incidents/?event={ref}", "/analytics/?event={ref}", "/feeds/", "/import/",
    "/export/posts.csv?event={ref}", "/export/posts.geojson?event={ref}", "/export/posts.kml?event={ref}",
    "/export/incidents.csv?event={ref}",
)  # fmt: skip


def garbage(seed: int) -> bytes:
    """Random bytes, words and marks under a header, so that some of it can be read as posts."""
    draw = random.Random(seed)
    marks = [
        '"',
        "'",
        ",",
        ";",
        "\t",
        "\r",
        "\n",
        "\r\n",
        "\0",
        "{",
        "}",
        "[",
        "]",
        ":",
        "=",
        "\ufeff",
        "\u202e",
        "𝒳",
        "1e999",
        "NaN",
    ]
    words = [
        "water",
        "9999-12-31",
        "0001-01-01",
        "-91",
        "181",
        "help",
        "null",
        "१२३",
        "١٢٣",
        "@a",
        "#b",
        "https://a.example",
    ]
    pieces = [draw.choice(marks if draw.random() < 0.5 else words) for _ in range(4_000)]
    noise = bytes(draw.randrange(256) for _ in range(500))
    return b"id,text,created_at,lat,lon,author\n" + "".join(pieces).encode("utf-8", "surrogatepass") + b"\n" + noise


def adds_up(report: Report) -> bool:
    return report.read == report.new + report.known + report.conflicts + report.edited + report.gone + report.bad


def test_all_cases_and_garbage_are_accounted_for_and_every_page_answers(
    run: Upload, people: dict[str, User], event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, "MOST_KEPT", 100)
    other = Event.objects.create(ref="garbage", name="Garbage")
    for path in CASES:
        running.OPEN.close()
        job = run(path.read_bytes(), name=path.name, source=path.stem)
        report = Report.from_json(job.report)
        assert job.state == "done", (path.name, job.error)
        assert adds_up(report) and report.read, path.name
        stored = Post.objects.filter(source=path.stem).count()
        assert stored == report.new + report.conflicts, path.name
    for seed, form in enumerate(("csv", "tsv", "ndjson", "json", "txt")):
        running.OPEN.close()
        job = run(garbage(seed), name=f"garbage.{form}", source=f"garbage-{form}", event=str(other.pk))
        assert adds_up(Report.from_json(job.report)) and job.state in ("done", "failed"), job.error
    assert Post.objects.filter(event=other).exists(), "some of the garbage looks like posts"
    while pipeline.drain():
        pass
    pipeline.group()
    assert status.queue()["grouping_lag_s"] == 0
    assert not Post.objects.filter(state=Post.State.QUARANTINED).exists()
    _every_page_answers(people["superuser"], [event, other])


def _every_page_answers(person: User, events: list[Event]) -> None:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(person)
    for event in events:
        for page in PAGES:
            address = page.format(ref=event.ref)
            answer = client.get(address)
            if answer.streaming:
                b"".join(answer.streaming_content)  # type: ignore[arg-type]
            assert answer.status_code == 200, (address, answer.status_code)
