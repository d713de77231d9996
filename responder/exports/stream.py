"""An export at once: counted first, then streamed by the cursor of the list, so that memory holds one page."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder.errors import Invalid
from responder.exports import columns
from responder.exports.kinds import KINDS, Kind
from responder.models import Event, Post
from responder.queries import posts

MOST_ROWS = 10_000  # while somebody waits; `background` makes longer files
PAGE = 1_000


class TooLong(Invalid):
    """More posts than anybody waits for."""


@dataclass(frozen=True, slots=True)
class Export:
    """Arguments:
    found: the posts, in any order.
    kind: the format.
    title: the event's name, with EXERCISE before a fictional one.
    name: of the file.
    rows: how many posts.
    """

    found: QuerySet[Post]
    kind: Kind
    title: str
    name: str
    rows: int

    def response(self, request: HttpRequest) -> StreamingHttpResponse:
        """The file as a download, streamed as the server at hand can."""
        content = for_loop(self.pieces()) if isinstance(request, ASGIRequest) else self.pieces()
        response = StreamingHttpResponse(content, content_type=self.kind.content_type)
        response["Content-Disposition"] = f'attachment; filename="{self.name}"'
        response["X-Row-Count"] = str(self.rows)  # so that a reader can tell that nothing was cut off
        return response

    def pieces(self) -> Iterator[bytes]:
        """The file, a page of posts at a time."""
        yield encoded(self.kind.begin(self.title))
        cursor: str | None = ""
        while cursor is not None:
            written, following = self._page(cursor)
            yield encoded((self.kind.between if cursor and written else "") + written)
            cursor = following
        yield encoded(self.kind.end)

    def _page(self, cursor: str) -> tuple[str, str | None]:
        page = posts.page(self.found.select_related("event"), cursor=cursor, size=PAGE)
        return self.kind.between.join(self.kind.write(columns.of(post)) for post in page.posts), page.next_cursor


async def for_loop(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces for an event loop, which neither queries nor files may hold up."""

    def following() -> bytes | None:
        return next(pieces, None)

    while (piece := await sync_to_async(following)()) is not None:
        yield piece


def prepare(*, found: QuerySet[Post], event: Event | None, kind: str, query: str, actor: str) -> Export:
    """An export that may begin, on the record. Raises TooLong for more than MOST_ROWS posts.

    Arguments:
        found: the posts of the list.
        event: which the list is about; None for all.
        kind: a key of KINDS.
        query: the filter, for the record.
        actor: who takes it out.
    """
    rows = found.count()
    if rows > MOST_ROWS:
        given = {"rows": rows, "most": MOST_ROWS}
        raise TooLong(
            _("These are %(rows)d posts; more than %(most)d are made in the background. Ask for such a file, or choose a shorter time.") % given
        )  # fmt: skip
    title, name = named(event)
    audit.record(
        actor=actor, action="posts.exported", object_type="event", object_id=event.ref if event else "",
        detail={"format": kind, "filter": query, "rows": rows},
    )  # fmt: skip
    return Export(found, KINDS[kind], title, f"{name}-{clock.now():%Y%m%dT%H%M%SZ}.{KINDS[kind].ending}", rows)


def named(event: Event | None) -> tuple[str, str]:
    """(title, how the file's name begins); both say where it is an exercise."""
    if event is None:
        return str(_("All posts")), "posts"
    if event.is_exercise:
        return f"EXERCISE: {event.name}", f"exercise-{slugify(event.ref)}"
    return event.name, slugify(event.ref)


def encoded(text: str) -> bytes:
    """As UTF-8, with halves of surrogate pairs replaced."""
    return text.encode(errors="replace")
