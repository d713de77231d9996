"""Which layers of the map a person has on, in which order, and how strongly each is drawn. Kept with the account."""

import json
import re
from typing import Any

from django.utils.translation import gettext as _

from responder.errors import Invalid
from responder.models import User

TEXT_LIMIT = 12_000  # characters
MOST = 100
KEY = re.compile(r"(?:hazards|unknowns|incidents|reports|teams|(?:areas|shapes)-[1-9][0-9]{0,17})")
MEASURES = ("posts", "unanswered", "people")
LEAST_OPACITY = 10  # percent; less can't be seen


def read(stored: Any) -> list[dict[str, Any]]:
    """The settings of an account, checked; what is not valid is left out."""
    rows = stored.get("layers") if isinstance(stored, dict) else None
    if not isinstance(rows, list):
        return []
    found: dict[str, dict[str, Any]] = {}
    for row in rows[:MOST]:
        checked = _row(row)
        if checked:
            found.setdefault(checked["key"], checked)
    return list(found.values())


def store(*, by: User, text: str) -> list[dict[str, Any]]:
    """Store what a browser sends: a JSON list of layers, the topmost first. Raises Invalid.

    It is each person's own view, so it is no change that the audit log keeps, and the last one counts.
    """
    if len(text) > TEXT_LIMIT:
        raise Invalid(_("The settings of the layers are not valid."))
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(_("The settings of the layers are not valid.")) from error
    if not isinstance(given, list) or len(given) > MOST or not all(_row(row) for row in given):
        raise Invalid(_("The settings of the layers are not valid."))
    found = read({"layers": given})
    User.objects.filter(pk=by.pk).update(map_layers={"layers": found})
    return found


def _row(row: Any) -> dict[str, Any] | None:
    if not isinstance(row, dict) or not isinstance(row.get("key"), str) or not KEY.fullmatch(row["key"]):
        return None
    opacity, measure = row.get("opacity", 100), row.get("measure", "posts")
    if not isinstance(opacity, int) or isinstance(opacity, bool) or not LEAST_OPACITY <= opacity <= 100:
        return None
    if (
        measure not in MEASURES
        or not isinstance(row.get("on", False), bool)
        or not isinstance(row.get("rate", False), bool)
    ):
        return None
    return {
        "key": row["key"], "on": row.get("on", False), "opacity": opacity, "measure": measure, "rate": row.get("rate", False),
    }  # fmt: skip
