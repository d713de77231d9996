"""The places with the most posts, by category."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifier import categories
from responder.dashboards import volume
from responder.dashboards.scope import Scope
from responder.dashboards.shown import Cell, PanelContent

MOST = 12
Place = tuple[str, str]


def read(scope: Scope) -> PanelContent:
    """A heat table; two queries, of at most twelve places."""
    top = busiest(scope)
    columns = _columns(scope)
    counts = _counts(scope, top)
    rows: list[list[Cell]] = [
        [place_label(place), *(counts.get((place, column), 0) for column in columns), total]
        for place, total in top.items()
    ]
    return PanelContent(
        headline=_headline(top, counts),
        note=_("The %(most)d places with the most posts, as named in the text. Shaded in fixed steps: 1, 3, 10, "
               "30, 100. Posts without a place are not included. A count leads to its posts, and to those of the category "
               "that people dismissed.") % {"most": MOST},
        head=[_("Place"), *(categories.label(column) for column in columns), _("All")],
        rows=rows,
        file_head=["place", *columns, "total"],
        heat=True,
        drill=[
            [*(replace(one, groups=(), categories=(column,)) for column in columns), one]
            for one in (replace(scope.filter, place=name) for name, _country in top)
        ],
    )  # fmt: skip


def busiest(scope: Scope) -> dict[Place, int]:
    """(name, country) → posts, most first; ties in the order of names. One query."""
    rows = (
        scope.posts()
        .exclude(place_name="")
        .order_by()
        .values("place_name", "country_code")
        .annotate(count=Count("id"))
        .order_by("-count", "place_name", "country_code")[:MOST]
    )
    return {(row["place_name"], row["country_code"]): row["count"] for row in rows}


def place_label(place: Place) -> str:
    return f"{place[0]}, {place[1]}" if place[1] else place[0]


def _columns(scope: Scope) -> list[str]:
    groups = volume.groups_of(scope.filter)
    return [one.id for one in categories.offered() if one.group in groups]


def _counts(scope: Scope, top: Iterable[Place]) -> dict[tuple[Place, str], int]:
    names = {name for name, _country in top}
    rows: Iterable[Any] = (
        scope.posts()
        .filter(place_name__in=names)
        .order_by()
        .values("place_name", "country_code", "category")
        .annotate(count=Count("id"))
    )
    columns, counts = set(_columns(scope)), Counter[tuple[Place, str]]()
    for row in rows:
        # What nobody can choose any more counts under the category that it belongs to.
        category = row["category"] if row["category"] in columns else categories.base_of(row["category"])
        counts[(row["place_name"], row["country_code"]), category] += row["count"]
    return counts


def _headline(top: dict[Place, int], counts: dict[tuple[Place, str], int]) -> str:
    wanted = categories.ids_within("requests_or_urgent_needs")
    needs = {place: sum(counts.get((place, one), 0) for one in wanted) for place in top}
    worst = max(needs, key=needs.__getitem__, default=None)
    if worst is None:
        return _("No post in this range names a place")
    if needs[worst]:
        said = ngettext(
            "%(place)s has the most urgent needs: %(count)d of its %(all)d post",
            "%(place)s has the most urgent needs: %(count)d of its %(all)d posts",
            top[worst],
        )
        return said % {"place": worst[0], "count": needs[worst], "all": top[worst]}
    first = next(iter(top))
    said = ngettext(
        "%(place)s is named most: %(count)d post, no urgent needs",
        "%(place)s is named most: %(count)d posts, no urgent needs",
        top[first],
    )
    return said % {"place": first[0], "count": top[first]}
