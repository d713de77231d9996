"""How far an earthquake is felt, roughly, where the source states its magnitude alone."""

import re

UNKNOWN_KM, LEAST_KM, MOST_KM = 100.0, 10.0, 500.0
STATED = re.compile(r"(?:magnitude\s*|\bM\s*)(\d{1,2}(?:\.\d{1,2})?)|(\d{1,2}\.\d{1,2})\s*M", re.IGNORECASE)


def felt_km(magnitude: float | None) -> float:
    """Kilometres around the epicentre: 30 at magnitude 5, 100 at 6, 320 at 7, and never more than 500."""
    if magnitude is None or not -2 <= magnitude <= 11:
        return UNKNOWN_KM
    return round(min(MOST_KM, max(LEAST_KM, 10 ** (magnitude / 2 - 1))), 1)


def magnitude_of(text: str) -> float | None:
    """The magnitude that a text such as “Magnitude 5.1M, Depth:10km” states, or None."""
    found = STATED.search(text[:200])
    return float(found[1] or found[2]) if found else None
