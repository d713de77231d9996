"""A preview shows what will be stored, names all problems, and stores nothing."""

from pathlib import Path

import pytest

from classifier.tables import UnusableInput
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.imports import preview as previewing
from responder.imports.preview import preview
from responder.imports.reading import PostFile, ReadingOptions, UnclearColumns
from responder.imports.report import CONFLICT, Report
from responder.models import Event, Post

pytestmark = pytest.mark.django_db
NAIVE = ReadingOptions(zone="Africa/Maputo")


def written(folder: Path, content: str | bytes, name: str = "a.csv") -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def test_the_first_posts_are_shown_as_they_will_be_stored(tmp_path: Path) -> None:
    rows = "".join(f"{n},Water is needed at school {n},2026-03-02 10:00,-19.84,34.84,@ana\n" for n in range(50))
    found = preview(written(tmp_path, f"id,text,created_at,lat,lon,author\n{rows}"), NAIVE, source="wire")
    assert (len(found.posts), found.rows, found.is_whole, found.report.read) == (20, 50, True, 50)
    first = found.posts[0]
    assert (first.line, first.source_id, first.time_source, first.place) == (2, "0", "source", "-19.84, 34.84")
    assert first.created_at.isoformat() == "2026-03-02T08:00:00+00:00" and first.author.strip("@") == "ana"
    assert found.understanding.columns["created_at"] == "created_at" and found.reading.delimiter == ","
    assert not Post.objects.exists()


def test_problems_are_counted_beyond_the_posts_that_are_shown(tmp_path: Path) -> None:
    rows = "".join(f"{n},{'' if n % 10 == 0 else 'Water'} \n" for n in range(100))
    found = preview(written(tmp_path, f"id,text\n{rows}"), NAIVE, source="wire")
    assert (found.report.bad, found.report.new) == (10, 90)
    assert [one.line for one in found.report.problems if one.kind == "bad"] == list(range(2, 102, 10))


def test_what_is_known_and_what_conflicts_is_told_before(tmp_path: Path, event: Event) -> None:
    stored = [RawPost("1", "Water"), RawPost("2", "Food")]
    ingest.accept(posts=stored, source="wire", event=event)
    path = written(tmp_path, "id,text\n1,Water\n2,Boats\n3,Shelter\n3,Shelter\n3,Medicine\n")
    before = preview(path, NAIVE, source="wire").report
    assert (before.new, before.known, before.conflicts) == (1, 2, 2)
    assert [one.line for one in before.problems if one.kind == CONFLICT] == [3, 6]
    assert Post.objects.count() == 2
    with PostFile(path, NAIVE) as file:
        (batch,) = file.batches(100)
    after = Report()
    posts = [item for item in batch.items if isinstance(item, RawPost)]
    after.add(batch.items, ingest.accept(posts=posts, source="wire", event=event))
    assert after.as_json() == before.as_json(), "the preview says what storing does"


def test_a_conflict_with_an_earlier_batch_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "BATCH", 1)
    path = written(tmp_path, "id,text\n1,Water\n1,Boats\n1,Water\n2,Food\n")
    report = preview(path, NAIVE, source="wire").report
    assert (report.new, report.known, report.conflicts) == (2, 1, 1)


def test_a_long_file_is_read_in_part_and_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "id,text\n" + "".join(f"{n},Water {n}\n" for n in range(2_000)))
    found = preview(path, NAIVE, source="wire", most_rows=1_000)
    assert (found.is_whole, found.rows) == (False, 1_000)
    monkeypatch.setattr(previewing, "MOST_S", 0.0)
    assert not preview(path, NAIVE, source="wire").is_whole
    assert preview(path, NAIVE, source="wire", most_rows=None).rows == 2_000


def test_columns_that_cannot_be_guessed_are_offered(tmp_path: Path) -> None:
    with pytest.raises(UnclearColumns) as caught:
        preview(written(tmp_path, "a,b\n1,2\n"), NAIVE, source="wire")
    assert caught.value.columns == ("a", "b")
    found = preview(
        written(tmp_path, "a,b\n1,We need water\n"), ReadingOptions(mapping={"text": "b", "id": "a"}), source="wire"
    )
    assert (found.posts[0].text, found.posts[0].source_id) == ("We need water", "1")


@pytest.mark.parametrize("content", ["", "id,text\n", "\n"])
def test_a_file_without_rows_is_unusable(tmp_path: Path, content: str) -> None:
    with pytest.raises(UnusableInput):
        preview(written(tmp_path, content), NAIVE, source="wire")


@pytest.mark.parametrize("skip", [0, 1, 7, 19, 20])
def test_whoever_passes_rows_over_reads_the_rest_alike(tmp_path: Path, skip: int) -> None:
    rows = "".join(f"{n},Water {n},{1 + n:02d}/02/2026\n" for n in range(20))  # the 13th row proves the order
    path = written(tmp_path, f"id,text,date\n{rows}")
    with PostFile(path, NAIVE) as whole, PostFile(path, NAIVE) as rest:
        everything = [item for batch in whole.batches(3) for item in batch.items]
        batches = list(rest.batches(4, skip=skip))
    assert [item for batch in batches for item in batch.items] == everything[skip:]
    assert [batch.start for batch in batches] == list(range(skip, 20, 4)) and sum(
        batch.rows for batch in batches
    ) == 20 - skip


def test_a_row_that_holds_many_posts_is_never_divided(tmp_path: Path) -> None:
    page = '{"data": [%s]}\n'
    posts = [", ".join(f'{{"id": "{n}{m}", "text": "Water {n}{m}"}}' for m in range(5)) for n in range(1, 5)]
    path = written(tmp_path, "".join(page % one for one in posts), "pages.ndjson")
    with PostFile(path, ReadingOptions()) as file:
        assert [(batch.start, batch.rows, len(batch.items)) for batch in file.batches(7)] == [(0, 2, 10), (2, 2, 10)]
