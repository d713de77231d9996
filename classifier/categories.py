"""The taxonomy: categories, groups, priorities and needs, with the names and symbols that people see.

Categories are HumAID's ten humanitarian ones; priorities are TREC-IS's; needs are those of the Disaster Response
Messages. Keys, glyphs and colours are fixed, so that people can learn them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Category:
    """One category: `key` is its keyboard digit, `glyph` a Lucide icon, `css` the stem of its colour tokens."""

    id: str
    label: str
    group: str
    key: str
    glyph: str
    css: str


CANT_JUDGE = "dont_know_cant_judge"

CATEGORIES: tuple[Category, ...] = (
    Category("requests_or_urgent_needs", "Requests or urgent needs", "needs", "1", "hand-helping", "need"),
    Category("injured_or_dead_people", "Injured or dead people", "people", "2", "heart-pulse", "injured"),
    Category("missing_or_found_people", "Missing or found people", "people", "3", "user-round-search", "missing"),
    Category(
        "displaced_people_and_evacuations",
        "Displaced people, evacuations",
        "people",
        "4",
        "footprints",
        "displaced",
    ),
    Category(
        "infrastructure_and_utility_damage",
        "Infrastructure, utility damage",
        "damage",
        "5",
        "zap-off",
        "damage",
    ),
    Category(
        "rescue_volunteering_or_donation_effort",
        "Rescue, volunteering, donation",
        "response",
        "6",
        "life-buoy",
        "rescue",
    ),
    Category("sympathy_and_support", "Sympathy and support", "response", "7", "heart", "sympathy"),
    Category("caution_and_advice", "Caution and advice", "information", "8", "megaphone", "caution"),
    Category("other_relevant_information", "Other relevant information", "information", "9", "info", "info"),
    Category("not_humanitarian", "Not humanitarian", "aside", "0", "ban", "nothum"),
)
# Definitions of the categories for people who label, after HumAID's instructions to its annotators.
DESCRIPTIONS: dict[str, str] = {
    "requests_or_urgent_needs": "Somebody needs or asks for something: water, food, shelter, medicine, rescue",
    "injured_or_dead_people": "People were hurt or killed, or how many",
    "missing_or_found_people": "Somebody is looked for, or was found",
    "displaced_people_and_evacuations": "People had to leave, are in shelters, or are told to leave",
    "infrastructure_and_utility_damage": "Buildings, roads, bridges, power, water or phone lines are damaged",
    "rescue_volunteering_or_donation_effort": "Help that is given or offered: rescue, volunteers, money, goods",
    "sympathy_and_support": "Thoughts, prayers and thanks, without anything to act on",
    "caution_and_advice": "Warnings, forecasts, instructions and tips",
    "other_relevant_information": "About the disaster, but none of the above",
    "not_humanitarian": "Not about the disaster and the people in it",
}
NOT_HUMANITARIAN = "not_humanitarian"
CATEGORY_IDS: tuple[str, ...] = tuple(category.id for category in CATEGORIES)
UNSURE = Category(CANT_JUDGE, "Can't judge", "aside", "U", "circle-question-mark", "unsure")
BY_ID: dict[str, Category] = {category.id: category for category in (*CATEGORIES, UNSURE)}

UNMEASURED = "unmeasured"  # the group of unreviewed posts in languages that the model wasn't measured in
GROUPS: tuple[str, ...] = ("needs", "people", "damage", "response", "information", UNMEASURED, "aside")
GROUP_LABELS: dict[str, str] = {
    "needs": "Needs", "people": "People", "damage": "Damage", "response": "Response",
    "information": "Info", "unmeasured": "Languages we can't read yet", "aside": "Set aside",
}  # fmt: skip
GROUP_GLYPHS: dict[str, str] = {
    "needs": "hand-helping", "people": "user-round-search", "damage": "zap-off", "response": "life-buoy",
    "information": "info", "unmeasured": "languages", "aside": "ban",
}  # fmt: skip
ACTIONABLE_GROUPS: tuple[str, ...] = ("needs", "people", "damage")
URGENT_GROUPS: tuple[str, ...] = (*ACTIONABLE_GROUPS, UNMEASURED)  # an unread post may be a call for help

PRIORITIES: tuple[str, ...] = ("Critical", "High", "Medium", "Low")
NEEDS: tuple[str, ...] = (
    "request", "medical_help", "medical_products", "search_and_rescue", "water", "food", "shelter", "clothing",
    "money", "missing_people", "refugees", "infrastructure_related",
)  # fmt: skip


def label(category_id: str) -> str:
    """The category's display name. Raises KeyError for an unknown one."""
    return BY_ID[category_id].label


def group_of(category_id: str) -> str:
    """The group that a category belongs to. Raises KeyError for an unknown one."""
    return BY_ID[category_id].group
