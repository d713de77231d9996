"""How a file will be understood, before anything of it is stored."""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from classifier.tables import UnusableInput
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.imports import files
from responder.imports.options import options_of
from responder.imports.reading import PostFile, ReadingOptions
from responder.imports.report import Report
from responder.models import ImportJob

SHOWN = 20  # posts
MOST_ROWS = 20_000  # that are read
MOST_S = 5.0  # that reading may take
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
    """What was found out about a file.

    Arguments:
        form, encoding, encoding_source, delimiter, skipped, has_tags: how it is read; see `tables.Reading`.
        shape: the known shape of its rows, such as twarc's; empty for a table of its own.
        columns: of its first row.
        mapping: field → column.
        notes: sentences about what was guessed.
        posts: the first ones.
        report: counts and problems of what was read; nothing is compared with stored posts.
        rows: that were read.
        is_whole: whether these are all.
        repeated: ids that several rows have.
    """

    form: str
    encoding: str
    encoding_source: str
    delimiter: str
    skipped: int
    has_tags: bool
    shape: str
    columns: list[str]
    mapping: dict[str, str]
    notes: list[str]
    posts: list[PreviewPost] = field(default_factory=list)
    report: Report = field(default_factory=Report)
    rows: int = 0
    is_whole: bool = True

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """(kind of problem, rows that have it), the most frequent first."""
        counts = Counter(self.report.repaired)
        if self.report.bad:
            counts["bad"] = self.report.bad
        return counts.most_common()


def preview(path: str, options: ReadingOptions, *, most_rows: int | None = MOST_ROWS) -> Preview:
    """Read a file's first rows and tell how they will be understood. Stores nothing. Raises UnusableInput.

    Arguments:
        path: of the file, or `-` for standard input.
        options: how it is to be read.
        most_rows: to read at most, within some seconds; None for all of it.
    """
    with PostFile(path, options) as file:
        found = Preview(
            form=file.reading.form, encoding=file.reading.encoding, encoding_source=file.reading.encoding_source,
            delimiter=file.reading.delimiter, skipped=file.reading.skipped, has_tags=bool(file.reading.hxl),
            shape=file.shape, columns=file.columns, mapping=dict(file.mapping), notes=list(file.notes),
        )  # fmt: skip
        ends = time.monotonic() + MOST_S
        for batch in file.batches(BATCH):
            if most_rows is not None and (found.rows >= most_rows or time.monotonic() > ends):
                found.is_whole = False
                break
            found.rows += batch.rows
            found.report.add_unstored(batch.items)
            posts = (item for item in batch.items if isinstance(item, RawPost))
            found.posts += [_shown(post) for post, _free in zip(posts, range(SHOWN - len(found.posts)), strict=False)]
    return found


def preview_of(job: ImportJob) -> Preview:
    """The preview of a draft. Raises UnusableInput."""
    path = files.input_of(job)
    if not path.exists():
        raise UnusableInput("The file is no longer on the server. Upload it again.")
    return preview(str(path), options_of(job))


def _shown(post: RawPost) -> PreviewPost:
    post = ingest.bounded(post)
    created_at, time_source = ingest.time_of(post)
    at = post.position
    return PreviewPost(
        line=post.line, source_id=post.source_id, created_at=created_at, time_source=time_source, text=post.text,
        author=post.author_handle, lang=post.lang, place=f"{at.latitude:.5g}, {at.longitude:.5g}" if at else "",
        repairs=tuple(repair.detail for repair in post.repairs),
    )  # fmt: skip
