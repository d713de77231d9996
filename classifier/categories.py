"""The taxonomy: categories, groups, priorities and needs, with the names and symbols that people see.

Categories are HumAID's ten humanitarian ones; priorities are TREC-IS's; needs are those of the Disaster Response
Messages. `CATEGORIES` never changes: the shipped model answers with them, and rules go by them.

An organisation's label schema may show them under other names and in other colours, and may add categories of its own,
each of which belongs to one of the ten (its base). What pages, files and the API show comes from `BY_ID`, which follows
the active schema; `base_of` gives the category that rules go by. Without a schema both are the ten.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Category:
    """One category.

    Arguments:
        key: its keyboard digit; empty for an organisation's own.
        glyph: a Lucide icon. css: the stem of its colour tokens.
        base: the one of the ten that it belongs to; empty for itself.
        description: what a text says that belongs to it; empty: the shipped description.
        is_offered: whether people can choose it. Texts that have it already keep it.
        merged_into: the category that it is counted and shown as, if it was merged.
    """

    id: str
    label: str
    group: str
    key: str
    glyph: str
    css: str
    base: str = ""
    description: str = ""
    is_offered: bool = True
    merged_into: str = ""


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
SHIPPED: Mapping[str, Category] = {category.id: category for category in (*CATEGORIES, UNSURE)}


class Shown(Mapping[str, Category]):
    """The categories as people see them, in the order of the pages. They follow the active label schema."""

    def __init__(self) -> None:
        self._read: Callable[[], Mapping[str, Category]] = lambda: SHIPPED
        self._read_again: Callable[[str], Mapping[str, Category]] = lambda _category_id: SHIPPED

    def follow(
        self, read: Callable[[], Mapping[str, Category]], read_again: Callable[[str], Mapping[str, Category]]
    ) -> None:
        """Show what `read` returns from now on.

        Arguments:
            read: called for every look-up, so it must be quick.
            read_again: called with an id that `read` doesn't know: another process may have just added it.
        """
        self._read, self._read_again = read, read_again

    def __getitem__(self, category_id: str) -> Category:
        if not isinstance(category_id, str):
            raise KeyError(category_id)
        found = self._read().get(category_id)
        return self._read_again(category_id)[category_id] if found is None else found

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __contains__(self, category_id: object) -> bool:
        return isinstance(category_id, str) and self.get(category_id) is not None


BY_ID = Shown()

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


def base_of(category_id: str) -> str:
    """The one of the ten that a category belongs to, by which rules go; the id itself if it is unknown."""
    known = BY_ID.get(category_id)
    return (known.base or known.id) if known else category_id


def description_of(category_id: str) -> str:
    """What a text says that belongs to a category. Raises KeyError for an unknown one."""
    known = BY_ID[category_id]
    return known.description or DESCRIPTIONS.get(known.base or known.id, "")


def offered() -> list[Category]:
    """The categories that people can choose, in the order of the pages, without “can't judge”."""
    return [one for one in BY_ID.values() if one.is_offered and one.id != CANT_JUDGE]


def offered_ids() -> list[str]:
    """The ids of the categories that people can choose, “can't judge” last."""
    return [*(one.id for one in offered()), CANT_JUDGE]


def ids_within(category_id: str) -> tuple[str, ...]:
    """The ids that count as this category: its own, those of its own kinds if it is one of the ten, and those merged into it."""
    return tuple(one.id for one in BY_ID.values() if category_id in (one.id, one.base, one.merged_into))
