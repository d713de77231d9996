"""Labelling guidelines: for each category two examples and one counter-example.

Written for this product; none is anybody's post.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guideline:
    """`like` are of the category; `unlike` is not, `instead` says what it is."""

    like: tuple[str, str]
    unlike: str
    instead: str


GUIDELINES: dict[str, Guideline] = {
    "requests_or_urgent_needs": Guideline(
        ("Our street has had no drinking water since Monday, please send some", "Insulin needed at the sports hall"),
        "We are handing out water at the sports hall", "rescue_volunteering_or_donation_effort",
    ),
    "injured_or_dead_people": Guideline(
        ("Two people were hurt when the wall fell", "The mayor confirms four deaths"),
        "The wall of the school fell", "infrastructure_and_utility_damage",
    ),
    "missing_or_found_people": Guideline(
        ("Nobody has heard from my uncle since the river rose", "The boy from the ferry was found, he is well"),
        "Hundreds had to leave their homes", "displaced_people_and_evacuations",
    ),
    "displaced_people_and_evacuations": Guideline(
        ("The lower town is told to leave before dark", "Sixty families sleep in the church"),
        "Leave early if the siren sounds: how to pack a bag", "caution_and_advice",
    ),
    "infrastructure_and_utility_damage": Guideline(
        ("The bridge on the coast road is gone", "No power in the whole harbour district"),
        "The storm arrives tonight with winds of 150 km/h", "caution_and_advice",
    ),
    "rescue_volunteering_or_donation_effort": Guideline(
        ("Boats leave at six to fetch people from the roofs", "You can give blankets at the library"),
        "We need blankets at the library", "requests_or_urgent_needs",
    ),
    "sympathy_and_support": Guideline(
        ("Our thoughts are with everybody on the coast", "Thank you to the crews who did not sleep"),
        "Thank you, forty volunteers came to dig today", "rescue_volunteering_or_donation_effort",
    ),
    "caution_and_advice": Guideline(
        ("Boil water before you drink it", "The river will rise until Thursday, keep away from the banks"),
        "The river has flooded the market", "other_relevant_information",
    ),
    "other_relevant_information": Guideline(
        ("The storm made landfall at four in the morning", "Schools stay closed this week"),
        "The school has lost its roof", "infrastructure_and_utility_damage",
    ),
    "not_humanitarian": Guideline(
        ("This traffic is a disaster", "Flooded with birthday wishes, thanks all"),
        "Traffic stands because the tunnel is under water", "infrastructure_and_utility_damage",
    ),
}  # fmt: skip
