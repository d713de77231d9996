"""Which help is asked for where: kinds of need, by place."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db.models import Count, Q, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from classifier.categories import NEEDS
from responder.dashboards.panels.places import MOST, Place, busiest, place_label
from responder.dashboards.scope import Scope
from responder.dashboards.shown import Cell, PanelContent

WORDS = {
    "request": gettext_noop("Any request"),
    "medical_help": gettext_noop("Medical help"),
    "medical_products": gettext_noop("Medical goods"),
    "search_and_rescue": gettext_noop("Rescue"),
    "water": gettext_noop("Water"),
    "food": gettext_noop("Food"),
    "shelter": gettext_noop("Shelter"),
    "clothing": gettext_noop("Clothing"),
    "money": gettext_noop("Money"),
    "missing_people": gettext_noop("Missing people"),
    "refugees": gettext_noop("Displaced people"),
    "infrastructure_related": gettext_noop("Infrastructure"),
}


def read(scope: Scope) -> PanelContent:
    """A heat table; two queries, of at most twelve places. A post may name several needs."""
    top = busiest(scope)
    counts = _counts(scope, top)
    rows: list[list[Cell]] = [
        [place_label(place), *(counts.get(place, {}).get(need, 0) for need in NEEDS)] for place in top
    ]
    return PanelContent(
        headline=_headline(counts),
        note=_("Needs as detected by the model. A post can name several needs, so rows do not add up to the "
               "number of posts. Shows the %(most)d places with the most posts, shaded in fixed steps: 1, 3, "
               "10, 30, 100.") % {"most": MOST},
        head=[_("Place"), *(_(WORDS[need]) for need in NEEDS)],
        rows=rows,
        file_head=["place", *NEEDS],
        heat=True,
        drill=[[replace(scope.filter, place=name, need=need) for need in NEEDS] for name, _country in top],
    )  # fmt: skip


def _counts(scope: Scope, top: dict[Place, int]) -> dict[Place, dict[str, int]]:
    found = scope.posts().filter(place_name__in={name for name, _country in top})
    rows: Iterable[Any] = (
        found.annotate(named=Cast("needs", TextField()))
        .order_by()
        .values("place_name", "country_code")
        .annotate(**{f"of_{need}": Count("id", filter=Q(named__contains=f'"{need}"')) for need in NEEDS})
    )
    return {
        (row["place_name"], row["country_code"]): {need: row[f"of_{need}"] for need in NEEDS}
        for row in rows
        if (row["place_name"], row["country_code"]) in top
    }


def _headline(counts: dict[Place, dict[str, int]]) -> str:
    found = {(place, need): count for place, row in counts.items() for need, count in row.items() if need != "request"}
    most = max(found, key=found.__getitem__, default=None)
    if most is None or not found[most]:
        return _("No post that names a place states a need")
    place, need = most
    said = ngettext(
        "Most frequent need: %(need)s in %(place)s (%(count)d post)",
        "Most frequent need: %(need)s in %(place)s (%(count)d posts)",
        found[most],
    )
    return said % {"need": _(WORDS[need]), "place": place[0], "count": found[most]}
