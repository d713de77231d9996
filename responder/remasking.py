"""Masks stored values again by the current rules, because older rows may show what would now be hidden.

How a table is gone through:
1. Rows are read by their ids, `AT_ONCE` at a time, so that memory stays the same for any number of rows.
2. A row that today's rules leave as it is isn't written.
3. A row that somebody changed in between keeps what they wrote, which was masked as it is now.

Idempotent. Every batch is stored by itself: where it was interrupted, the next call reads the rows again and goes on.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet

from responder.privacy.masking import EXACT_KM, mask, point
from responder.queries.mercator import project
from responder.queries.words import document

AT_ONCE = 500
MOST_OF_A_NAME = 99  # views of one owner whose names become the same
GetModel = Callable[[str], type[Model]]
Values = dict[str, Any]


def mask_again(get_model: GetModel, *, words: bool = True) -> dict[str, int]:
    """Mask stored values again. Returns kind of value → number of changed rows.

    Arguments:
        get_model: gives a model by its name, in a migration as it was then.
        words: also the words that search finds posts by, which takes minutes for a million posts.
    """
    done = {
        name: sum(_rewrite(row, values) for row in _in_batches(rows(get_model)) if (values := masked(row)))
        for name, (rows, masked) in TABLES.items()
    }
    done["names of saved views"] = sum(_rename(view) for view in _in_batches(_all(get_model, "SavedView")))
    if words:
        found = _all(get_model, "PostWords").select_related("post")
        done["words of search"] = sum(_rewrite(row, values) for row in _in_batches(found) if (values := _words(row)))
    return done


def _in_batches(rows: QuerySet[Any]) -> Iterator[Any]:
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        yield from found
        last = found[-1].pk


def _rewrite(row: Any, values: Mapping[str, Any]) -> bool:
    """Store new values if the old ones are still there. Returns whether they were stored."""
    new = {name: value for name, value in values.items() if value != getattr(row, name)}
    # Entries of a timeline, which keep states as JSON, never change otherwise.
    stored = {name: old for name in new if not isinstance(old := getattr(row, name), dict)}
    return bool(new) and bool(type(row)._default_manager.filter(pk=row.pk, **stored).update(**new))


def _rename(view: Any) -> bool:
    """Mask a view's name, and add a number if another view of its owner has the same name."""
    masked = mask(view.name)[:80]
    if masked == view.name:
        return False
    for number in range(1, MOST_OF_A_NAME + 1):
        suffix = f" {number}" if number > 1 else ""
        try:
            with transaction.atomic():
                return _rewrite(view, {"name": masked[: 80 - len(suffix)] + suffix})
        except IntegrityError:
            continue
    return False


def _all(get_model: GetModel, name: str) -> QuerySet[Any]:
    return get_model(name)._default_manager.all()


def _exact_posts(get_model: GetModel) -> QuerySet[Any]:
    return _all(get_model, "Post").filter(radius_km__lt=EXACT_KM, latitude__isnull=False, longitude__isnull=False)


def _grid(post: Any) -> Values:
    latitude, longitude = point(post.latitude, post.longitude, post.radius_km)
    grid_x, grid_y = project(latitude or 0.0, longitude or 0.0)
    return {"grid_x": grid_x, "grid_y": grid_y}


def _incident(incident: Any) -> Values:
    values: Values = {"title": mask(incident.title)[:200], "public_summary": mask(incident.public_summary)[:2_000]}
    return values if incident.place_by_person else values | _rounded(incident.latitude, incident.longitude)


def _rounded(latitude: float | None, longitude: float | None) -> Values:
    """A position that a rule copied from a post, masked as if it were exact, since its radius is unknown."""
    shown = point(latitude, longitude, 0.0)
    return {"latitude": shown[0], "longitude": shown[1]}


def _entries(get_model: GetModel) -> QuerySet[Any]:
    return _all(get_model, "IncidentEntry").filter(verb__in=("comment", "edit", "publish", "undo"))


def _entry(entry: Any) -> Values:
    """An entry's stored states, masked: what an undo would restore, and what it compares with."""
    values: Values = {"before": _state(entry.before), "after": _state(entry.after)}
    return values | ({"note": mask(entry.note)[:2_000]} if entry.verb == "comment" else {})


def _state(state: Mapping[str, Any]) -> Values:
    masked = {name: mask(value) if name in ("title", "public_summary") else value for name, value in state.items()}
    if state.get("place_by_person") is False and "latitude" in state:
        masked |= _rounded(state["latitude"], state.get("longitude"))
    return masked


def _feedback(row: Any) -> Values:
    return {"place": mask(row.place)[:200], "note": mask(row.note)[:1_000]}


def _alert(alert: Any) -> Values:
    latitude, longitude = point(alert.latitude, alert.longitude, alert.radius_km)
    return {"latitude": latitude, "longitude": longitude}


def _words(row: Any) -> Values:
    return {"document": document(row.post.text)}


TABLES: dict[str, tuple[Callable[[GetModel], QuerySet[Any]], Callable[[Any], Values]]] = {
    "positions of posts on the map": (_exact_posts, _grid),
    "titles, public summaries and positions of incidents": (lambda get: _all(get, "Incident"), _incident),
    "timelines of incidents": (_entries, _entry),
    "suggestions of partners": (lambda get: _all(get, "PartnerFeedback"), _feedback),
    "positions of alerts": (lambda get: _all(get, "CapAlert").filter(state="draft"), _alert),
}
