"""Immediate exports: counted first, then streamed page by page to bound memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder.errors import Invalid
from responder.exports.columns import POSTS, only_exported
from responder.exports.incident_columns import FIVE_W, INCIDENTS
from responder.exports.kinds import INCIDENT_KINDS, Kind
from responder.exports.sheets import About
from responder.exports.tables import Table
from responder.models import Event, Incident, Post
from responder.queries import incidents, posts
from responder.web.executors import EXPORTS

MOST_ROWS = 10_000  # most posts of an immediate export; `background` writes longer files
PAGE = 1_000
Page = Callable[[str], tuple[Sequence[Any], str | None]]


class TooLong(Invalid):
    """The export has more posts than can be streamed at once."""


@dataclass(frozen=True, slots=True)
class Export:
    """An export that is ready to be streamed.

    Arguments:
        page: records after a cursor, and the cursor of those that follow; "" is the beginning, None the end.
        table, kind: what is exported, and the format.
        about: title, filter and time of the export.
        name: of the file.
        rows: how many records.
        for_people: whether a person opens the file, and not a partner's program.
    """

    page: Page
    table: Table
    kind: Kind
    about: About
    name: str
    rows: int
    for_people: bool = False

    def response(self, request: HttpRequest) -> StreamingHttpResponse:
        """The file as a streamed download."""
        content = EXPORTS.iterate(self.pieces()) if isinstance(request, ASGIRequest) else self.pieces()
        response = StreamingHttpResponse(content, content_type=self.kind.content_type)
        response["Content-Disposition"] = f'attachment; filename="{self.name}"'
        response["X-Row-Count"] = str(self.rows)  # lets clients detect truncation
        return response

    def pieces(self) -> Iterator[bytes]:
        """The file's content, a page of posts at a time."""
        return packed(self.kind, self._content(), self.table, self.about)

    def _content(self) -> Iterator[bytes]:
        yield beginning(self.kind, self.about.title, self.table, for_people=self.for_people)
        cursor: str | None = ""
        while cursor is not None:
            written, following = self._page(cursor)
            yield encoded((self.kind.between if cursor and written else "") + written)
            cursor = following
        yield encoded(self.kind.end)

    def _page(self, cursor: str) -> tuple[str, str | None]:
        records, following = self.page(cursor)
        return self.kind.write([self.table.row(one) for one in records], self.table), following


def prepare(
    *, found: QuerySet[Post], event: Event | None, kind: str, query: str, actor: str, for_people: bool = False
) -> Export:
    """Prepare an export of posts and record it in the audit log. Raises TooLong for more than MOST_ROWS.

    Arguments:
        found: the posts of the list.
        event: which the list is about; None for all.
        kind: a key of KINDS.
        query: the filter, for the record.
        actor: who takes it out.
        for_people: whether a person opens the file, perhaps with Excel.
    """

    def page(cursor: str) -> tuple[Sequence[Post], str | None]:
        got = posts.page(found, cursor=cursor, size=PAGE, related=only_exported)
        return got.posts, got.next_cursor

    rows = found.count()
    if rows > MOST_ROWS:
        given = {"rows": rows, "most": MOST_ROWS}
        raise TooLong(
            _("Your filter matches %(rows)d posts. Exports of more than %(most)d posts run in the background: request a "
              "background export, or choose a shorter time range.") % given
        )  # fmt: skip
    return _prepared(page, POSTS, rows, event=event, kind=kind, query=query, actor=actor, for_people=for_people)


def prepare_incidents(
    *, found: QuerySet[Incident], event: Event | None, kind: str, query: str, actor: str, for_people: bool = False
) -> Export:  # fmt: skip
    """Prepare an export of incidents; `5w` and `5w-xlsx` are additional formats. Arguments as `prepare`."""

    def page(cursor: str) -> tuple[Sequence[Incident], str | None]:
        got = incidents.page(found, cursor=cursor, size=PAGE)
        return got.incidents, got.next_cursor

    rows = found.count()
    if rows > MOST_ROWS:
        raise Invalid(
            _("An export holds at most %(most)d incidents. Choose a severity or a status.") % {"most": MOST_ROWS}
        )
    table = FIVE_W if kind.startswith("5w") else INCIDENTS
    return _prepared(page, table, rows, event=event, kind=kind, query=query, actor=actor, for_people=for_people)


def _prepared(
    page: Page, table: Table, rows: int, *, event: Event | None, kind: str, query: str, actor: str, for_people: bool
) -> Export:
    title, name = named(event)
    audit.record(
        actor=actor, action=f"{table.name}s.exported", object_type="event", object_id=event.ref if event else "",
        detail={"format": kind, "filter": query, "rows": rows},
    )  # fmt: skip
    chosen, prefix = INCIDENT_KINDS[kind], "" if table is POSTS else f"{table.name}s-"
    now = clock.now()
    file = f"{name}-{prefix}{now:%Y%m%dT%H%M%SZ}.{chosen.ending}"
    return Export(page, table, chosen, About(title, query, now, described(event)), file, rows, for_people)


def named(event: Event | None) -> tuple[str, str]:
    """Return (title, beginning of the file name); both mark an exercise."""
    if event is None:
        return str(_("All posts")), "posts"
    if event.is_exercise:
        return f"EXERCISE: {event.name}", f"exercise-{slugify(event.ref)}"
    return event.name, slugify(event.ref)


def described(event: Event | None) -> tuple[tuple[str, str], ...]:
    """Return (label, value) of the event's hazard, countries, start and status, as far as they are known."""
    if event is None:
        return ()
    status = "" if event.is_open else f"{event.get_state_display()}, {event.state_at.isoformat(timespec='seconds')}"
    lines = (
        (_("Hazard"), event.hazard_label), (_("Countries (ISO 3166-1)"), ", ".join(event.country_codes)),
        (_("Start"), event.started_at.isoformat(timespec="seconds")), (_("Status"), status),
    )  # fmt: skip
    return tuple((label, value) for label, value in lines if value)


def beginning(kind: Kind, title: str, table: Table, *, for_people: bool) -> bytes:
    """Return the bytes before the rows. Excel needs a byte order mark to recognise UTF-8; other programs don't expect one."""
    return encoded((kind.bom if for_people else "") + kind.begin(title, table))


def packed(kind: Kind, content: Iterator[bytes], table: Table, about: About) -> Iterator[bytes]:
    """The file of a content."""
    return kind.pack(content, table, about) if kind.pack else content


def encoded(text: str) -> bytes:
    """UTF-8 bytes, with lone surrogates replaced."""
    return text.encode(errors="replace")
