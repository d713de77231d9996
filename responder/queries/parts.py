"""Keyset pagination of lists: a signed cursor holds the position of the last row seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

PART_SIZE = 30
CURSOR_LIMIT = 400
SALT = "responder.queries.parts"
NEWEST_FIRST = ("-id",)


@dataclass(frozen=True, slots=True)
class Part:
    """A page of rows, with the URLs of the next and the first page; empty if there is none."""

    rows: list[Any]
    next_url: str
    first_url: str
    notice: str


def paginate(
    request: HttpRequest, rows: QuerySet[Any], name: str, order: Sequence[str] = NEWEST_FIRST, *, path: str = ""
) -> Part:
    """The page of `rows` that the query parameter `name` asks for; one query, plus prefetches.

    A cursor that is not one of ours gives the first part and a notice.

    Arguments:
        order: fields without nulls, together unique.
        path: of the page that shows the parts; by default the request's.
    """
    sent, notice = request.GET.get(name, ""), ""
    rows = rows.order_by(*order)
    if sent:
        after = _after(rows.model, _read(sent, name), order)
        notice = "" if after else _("This page link is no longer valid. Showing the first page.")
        rows = rows.filter(after) if after else rows
    found = list(rows[: PART_SIZE + 1])
    shown, more = found[:PART_SIZE], len(found) > PART_SIZE
    return Part(
        rows=shown,
        next_url=_url(request, path, name, _cursor(shown[-1], name, order)) if more else "",
        first_url=_url(request, path, name) if sent else "",
        notice=notice,
    )


def _after(model: type[Model], values: list[Any], order: Sequence[str]) -> Q | None:
    """The condition for rows after `values` in `order`; None if they are not a position in it."""
    if len(values) != len(order):
        return None
    behind, same = Q(), Q()
    try:
        for field, text in zip(order, values, strict=True):
            plain = field.removeprefix("-")
            value = model._meta.get_field(plain).to_python(text)  # type: ignore[union-attr]
            behind |= same & Q(**{f"{plain}__{'lt' if field != plain else 'gt'}": value})
            same &= Q(**{plain: value})
    except (FieldDoesNotExist, ValidationError):
        return None
    return behind


def _cursor(row: Model, name: str, order: Sequence[str]) -> str:
    values = [getattr(row, field.removeprefix("-")) for field in order]
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return signing.dumps(plain, salt=f"{SALT}.{name}")


def _read(cursor: str, name: str) -> list[Any]:
    """The values in a cursor of the list `name`; empty if its signature is wrong."""
    try:
        return list(signing.loads(cursor, salt=f"{SALT}.{name}")) if len(cursor) <= CURSOR_LIMIT else []
    except signing.BadSignature:
        return []


def _url(request: HttpRequest, path: str, name: str, cursor: str = "") -> str:
    query = request.GET.copy()
    query.pop(name, None)
    if cursor:
        query[name] = cursor
    return f"{path or request.path}?{query.urlencode()}"
