"""Places of reports: where help is needed, which is not always where the reporter is."""

import math
from dataclasses import dataclass

from django.utils.translation import gettext as _

from classifier.places.positions import is_possible
from responder.errors import Invalid
from responder.feeds.raw_post import StatedPlace

PLACE_LIMIT = 150
LEAST_KM, MOST_KM = 0.05, 100.0  # of the circle around a pin
NEED, REPORTER = "need", "reporter"
DIGITS = 24


@dataclass(frozen=True, slots=True)
class GivenPlace:
    """The places of a report.

    Arguments:
        text: where help is needed, as typed; may be empty.
        pin: where help is needed, or None.
        reporter, reporter_text: where the reporter is, if that is another place.
    """

    text: str = ""
    pin: StatedPlace | None = None
    reporter: StatedPlace | None = None
    reporter_text: str = ""


def divide(text: str, pin: StatedPlace | None, *, of: str, about: str) -> GivenPlace:
    """Return one typed or pinned place as that of the need or of the reporter.

    Arguments:
        of: `need` or `reporter`; empty where that was not stated: then the place is that of the need only if the reporter
            needs the help.
        about: `self` or `other`.
    """
    if of == NEED or (of != REPORTER and about != "other"):
        return GivenPlace(text, pin)
    return GivenPlace(reporter=pin, reporter_text=text)


def pin(latitude: str, longitude: str, radius_km: str = "", name: str = "") -> StatedPlace | None:
    """Parse a pin; None where both are empty. Raises Invalid."""
    if not latitude.strip() and not longitude.strip():
        return None
    degrees = _number(latitude), _number(longitude)
    if degrees[0] is None or degrees[1] is None or not is_possible(degrees[0], degrees[1]):
        raise Invalid(_("Enter latitude and longitude in degrees, such as -19.84 and 34.85."))
    radius = _number(radius_km) if radius_km.strip() else LEAST_KM
    return StatedPlace(
        round(degrees[0], 6), round(degrees[1], 6), min(max(radius or LEAST_KM, LEAST_KM), MOST_KM), name=name
    )


def _number(text: str) -> float | None:
    text = text.strip().replace(",", ".")
    if len(text) > DIGITS:
        return None
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None
