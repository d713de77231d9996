"""The area of a form: a polygon as GeoJSON text, and the four numbers of its bounds, which are kept in step.

A browser with scripts fills both in. Without scripts a person changes one of them, and the one that was changed counts:
numbers make a rectangle, a text makes its polygon.
"""

import math
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from responder.errors import FieldChecks, Invalid
from responder.models import polygons
from responder.models.polygons import CORNERS, DECIMALS, Polygon

NUMBER_LIMIT = 24  # characters


def read(fields: Mapping[str, Any], checks: FieldChecks, *, before: Polygon | None = None) -> Polygon | None:
    """Return the area of a form's `area`, `west`, `south`, `east` and `north`, or None. Puts what is wrong on `checks`.

    Arguments:
        before: the area that the form showed.
    """
    drawn = checks.read("area", _parsed, str(fields.get("area") or ""))
    corners = [checks.read(name, degrees, str(fields.get(name) or "")) for name in CORNERS]
    if any(checks.has(name) for name in ("area", *CORNERS)):
        return None
    shown = _rounded(before) if before else [None] * len(CORNERS)
    if corners != shown or drawn is None:
        for name, message in polygons.corner_errors(corners).items():
            checks.refuse(name, message)
        if any(checks.has(name) for name in CORNERS):
            return None
    return _changed(drawn, corners, before, shown, checks)


def _changed(
    drawn: Polygon | None, corners: list[Any], before: Polygon | None, shown: list[Any], checks: FieldChecks
) -> Polygon | None:
    """Whichever of the polygon and the numbers a person changed."""
    from_corners = None if None in corners else polygons.rectangle(*corners)
    if drawn is None:
        return from_corners
    if corners == _rounded(drawn):
        return drawn
    if corners == shown or (None in corners and drawn != before):
        return drawn
    if drawn == before:
        return from_corners
    checks.refuse("area", _("The polygon and the four numbers differ. Clear one of them."))
    return None


def degrees(text: str) -> float | None:
    """Return a number of degrees, rounded to about a metre; None for an empty text. Raises Invalid."""
    text = text.strip().replace("−", "-").replace(",", ".")
    if not text:
        return None
    try:
        number = float(text) if len(text) <= NUMBER_LIMIT else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Invalid(_("Enter degrees as a number such as -19.84."))
    return round(number, DECIMALS) + 0.0


def _parsed(text: str) -> Polygon | None:
    if not text.strip():
        return None
    try:
        return polygons.parse(text)
    except ValidationError as error:
        raise Invalid(error.messages[0]) from error


def _rounded(area: Polygon) -> list[float]:
    return [round(value, DECIMALS) + 0.0 for value in polygons.bounds(area)]
