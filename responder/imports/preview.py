"""Previews of how a file will be read, before anything is stored."""

import time
from dataclasses import dataclass, field
from datetime import datetime

from classifier.tables import Reading, UnusableInput
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.feeds.shapes import Understanding
from responder.imports import files
from responder.imports.comparing import Comparison
from responder.imports.options import options_of
from responder.imports.reading import PostFile, ReadingOptions
from responder.imports.report import Report
from responder.models import ImportJob
from responder.prediction_jobs import reading_turns

SHOWN = 20  # posts in a preview
MOST_ROWS = 20_000  # rows that are read
MOST_S = 5.0  # seconds of reading
BATCH = 500


@dataclass(frozen=True, slots=True)
class PreviewPost:
    """A post as it will be stored.

    Arguments:
        time_source: a value of Post.TimeSource.
        place: the position that the source states, as latitude and longitude in degrees.
        repairs: sentences about what was changed.
    """

    line: int
    source_id: str
    created_at: datetime
    time_source: str
    text: str
    author: str
    lang: str
    place: str
    repairs: tuple[str, ...]


@dataclass(slots=True)
class Preview:
    """The preview of a file.

    Arguments:
        reading: how its table is read.
        understanding: how its rows are read.
        columns: the columns of the file.
        posts: the first posts.
        report: the counts and problems that storing these rows would give.
        rows: number of rows that were read.
        is_whole: whether all rows were read.
    """

    reading: Reading
    understanding: Understanding
    columns: list[str]
    posts: list[PreviewPost] = field(default_factory=list)
    report: Report = field(default_factory=Report)
    rows: int = 0
    is_whole: bool = True

    @property
    def notes(self) -> list[str]:
        """Sentences about what was guessed or skipped."""
        return [*self.reading.notes, *self.understanding.notes]


def preview(path: str, options: ReadingOptions, *, source: str, most_rows: int | None = MOST_ROWS) -> Preview:
    """Read the first rows of a file and return how they will be stored. Stores nothing. Raises UnusableInput.

    Arguments:
        path: a file, or `-` for standard input.
        options: how to read it.
        source: name of the source of its posts.
        most_rows: maximum number of rows, read within MOST_S seconds; None to read all rows.
    """
    with PostFile(path, options) as file:
        found = Preview(
            reading=file.reading, understanding=file.understanding, columns=file.columns,
        )  # fmt: skip
        comparison, ends = Comparison(source), time.monotonic() + MOST_S
        for batch in file.batches(BATCH):
            if most_rows is not None and (found.rows >= most_rows or time.monotonic() > ends):
                found.is_whole = False
                break
            found.rows += batch.rows
            posts = [item for item in batch.items if isinstance(item, RawPost)]
            found.report.add(batch.items, comparison.compare(posts))
            found.posts += [_shown(post) for post in posts[: SHOWN - len(found.posts)]]
    return found


def preview_of(job: ImportJob) -> Preview:
    """The preview of a draft. Raises UnusableInput, TooMany, Unavailable."""
    path = files.input_of(job)
    if not path.exists():
        raise UnusableInput("The file is no longer on the server. Upload it again.")
    with reading_turns.turn(job.owner_id):
        return preview(str(path), options_of(job), source=job.source)


def _shown(post: RawPost) -> PreviewPost:
    post = ingest.bounded(post)
    created_at, time_source = ingest.time_of(post)
    at = post.position
    return PreviewPost(
        line=post.line, source_id=post.source_id, created_at=created_at, time_source=time_source, text=post.text,
        author=post.author_handle, lang=post.lang, place=f"{at.latitude:.5g}, {at.longitude:.5g}" if at else "",
        repairs=tuple(repair.detail for repair in post.repairs),
    )  # fmt: skip
