"""Only labels say decay; other texts ask for labels and never for a training."""

from itertools import product

import pytest

from monitoring.stats.result import Level, Signal, too_few
from monitoring.stats.verdict import decide


def signal(name: str, level: Level) -> Signal:
    return Signal(name, 0.5, 0.4, 0.4, level, 900, 900, "")


CALM, DRIFT = signal("text_drift", "ok"), signal("text_drift", "red")
FEW = too_few("text_drift", n_reference=900, n_window=100, needed=500)


@pytest.mark.parametrize(
    ("signals", "unseen", "audited", "word", "action"),
    [
        ([CALM], 0.0, False, "steady", "none"),
        ([DRIFT], 0.9, False, "new event", "open a labelling burst"),
        ([DRIFT], 0.1, False, "steady", "none"),
        ([DRIFT], 0.9, True, "decay", "retrain early"),
        ([CALM], 0.0, True, "decay", "retrain early"),
        ([FEW], 0.9, True, "decay", "retrain early"),
        ([FEW], 0.9, False, "too few to say", "none"),
        ([], 0.0, False, "too few to say", "none"),
        ([CALM, signal("length", "amber")], 0.0, False, "steady", "none"),
    ],
)
def test_what_a_report_comes_to(signals: list[Signal], unseen: float, audited: bool, word: str, action: str) -> None:
    verdict = decide(signals, unseen_event_share=unseen, audited_alarm=audited)
    assert (verdict.word, verdict.action) == (word, action)
    assert verdict.to_json()["sentence"] == verdict.sentence != ""


def test_nothing_but_labels_ever_retrains() -> None:
    levels: tuple[Level, ...] = ("ok", "amber", "red", "suppressed")
    names = ("text_drift", "prediction_js", "confidence_shift", "estimated_accuracy")
    for chosen, unseen in product(product(levels, repeat=len(names)), (0.0, 1.0)):
        report = [signal(name, level) for name, level in zip(names, chosen, strict=True)]
        assert decide(report, unseen_event_share=unseen, audited_alarm=False).action != "retrain early"


def test_what_moved_is_named() -> None:
    verdict = decide([CALM, signal("length", "amber")], unseen_event_share=0.0, audited_alarm=False)
    assert "length" in verdict.sentence
