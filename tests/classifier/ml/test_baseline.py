"""The bag of words learns what words tell, on the same split as the model."""

from pathlib import Path

import pytest

pytest.importorskip("sklearn", reason="needs the training extra")

from classifier.ml import baseline, datasets


def test_a_bag_of_words_is_measured_on_the_same_texts(corpus: Path) -> None:
    loaded = datasets.load(corpus)
    emergencies = loaded.held_out["emergency"]
    figures = baseline.measure(
        loaded,
        {"category": loaded.held_out["category"], "emergency": emergencies, "needs": loaded.held_out["needs"]},
    )
    assert figures["category"]["macro_f1"] == 1.0 and figures["emergency"]["f1"] == 1.0
    assert 0 < figures["needs"]["macro_f1"] <= 1
    assert "left_out" not in figures
