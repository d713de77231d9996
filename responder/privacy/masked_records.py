"""Records as auditors may read them: every column of free text is masked, unless its page lists it as plain.

A column that somebody adds tomorrow is masked until a person decides that it holds nobody's data.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl

from django.db.models import CharField, ForeignKey, JSONField, Model, TextField

from classifier import addresses
from responder.models import AlertRule, ExportJob, Incident, OfficialAlert, Post, WebhookEndpoint
from responder.privacy import links, masking, policy

POSITIONS = frozenset({"latitude", "longitude", "lat", "lon", "point", "position", "coordinates"})
PlainColumns = Callable[[type[Model]], Collection[str]]


def mask_row(row: Model, plain: PlainColumns) -> None:
    """Mask the columns of a row, and of the rows that it refers to and that were loaded with it. Never save it afterwards.

    Arguments:
        plain: the columns of a model that are shown as they are stored.
    """
    seen: set[int] = set()
    waiting = [row]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        for name, shown in columns(one, plain(type(one))).items():
            setattr(one, name, shown)
        waiting += [related for related in one._state.fields_cache.values() if isinstance(related, Model)]


def load_related(row: Model) -> None:
    """Load the rows that a row refers to, so that `mask_row` reaches them."""
    for field in row._meta.concrete_fields:
        if isinstance(field, ForeignKey) and field.attname not in row.get_deferred_fields():
            getattr(row, field.name)


def columns(row: Model, plain: Collection[str]) -> dict[str, Any]:
    """The displayable values of a row's columns that hold text or a position, by name."""
    shown = {}
    for field in row._meta.concrete_fields:
        if field.attname in row.get_deferred_fields() or field.name in plain or field.primary_key:
            continue
        if isinstance(field, JSONField | TextField) or (isinstance(field, CharField) and not field.choices):
            shown[field.name] = value(getattr(row, field.attname))
    if "latitude" not in plain and hasattr(row, "latitude") and hasattr(row, "radius_km"):
        exact = (getattr(row, name) for name in ("latitude", "longitude", "radius_km"))
        shown["latitude"], shown["longitude"] = masking.point(*exact)
    return shown | _own(row)


def value(stored: Any, *, is_position: bool = False) -> Any:
    """A column's value with every text in it masked and every position rounded."""
    if isinstance(stored, str):
        return masking.mask(stored)
    if isinstance(stored, float):
        return round(stored, 2) if is_position else stored
    if isinstance(stored, Mapping):
        parts = {str(key): (part, is_position or key in POSITIONS) for key, part in stored.items()}
        return {masking.mask(key): value(part, is_position=exact) for key, (part, exact) in parts.items()}
    if isinstance(stored, list | tuple):
        return [value(part, is_position=is_position) for part in stored]
    return stored


def _own(row: Model) -> dict[str, Any]:
    """Return the columns that need more than text masking."""
    if isinstance(row, Post):
        return {
            "author_handle": masking.mask_author(row.author_handle), "source_id": policy.source_id(row), "related_to": "",
            "links": [links.shown(link).text for link in row.links],
        }  # fmt: skip
    if isinstance(row, Incident) and not row.place_by_person and "place_name" not in row.get_deferred_fields():
        return {"place_name": row.place_name}  # from the gazetteer; one that a person typed is masked as any text
    if isinstance(row, OfficialAlert) and "url" not in row.get_deferred_fields():
        return {"url": links.shown(links.canonical(row.url.partition("?")[0])).text}  # without log-in and parameters
    if isinstance(row, ExportJob | AlertRule):
        return {"query": _filters(row.query)}
    if isinstance(row, WebhookEndpoint):
        return {"url": f"https://{addresses.split(row.url).hostname or masking.HIDDEN}/{masking.HIDDEN}"}
    return {}


def _filters(query: str) -> str:
    """Return a saved filter with its values masked, because someone may have searched for a name or a number."""
    return "&".join(f"{masking.mask(name)}={masking.HIDDEN}" for name, _ in parse_qsl(query, keep_blank_values=True))
