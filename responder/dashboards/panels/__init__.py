"""One file per panel of the analytics page. Each has `read(scope) -> Shown`; the order is that of the page."""

from collections.abc import Callable

from responder.dashboards.panels import (
    alarms,
    figures,
    languages,
    location,
    needs,
    places,
    reviewers,
    reviews,
    savings,
    volume,
)  # fmt: skip
from responder.dashboards.scope import Scope
from responder.dashboards.shown import PanelContent

PANELS: dict[str, Callable[[Scope], PanelContent]] = {
    "figures": figures.read,
    "volume": volume.read,
    "places": places.read,
    "needs": needs.read,
    "reviews": reviews.read,
    "reviewers": reviewers.read,
    "location": location.read,
    "languages": languages.read,
    "alarms": alarms.read,
    "savings": savings.read,
}
TABLES = frozenset({"places", "needs"})  # panels whose table is the picture: nothing is drawn

__all__ = ["PANELS", "TABLES"]
