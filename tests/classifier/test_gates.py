"""Gates: what passes, what fails, and what cannot be said."""

from copy import deepcopy
from typing import Any

import pytest

from classifier import evidence, gates

DATA = [{"name": "schema", "outcome": "passed", "why": "labels known"}]


@pytest.fixture
def result() -> dict[str, Any]:
    """A comparison that passes every gate."""
    table = {name: {"recall": 0.9, "n": 400} for name in gates.CRITICAL}
    side = {
        "category": {"n": 2_000, "ece": 0.03, "accuracy": 0.8, "per_class": table},
        "unseen": {"n": 1_000, "macro_f1": 0.63},
        "slices": {"lang": {"en": {"n": 2_000, "accuracy": 0.8}}, "hazard": {"flood": {"n": 20, "accuracy": 0.1}}},
    }
    return {
        "n": 2_000,
        "metrics": {"candidate": side, "live": deepcopy(side)},
        "comparison": {
            "delta_macro_f1": {"n": 2_000, "point": 0.0, "low": -0.005, "high": 0.005, "p_not_better": 0.5},
            "mcnemar": {"only_candidate_right": 20, "only_live_right": 22, "p": 0.8},
            "latency": {"n": 200, "ratio_p99": 1.0, "ratio_p50": 1.0},
            "poison": {"labels": 0, "contributors": 0, "flips": 0.0, "triggers": 0, "lift": 0.0},
            "rerun": {"n": 64, "delta_macro_f1": 0.0, "equal": True},
            "languages": {"candidate": ["ar", "en", "es"], "live": ["ar", "en"]},
        },
    }


def outcome(result: dict[str, Any], name: str, *, data: Any = DATA, intact: bool = True) -> dict[str, Any]:
    return next(gate for gate in gates.judge(result, data, intact=intact) if gate["name"] == name)


def test_a_candidate_as_good_as_the_live_version_passes_all(result: dict[str, Any]) -> None:
    found = gates.judge(result, DATA, intact=True)
    assert {gate["outcome"] for gate in found} == {"passed"} and len(found) == 10
    assert evidence.verdict(found) == "passed" and not evidence.is_hopeless(found)


@pytest.mark.parametrize(
    ("gate", "path", "value", "hopeless"),
    [
        ("not_worse", "comparison.delta_macro_f1.low", -0.02, True),
        ("not_worse", "comparison.mcnemar", {"only_candidate_right": 5, "only_live_right": 50, "p": 0.001}, True),
        ("critical_classes", "metrics.candidate.category.per_class.missing_or_found_people.recall", 0.6, False),
        ("critical_classes", "metrics.live.category.per_class.injured_or_dead_people.recall", 0.95, False),
        ("unseen_event", "metrics.candidate.unseen.macro_f1", 0.60, True),
        ("calibration", "metrics.candidate.category.ece", 0.06, False),
        ("slices", "metrics.candidate.slices.lang", {"pt": {"n": 80, "accuracy": 0.6}}, False),
        ("languages", "comparison.languages.candidate", ["en", "es"], False),
        ("latency", "comparison.latency.ratio_p99", 1.3, False),
        ("poison", "comparison.poison.flips", 0.02, True),
        ("poison", "comparison.poison.lift", 0.06, True),
        ("integrity", "comparison.rerun.delta_macro_f1", 0.01, True),
    ],
)
def test_each_gate_fails_past_its_threshold(
    result: dict[str, Any], gate: str, path: str, value: Any, hopeless: bool
) -> None:
    *parents, last = path.split(".")
    place = result
    for name in parents:
        place = place[name]
    place[last] = value
    assert outcome(result, gate)["outcome"] == "failed"
    assert evidence.is_hopeless(gates.judge(result, DATA, intact=True)) == hopeless


@pytest.mark.parametrize(
    ("gate", "path", "said"),
    [
        ("not_worse", "comparison.delta_macro_f1.n", "not enough data: 80 of 300 frozen texts needed"),
        ("critical_classes", "metrics.candidate.category.per_class.missing_or_found_people.n", "80"),
        ("unseen_event", "metrics.candidate.unseen.n", "not enough data: 80 of 300"),
        ("calibration", "metrics.candidate.category.n", "not enough data: 80 of 300"),
        ("latency", "comparison.latency.n", "not enough data: 80 of 100"),
    ],
)
def test_a_gate_without_enough_examples_is_not_evaluable_and_says_how_many_it_needs(
    result: dict[str, Any], gate: str, path: str, said: str
) -> None:
    *parents, last = path.split(".")
    place = result
    for name in parents:
        place = place[name]
    place[last] = 80 if gate != "critical_classes" else 40
    found = outcome(result, gate)
    assert found["outcome"] == "not_evaluable" and found["value"] is None
    assert said in found["why"] or gate == "critical_classes"
    assert evidence.may_waive(found) and not evidence.is_hopeless([found])


def test_changed_files_and_bad_data_fail_for_good(result: dict[str, Any]) -> None:
    assert outcome(result, "integrity", intact=False)["outcome"] == "failed"
    bad = [{"name": "apart", "outcome": "failed", "why": "3 copies on both sides"}]
    assert outcome(result, "data", data=bad)["why"] == "3 copies on both sides"
    assert outcome(result, "data", data=[])["outcome"] == "not_evaluable"


@pytest.mark.parametrize(("p", "said"), [(0.8, "McNemar p 0.800"), (0.00004, "McNemar p < 0.001")])
def test_a_small_chance_is_not_told_as_none(result: dict[str, Any], p: float, said: str) -> None:
    result["comparison"]["mcnemar"]["p"] = p
    assert said in outcome(result, "not_worse")["why"]


def test_the_languages_that_a_candidate_loses_are_named(result: dict[str, Any]) -> None:
    result["comparison"]["languages"] = {"candidate": ["en"], "live": ["en", "ar", "hi"]}
    gate = outcome(result, "languages")
    assert gate["outcome"] == "failed" and gate["value"] == 2 and "lost: Arabic, Hindi" in gate["why"]
    del result["comparison"]["languages"]
    assert outcome(result, "languages")["outcome"] == "not_evaluable"
