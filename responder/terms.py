"""Names of severities, groups, needs and roles in the reader's language.

`classifier.categories` holds the constants and knows no Django, for the light distribution has none. Its English names
are the texts that are looked up here; `TEXTS` makes `scripts/translations.py` find them.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, pgettext_lazy

# In the order of `categories.PRIORITIES`, which a test compares with.
SEVERITIES = {1: gettext_lazy("Critical"), 2: gettext_lazy("High"), 3: gettext_lazy("Medium"), 4: gettext_lazy("Low")}
NEEDS = {
    "request": gettext_lazy("Request"), "medical_help": gettext_lazy("Medical help"),
    "medical_products": gettext_lazy("Medical products"), "search_and_rescue": gettext_lazy("Search and rescue"),
    "water": gettext_lazy("Water"), "food": gettext_lazy("Food"), "shelter": gettext_lazy("Shelter"),
    "clothing": gettext_lazy("Clothing"), "money": gettext_lazy("Money"), "missing_people": gettext_lazy("Missing people"),
    "refugees": gettext_lazy("Displaced people"), "infrastructure_related": gettext_lazy("Infrastructure"),
}  # fmt: skip
GROUPS = {
    "needs": gettext_lazy("Needs"), "people": gettext_lazy("People"), "damage": gettext_lazy("Damage"),
    "response": gettext_lazy("Response"), "information": gettext_lazy("Info"),
    "unmeasured": gettext_lazy("Languages we can't read yet"), "aside": gettext_lazy("Set aside"),
}  # fmt: skip
ROLES = {
    "viewer": pgettext_lazy("role", "viewer"), "reviewer": pgettext_lazy("role", "reviewer"),
    "lead": pgettext_lazy("role", "lead"), "approver": pgettext_lazy("role", "approver"),
    "auditor": pgettext_lazy("role", "auditor"), "partner": pgettext_lazy("role", "partner"),
    "administrator": pgettext_lazy("role", "administrator"),
}  # fmt: skip
# Names and descriptions of the shipped categories, and their short names on the map.
TEXTS = frozenset({
    gettext_noop("Requests or urgent needs"), gettext_noop("Injured or dead people"),
    gettext_noop("Missing or found people"), gettext_noop("Displaced people, evacuations"),
    gettext_noop("Infrastructure, utility damage"), gettext_noop("Rescue, volunteering, donation"),
    gettext_noop("Sympathy and support"), gettext_noop("Caution and advice"),
    gettext_noop("Other relevant information"), gettext_noop("Not humanitarian"), gettext_noop("Can't judge"),
    gettext_noop("Somebody needs or asks for something: water, food, shelter, medicine, rescue"),
    gettext_noop("People were hurt or killed, or how many"), gettext_noop("Somebody is looked for, or was found"),
    gettext_noop("People had to leave, are in shelters, or are told to leave"),
    gettext_noop("Buildings, roads, bridges, power, water or phone lines are damaged"),
    gettext_noop("Help that is given or offered: rescue, volunteers, money, goods"),
    gettext_noop("Thoughts, prayers and thanks, without anything to act on"),
    gettext_noop("Warnings, forecasts, instructions and tips"),
    gettext_noop("About the disaster, but none of the above"),
    gettext_noop("Not about the disaster and the people in it"),
})  # fmt: skip


def severity(level: int) -> str:
    """The name of a severity, 1 (Critical) to 4 (Low); empty for any other number."""
    return str(SEVERITIES.get(level, ""))


def need(key: str) -> str:
    """The name of a need; of an unknown one the words of its key."""
    return str(NEEDS[key]) if key in NEEDS else key.replace("_", " ").capitalize()


def group(key: str) -> str:
    """The name of a group of categories. Raises KeyError for an unknown one."""
    return str(GROUPS[key])


def role(name: str) -> str:
    """The name of a role as it stands within a sentence; of any other group its own name."""
    return str(ROLES.get(name, name))


def shipped(text: str) -> str:
    """A name or description of a shipped category, in the reader's language."""
    return _(text) if text in TEXTS else text
