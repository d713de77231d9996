"""The same situations in twenty languages: the file, and what its figures say."""

from collections import Counter
from typing import Any

from classifier.categories import CATEGORY_IDS
from classifier.ml import parallel, situations
from classifier.ml.text import normalise


def answer(row: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What a model that is always right answers."""
    place = row["place"]
    found = [{"latitude": place["lat"], "longitude": place["lon"]}] if place else []
    return {
        "category": {"label": row["category"], "abstained": False},
        "emergency": {"label": row["emergency"]},
        "priority": {"label": "Critical" if row["urgent"] else "Low"},
        "places": found,
    } | changes


def test_every_situation_is_told_in_every_language_with_the_same_labels() -> None:
    rows = parallel.read()
    by_scenario = Counter(row["scenario"] for row in rows)
    assert set(by_scenario.values()) == {20} and len(rows) == 800
    told = {(row["scenario"], row["category"], row["emergency"], row["urgent"]) for row in rows}
    assert len(told) == len(by_scenario) and {row["category"] for row in rows} == set(CATEGORY_IDS)


def test_no_model_is_trained_on_them() -> None:
    taught = {normalise(row["text"]) for row in situations.read()}
    assert not taught & {normalise(row["text"]) for row in parallel.read()}


def test_a_model_that_is_always_right_is_believed_in_every_language() -> None:
    rows = parallel.read()
    figures = parallel.measure(rows, [answer(row) for row in rows])
    assert all(
        row["category"] == row["urgent_kept"] == row["placed"] == row["emergency"] == 1 for row in figures.values()
    )
    assert all(row["urgent_falsely"] == row["real_as_calm"] == 0 and row["n"] == 40 for row in figures.values())
    assert len(parallel.believed(figures)) == 20


def test_a_language_in_which_cries_for_help_look_calm_is_not_believed() -> None:
    rows = parallel.read()
    calm = {"priority": {"label": "Low"}, "category": {"label": "not_humanitarian", "abstained": False}, "places": []}
    figures = parallel.measure(rows, [answer(row, **calm) if row["lang"] == "ar" else answer(row) for row in rows])
    assert figures["ar"]["urgent_kept"] == figures["ar"]["placed"] == 0 and figures["ar"]["real_as_calm"] == 1
    assert "ar" not in parallel.believed(figures) and "fa" in parallel.believed(figures)
