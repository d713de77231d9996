"""Kinds of hazard, as the GLIDE number names them (https://glidenumber.net), in plain words.

The stored value is the key, such as `flood`. Events of earlier versions may hold any text: it stays valid, and is shown
as it is.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

HAZARDS: dict[str, Promise] = {
    "cold_wave": gettext_lazy("Cold wave"),
    "complex_emergency": gettext_lazy("Complex emergency"),
    "drought": gettext_lazy("Drought"),
    "earthquake": gettext_lazy("Earthquake"),
    "epidemic": gettext_lazy("Epidemic"),
    "extratropical_cyclone": gettext_lazy("Extratropical cyclone"),
    "fire": gettext_lazy("Fire"),
    "flash_flood": gettext_lazy("Flash flood"),
    "flood": gettext_lazy("Flood"),
    "heat_wave": gettext_lazy("Heat wave"),
    "insect_infestation": gettext_lazy("Insect infestation"),
    "landslide": gettext_lazy("Landslide"),
    "mudslide": gettext_lazy("Mudslide"),
    "severe_local_storm": gettext_lazy("Severe local storm"),
    "snow_avalanche": gettext_lazy("Snow avalanche"),
    "storm_surge": gettext_lazy("Storm surge"),
    "technological_disaster": gettext_lazy("Technological disaster"),
    "tornado": gettext_lazy("Tornado"),
    "tropical_cyclone": gettext_lazy("Tropical cyclone"),
    "tsunami": gettext_lazy("Tsunami"),
    "violent_wind": gettext_lazy("Violent wind"),
    "volcano": gettext_lazy("Volcano"),
    "wild_fire": gettext_lazy("Wildfire"),
    "other": gettext_lazy("Other"),
}


def label(value: str) -> str:
    """Return a hazard in words; a value that is not on the list is returned as it is."""
    return str(HAZARDS.get(value, value))
