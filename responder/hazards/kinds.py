"""Kinds of hazard as sources name them, as keys of `models.hazards`; and which kinds go together."""

import re

GDACS = {
    "EQ": "earthquake", "TC": "tropical_cyclone", "FL": "flood", "VO": "volcano", "DR": "drought", "WF": "wild_fire",
    "TS": "tsunami",
}  # fmt: skip
# The first that matches decides: "coastal flood" is no "flood", "wind chill" no "wind". Words of English, French, Spanish
# and Portuguese, in which most services write; of others the category of CAP decides.
WORDS = tuple(
    (re.compile(pattern, re.IGNORECASE), hazard)
    for pattern, hazard in (
        (r"tsunami", "tsunami"),
        (r"storm surge|coastal flood|marée de tempête|marejada", "storm_surge"),
        (r"flash flood|crue soudaine|inundaci[oó]n repentina|enxurrada", "flash_flood"),
        (r"flood|inondation|crue|inundaci|inundaç|cheia|hydrolog|overflow", "flood"),
        (r"tornado|tornade", "tornado"),
        (r"hurricane|typhoon|cyclon|ciclon|ciclón|tropical (storm|depression)|ouragan|huracán|furac", "tropical_cyclone"),
        (r"earthquake|seism|séisme|terremoto|sismo", "earthquake"),
        (r"volcan|vulcan|ash ?fall|lahar", "volcano"),
        (r"avalanche|avalancha|snow ?slide", "snow_avalanche"),
        (r"mud ?slide|mud ?flow|coulée de boue", "mudslide"),
        (r"land ?slide|debris flow|glissement|deslizamiento|deslizamento", "landslide"),
        (r"wild ?fire|forest fire|bush ?fire|red flag|fire (weather|danger|risk)|forest-?fire|incendios? forest|feux? de forêt", "wild_fire"),
        (r"cold|freez|frost|wind chill|low[- ]temperature|grand froid|frío|frio|helada|geada", "cold_wave"),
        (r"heat|high[- ]temperature|canicule|calor", "heat_wave"),
        (r"drought|sécheresse|sequ[ií]a|seca\b", "drought"),
        (r"blizzard|winter storm|snow|ice storm|neige|nieve|neve\b", "extratropical_cyclone"),
        (r"thunder|hail|lightning|severe storm|orage|tormenta|trovoada|rain|pluie|lluvia|chuva", "severe_local_storm"),
        (r"wind|gale|squall|vent\b|viento|vento", "violent_wind"),
        (r"storm|tempête|tempestade", "extratropical_cyclone"),
        (r"locust|insect|infestation", "insect_infestation"),
        (r"epidemic|outbreak|cholera|ebola|disease|épidémie", "epidemic"),
        (r"\bfire\b|incend", "fire"),
        (r"chemical|radiolog|nuclear|industrial|hazardous material|dam (break|failure)", "technological_disaster"),
    )
)  # fmt: skip
CATEGORIES = {
    "fire": "fire", "health": "epidemic", "cbrne": "technological_disaster", "transport": "technological_disaster",
    "infra": "technological_disaster",
}  # fmt: skip
ANY = ("", "other", "complex_emergency")  # events of these kinds: every hazard may concern them
# One of a set often brings another of it, so that an alert about one supports reports of the other.
TOGETHER = (
    {"flood", "flash_flood", "storm_surge", "tropical_cyclone", "extratropical_cyclone", "severe_local_storm", "mudslide", "landslide"},
    {"tropical_cyclone", "extratropical_cyclone", "violent_wind", "tornado", "severe_local_storm", "storm_surge"},
    {"earthquake", "tsunami", "landslide"},
    {"fire", "wild_fire"},
    {"heat_wave", "drought", "wild_fire"},
    {"cold_wave", "snow_avalanche", "extratropical_cyclone"},
)  # fmt: skip


def from_words(words: str, category: str = "") -> str:
    """The kind of hazard that a source's words name; empty if none is recognised.

    Arguments:
        category: of CAP, which decides where the words do not.
    """
    for pattern, hazard in WORDS:
        if pattern.search(words[:300]):
            return hazard
    return CATEGORIES.get(category.strip().lower(), "")


def go_together(one: str, other: str) -> bool:
    """Whether an alert about one kind supports reports of the other."""
    if one in ANY or one == other:
        return True
    return any(one in group and other in group for group in TOGETHER)
