"""Labelling guidelines: for each category two examples and one counter-example.

Written for this product; none is anybody's post.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Guideline:
    """`like` are of the category; `unlike` is not, `instead` says what it is."""

    like: tuple[Any, Any]  # texts that are translated when they are shown
    unlike: Any
    instead: str


GUIDELINES: dict[str, Guideline] = {
    "requests_or_urgent_needs": Guideline(
        (_("Our street has had no drinking water since Monday, please send some"), _("Insulin needed at the sports hall")),
        _("We are handing out water at the sports hall"), "rescue_volunteering_or_donation_effort",
    ),
    "injured_or_dead_people": Guideline(
        (_("Two people were hurt when the wall fell"), _("The mayor confirms four deaths")),
        _("The wall of the school fell"), "infrastructure_and_utility_damage",
    ),
    "missing_or_found_people": Guideline(
        (_("Nobody has heard from my uncle since the river rose"), _("The boy from the ferry was found, he is well")),
        _("Hundreds had to leave their homes"), "displaced_people_and_evacuations",
    ),
    "displaced_people_and_evacuations": Guideline(
        (_("The lower town is told to leave before dark"), _("Sixty families sleep in the church")),
        _("Leave early if the siren sounds: how to pack a bag"), "caution_and_advice",
    ),
    "infrastructure_and_utility_damage": Guideline(
        (_("The bridge on the coast road is gone"), _("No power in the whole harbour district")),
        _("The storm arrives tonight with winds of 150 km/h"), "caution_and_advice",
    ),
    "rescue_volunteering_or_donation_effort": Guideline(
        (_("Boats leave at six to fetch people from the roofs"), _("You can give blankets at the library")),
        _("We need blankets at the library"), "requests_or_urgent_needs",
    ),
    "sympathy_and_support": Guideline(
        (_("Our thoughts are with everybody on the coast"), _("Thank you to the crews who did not sleep")),
        _("Thank you, forty volunteers came to dig today"), "rescue_volunteering_or_donation_effort",
    ),
    "caution_and_advice": Guideline(
        (_("Boil water before you drink it"), _("The river will rise until Thursday, keep away from the banks")),
        _("The river has flooded the market"), "other_relevant_information",
    ),
    "other_relevant_information": Guideline(
        (_("The storm made landfall at four in the morning"), _("Schools stay closed this week")),
        _("The school has lost its roof"), "infrastructure_and_utility_damage",
    ),
    "not_humanitarian": Guideline(
        (_("This traffic is a disaster"), _("Flooded with birthday wishes, thanks all")),
        _("Traffic stands because the tunnel is under water"), "infrastructure_and_utility_damage",
    ),
}  # fmt: skip
