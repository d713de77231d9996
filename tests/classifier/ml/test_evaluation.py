"""Figures: computed as the field defines them."""

from typing import Any

import numpy as np
import pytest

from classifier.answers import Answer, Mention
from classifier.categories import CATEGORY_IDS, NEEDS, PRIORITIES
from classifier.ml import evaluation
from classifier.ml.runtime import Runtime
from classifier.ml.sources import Example


def answer(category: str = CATEGORY_IDS[0], sure: float = 0.9, **changes: Any) -> Answer:
    rest = (1 - sure) / (len(CATEGORY_IDS) - 1)
    values: dict[str, Any] = {
        "categories": {name: sure if name == category else rest for name in CATEGORY_IDS}, "category": category,
        "probability": sure, "abstained": False, "emergency": True, "emergency_probability": 0.9,
        "priorities": dict(zip(PRIORITIES, (0.1, 0.2, 0.3, 0.4), strict=True)), "priority": "Low",
        "priority_probability": 0.4, "priority_score": 0.3, "needs": dict.fromkeys(NEEDS, 0.1), "needs_detected": (), "informative_probability": 0.9,
    }  # fmt: skip
    return Answer(**(values | changes))


def test_precision_recall_and_f1_of_each_class() -> None:
    table = evaluation.per_class(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), ["a", "b", "c"])
    assert table["a"] == {"precision": 1.0, "recall": pytest.approx(2 / 3), "f1": pytest.approx(0.8), "n": 3}
    assert table["b"] == {"precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3), "n": 1}
    assert table["c"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "n": 0}


def test_categories_are_judged_by_the_label_that_is_answered() -> None:
    given = [answer(sure=0.9), answer(sure=0.8), answer(CATEGORY_IDS[1], 0.4)]
    figures = evaluation.category(given, [Example("a", 0), Example("b", 1), Example("c", 1)], CATEGORY_IDS)
    assert figures["accuracy"] == pytest.approx(2 / 3)
    assert figures["weighted_f1"] == pytest.approx(2 / 3)
    assert figures["accuracy_at_coverage"]["0.4"] == 1.0  # the surest one is right


def test_other_events_count_only_the_classes_that_occur_there() -> None:
    figures = evaluation.unseen([answer(), answer()], [Example("a", 0), Example("b", 0)], CATEGORY_IDS)
    assert figures["macro_f1"] == 1.0 and figures["classes"] == 1


def test_an_emergency_is_judged_by_yes() -> None:
    given = [answer(), answer(emergency=False, emergency_probability=0.1)]
    figures = evaluation.emergency(given, [Example("a", 1.0), Example("b", 1.0)], ["emergency"])
    assert figures["f1"] == pytest.approx(2 / 3) and figures["accuracy"] == 0.5


def test_the_urgent_posts_are_looked_for_among_those_that_are_read_first() -> None:
    scores = [0.9, 0.8] + [0.1] * 8
    given = [answer(priority_score=score) for score in scores]
    rows = [Example("a", 0), Example("b", 3)] + [Example("c", 1)] + [Example("d", 3)] * 7
    figures = evaluation.priority(given, rows, PRIORITIES)
    assert figures["urgent_recall_at_20_percent"] == 0.5


def test_each_need_has_figures_of_its_own() -> None:
    flags = [float(need == "water") for need in NEEDS]
    figures = evaluation.needs([answer(needs_detected=("water",)), answer()], [Example("a", flags)] * 2, NEEDS)
    assert figures["per_class"]["water"]["recall"] == 0.5
    assert figures["per_class"]["food"]["f1"] == 0


def test_a_task_without_examples_has_no_figures(runtime: Runtime) -> None:
    rows = [Example("The bridge has collapsed", CATEGORY_IDS.index("infrastructure_and_utility_damage"))]
    figures = evaluation.measure(runtime, {"category": rows, "needs": []})
    assert list(figures) == ["category"] and figures["category"]["accuracy"] == 1


def test_locations_count_where_start_and_end_are_right() -> None:
    given = [answer(mentions=(Mention(0, 5, 0.9), Mention(8, 10, 0.9))), answer(mentions=())]
    figures = evaluation.location(given, [Example("a", ((0, 5), (8, 11))), Example("b", ((1, 2),))])
    assert (figures["precision"], figures["recall"]) == (0.5, pytest.approx(1 / 3)) and figures["spans"] == 3


def test_alerts_on_everything_and_on_nothing_are_worth_little() -> None:
    urgent = np.array([False] * 30 + [True] + [False] * 30 + [True])
    perfect, nothing, everything = (
        evaluation.alert_worth(urgent, said) for said in (urgent, np.zeros(62, bool), np.ones(62, bool))
    )
    assert (perfect, nothing) == (0.5, -0.5) and nothing < everything < 0.2


def test_an_alert_is_a_score_from_seven_tenths() -> None:
    rows = [Example("a", 0), Example("b", 3), Example("c", 1)]
    given = [answer(priority_score=0.7), answer(priority_score=0.69), answer(priority_score=0.2)]
    figures = evaluation.priority(given, rows, PRIORITIES)
    assert (figures["alerted"], figures["alerted_of_urgent"]) == (pytest.approx(1 / 3), 0.5)
    assert figures["alert_worth"] == 0.0  # one found, one missed, no false alert


def test_a_slice_is_measured_with_its_own_interval() -> None:
    rows = [Example("a", 0, event="flood"), Example("b", 1, event="fire"), Example("c", 0, event="flood")]
    table = evaluation.slices([answer()] * 3, rows, CATEGORY_IDS, "event")
    assert table["flood"]["accuracy"] == 1.0 and table["fire"]["accuracy"] == 0.0 and table["flood"]["n"] == 2
    assert table["flood"]["interval"][0] < 0.5


def test_the_confusion_table_has_the_truth_in_its_rows() -> None:
    given = [answer(), answer(CATEGORY_IDS[2])]
    table = evaluation.category(given, [Example("a", 1), Example("b", 2)], CATEGORY_IDS)["confusion"]
    assert table[1][0] == 1 and table[2][2] == 1 and sum(map(sum, table)) == 2
