"""The document's figures are those of the study's file."""

import json
from pathlib import Path

DOCS = Path(__file__).parents[3] / "docs"
STUDY = json.loads((DOCS / "figures" / "drift.json").read_text())
TEXT = (DOCS / "reference" / "drift.md").read_text()


def test_alarms_of_halves() -> None:
    halves = STUDY["halves"]
    assert f"(`{halves['event']}`, {halves['n_a_side']} a side, {halves['halves']} random halves)" in TEXT
    for name, alarms in halves["alarms"].items():
        assert f"| `{name}` | {alarms} |" in TEXT


def test_one_event_against_another() -> None:
    for pair in STUDY["against"]:
        text, js = pair["signals"][:2]
        row = f"| `{pair['window']}` | {text['value']:.3f} | {text['null_99']:.3f} | {js['value']:.3f} |"
        assert f"{row} {pair['verdict']['word']} |" in TEXT


def test_errors_of_estimated_accuracy() -> None:
    cbpe = STUDY["cbpe"]
    for row, metric in (
        ("accuracy", "accuracy"),
        ("accuracy, probabilities as the model states them", "uncorrected_accuracy"),
        ("macro-F1 over the classes that are expected", "macro_f1"),
    ):
        mean, worst = (100 * cbpe[f"{metric}_error_{kind}"] for kind in ("mean", "worst"))
        assert f"| {row} | {mean:.1f} | {worst:.1f} |" in TEXT
    held, events = cbpe["intervals_that_hold_the_true_accuracy"], cbpe["events"]
    assert f"in {held} of {events} events; accuracy fires in {cbpe['accuracy_alarms']}, macro-F1 in" in TEXT
    accuracy, f1 = (100 * share for share in cbpe["band_unseen_error"])
    assert f"({accuracy:.1f} points of accuracy, {f1:.1f} of macro-F1)" in TEXT
