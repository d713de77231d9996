"""How often places are put where they are."""

from typing import Any

import pytest

from classifier.places.measure import Given, context_of, measure

ROWS: list[dict[str, Any]] = [
    {
        "event": "kerala_floods",
        "text": "Kochi and Zzyqx under water",
        "location_mentions": [
            {"text": "Kochi", "start": 0, "end": 5, "lat": 9.93, "lon": 76.26},
            {"text": "Zzyqx", "start": 10, "end": 15, "lat": 9.0, "lon": 76.0},
            {"text": "water", "start": 0, "end": 5, "lat": 9.0, "lon": 76.0},  # does not match its text
            {"text": "under", "start": 16, "end": 21, "lat": None, "lon": None},
        ],
    },
    {
        "event": "italy_quake",
        "text": "Rome shaken",
        "location_mentions": [{"text": "Rome", "start": 0, "end": 4, "lat": 60.0, "lon": 10.0}],
    },
]


def test_only_mentions_with_coordinates_and_right_offsets_count() -> None:
    figures = measure(ROWS)
    assert figures["n"] == 3 and figures["placed"] == pytest.approx(2 / 3)
    assert figures["near_of_placed"] == 0.5 and figures["near_of_all"] == pytest.approx(1 / 3)
    assert figures["by_event"]["kerala_floods"]["near_of_placed"] == 1.0


def test_a_mention_that_the_tagger_misses_is_not_placed() -> None:
    figures = measure(
        ROWS, with_context=False, tagger=lambda texts: [[Given(0, 4)] if "Rome" in text else [] for text in texts]
    )
    assert figures["placed"] == pytest.approx(1 / 3) and figures["near_of_all"] == 0


def test_an_operator_knows_the_country_from_the_events_name() -> None:
    assert context_of("kerala_floods_2018").country_codes == ("IN",)
    assert context_of("somewhere").country_codes == ()
