"""The gates that a candidate must pass before approval. Each has a formula, a threshold and an explanation.

A gate without enough examples is not evaluable: it blocks the approval and says how many it needs. The reasons for the
thresholds are in docs/adr/0007-promotion-gates.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from classifier.evidence import FAILED, NOT_EVALUABLE, PASSED
from classifier.languages import name_of
from classifier.ml.intervals import wilson

FEWEST = 300  # texts needed to compare two versions
FEWEST_OF_CLASS = 50
FEWEST_OF_SLICE = 50
FEWEST_UNSEEN = 300
FEWEST_TIMED = 100

# Thresholds; differences are candidate − live, as shares (0.01 is one point)
SIGNIFICANT_P = 0.05
LEAST_F1_DELTA = -0.01  # lower 95 % bound
LEAST_RECALL = 0.70  # Wilson's lower bound, each critical class
MOST_RECALL_LOSS = 0.02  # each critical class
LEAST_UNSEEN_DELTA = -0.02
MOST_CALIBRATION_ERROR = 0.05
LEAST_SLICE_DELTA = -0.10  # accuracy of a slice − accuracy of the whole
MOST_LATENCY_RATIO = 1.2  # 99th percentile, candidate ÷ live
MOST_FLIPS = 0.01  # share of answers that depend on one contributor
MOST_HIDDEN = 0.05  # share of the urgent texts that a suspicious word hides
MOST_RERUN_DELTA = 0.005  # macro-F1 of two runs with the same seed

CRITICAL = ("requests_or_urgent_needs", "injured_or_dead_people", "missing_or_found_people")
Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Gate:
    """The outcome of one gate.

    Arguments:
        outcome: passed, failed or not_evaluable.
        value, threshold: as in the formula; None if the gate is not evaluable.
        why: explanation for people.
    """

    name: str
    outcome: str
    value: float | None
    threshold: float | None
    why: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def judge(result: Figures, data_gates: Sequence[Figures], *, intact: bool) -> list[dict[str, Any]]:
    """Evaluate all gates.

    Arguments:
        result: the comparison, as `classifier.ml.compare` writes it.
        data_gates: the snapshot's gates.
        intact: whether the candidate's files match its manifest.
    """
    shares = [finding for finding in data_gates if finding["name"] == "class_shares"]
    others = [finding for finding in data_gates if finding["name"] != "class_shares"]
    gates = [_data(others), _integrity(result, intact), *map(_shares, shares)]
    return [gate.to_json() for gate in [*gates, *(check(result) for check in CHECKS)]]


def not_worse(result: Figures) -> Gate:
    """Lower 95 % bound of Δ macro-F1 ≥ −1 point, and not significantly worse by McNemar."""
    delta, test = result["comparison"]["delta_macro_f1"], result["comparison"]["mcnemar"]
    if delta["n"] < FEWEST:
        return _too_few("not_worse", delta["n"], FEWEST, "frozen texts")
    worse = test["p"] < SIGNIFICANT_P and test["only_live_right"] > test["only_candidate_right"]
    better = ", significantly better" if delta["p_not_better"] < SIGNIFICANT_P else ""
    chance = f"p {test['p']:.3f}" if test["p"] >= 0.001 else "p < 0.001"  # never "p 0.000"
    text = f"macro-F1 {delta['point']:+.3f} ({delta['low']:+.3f} to {delta['high']:+.3f}){better}; McNemar {chance}"
    return _decide("not_worse", delta["low"], LEAST_F1_DELTA, delta["low"] >= LEAST_F1_DELTA and not worse, text)


def critical_classes(result: Figures) -> Gate:
    """Recall of each critical class: Wilson's lower bound ≥ .70, and ≥ live − 2 points."""
    mine, live = (_per_class(result, side) for side in ("candidate", "live"))
    counts = {name: mine.get(name, {"n": 0})["n"] for name in CRITICAL}
    rarest = min(counts, key=counts.__getitem__)
    if counts[rarest] < FEWEST_OF_CLASS:
        return _too_few("critical_classes", counts[rarest], FEWEST_OF_CLASS, f"texts of {rarest}")
    lows = {name: wilson(mine[name]["recall"], counts[name])[0] for name in CRITICAL}
    worst = min(lows, key=lows.__getitem__)
    fallen = [name for name in CRITICAL if mine[name]["recall"] < live[name]["recall"] - MOST_RECALL_LOSS]
    text = f"lowest: {worst}, recall {mine[worst]['recall']:.3f}, lower bound {lows[worst]:.3f}"
    text += f"; fell by more than {100 * MOST_RECALL_LOSS:.0f} points: {', '.join(fallen)}" if fallen else ""
    return _decide("critical_classes", lows[worst], LEAST_RECALL, lows[worst] >= LEAST_RECALL and not fallen, text)


def unseen_event(result: Figures) -> Gate:
    """Macro-F1 on events that neither version was trained on ≥ live − 2 points."""
    mine, live = (result["metrics"][side].get("unseen", {"n": 0}) for side in ("candidate", "live"))
    if mine["n"] < FEWEST_UNSEEN:
        return _too_few("unseen_event", mine["n"], FEWEST_UNSEEN, "texts of events not used in training")
    delta = mine["macro_f1"] - live["macro_f1"]
    text = f"macro-F1 on other events {mine['macro_f1']:.3f}, live {live['macro_f1']:.3f}"
    return _decide("unseen_event", delta, LEAST_UNSEEN_DELTA, delta >= LEAST_UNSEEN_DELTA, text)


def calibration(result: Figures) -> Gate:
    """Expected calibration error, 15 bins, ≤ .05."""
    mine = result["metrics"]["candidate"].get("category", {"n": 0})
    if mine["n"] < FEWEST:
        return _too_few("calibration", mine["n"], FEWEST, "frozen texts")
    error = mine["ece"]
    passed = error <= MOST_CALIBRATION_ERROR
    return _decide("calibration", error, MOST_CALIBRATION_ERROR, passed, f"calibration error {error:.3f}")


def slices(result: Figures) -> Gate:
    """No language, source or hazard with enough texts is more than 10 points below the overall figure."""
    mine = result["metrics"]["candidate"]
    whole = mine.get("category", {}).get("accuracy")
    large = {
        f"{part} {name}": row["accuracy"] - whole
        for part, table in mine["slices"].items()
        for name, row in table.items()
        if row["n"] >= FEWEST_OF_SLICE
    }
    if not large:
        return _too_few("slices", 0, FEWEST_OF_SLICE, "texts of any slice")
    worst = min(large, key=large.__getitem__)
    delta = large[worst]
    return _decide("slices", delta, LEAST_SLICE_DELTA, delta >= LEAST_SLICE_DELTA, f"lowest: {worst}, {delta:+.3f}")


def latency(result: Figures) -> Gate:
    """p99 latency of one text ≤ 1.2 times the live version's, measured alternately in one process."""
    timed = result["comparison"]["latency"]
    if timed["n"] < FEWEST_TIMED:
        return _too_few("latency", timed["n"], FEWEST_TIMED, "texts to time")
    ratio = timed["ratio_p99"]
    text = f"p99 {ratio:.2f} times live, median {timed['ratio_p50']:.2f}"
    return _decide("latency", ratio, MOST_LATENCY_RATIO, ratio <= MOST_LATENCY_RATIO, text)


def poison(result: Figures) -> Gate:
    """≤ 1 % of answers depend on one contributor beyond chance; a suspicious word hides ≤ 5 % of the urgent texts."""
    found = result["comparison"]["poison"]
    text = (
        f"{found['labels']} labels of {found['contributors']} people: at most {found['flips']:.2%} of answers depend on one person;"
        f" {found['triggers']} suspicious words hide at most {found['lift']:.1%} of urgent texts"
    )
    passed = found["flips"] <= MOST_FLIPS and found["lift"] <= MOST_HIDDEN
    return _decide("poison", found["lift"], MOST_HIDDEN, passed, text)


def languages(result: Figures) -> Gate:
    """Every language in which the live version's category counts as measured counts in the candidate's too."""
    told = result["comparison"].get("languages")
    if told is None:
        return Gate("languages", NOT_EVALUABLE, None, None, "the comparison is older than this gate")
    lost = sorted(set(told["live"]) - set(told["candidate"]))
    text = f"{len(told['candidate'])} languages are measured, live {len(told['live'])}"
    text += f"; lost: {', '.join(map(name_of, lost))}" if lost else ""
    return _decide("languages", float(len(lost)), 0.0, not lost, text)


def _data(findings: Sequence[Figures]) -> Gate:
    bad = [finding for finding in findings if finding["outcome"] != PASSED]
    if not findings:
        return Gate("data", NOT_EVALUABLE, None, None, "no snapshot: this version was not trained on this site")
    text = "; ".join(finding["why"] for finding in bad) or f"{len(findings)} checks of the data passed"
    return _decide("data", float(len(bad)), 0.0, not bad, text)


def _shares(finding: Figures) -> Gate:
    return Gate("class_shares", finding["outcome"], None, None, finding["why"])


def _integrity(result: Figures, intact: bool) -> Gate:
    again = result["comparison"].get("rerun")
    text = "files match their manifest" if intact else "files do not match their manifest"
    if again is None:
        text += "; its training was not repeated with the same seed"
        return Gate("integrity", NOT_EVALUABLE if intact else FAILED, None, None, text)
    text += f"; same seed again: macro-F1 differs by {again['delta_macro_f1']:.4f}"
    passed = intact and again["delta_macro_f1"] <= MOST_RERUN_DELTA
    return _decide("integrity", again["delta_macro_f1"], MOST_RERUN_DELTA, passed, text)


def _per_class(result: Figures, side: str) -> Mapping[str, Any]:
    table: Mapping[str, Any] = result["metrics"][side].get("category", {}).get("per_class", {})
    return table


def _decide(name: str, value: float, threshold: float, passed: bool, why: str) -> Gate:
    return Gate(name, PASSED if passed else FAILED, round(value, 6), threshold, why)


def _too_few(name: str, have: int, need: int, what: str) -> Gate:
    return Gate(name, NOT_EVALUABLE, None, None, f"not enough data: {have} of {need} {what} needed")


CHECKS: tuple[Callable[[Figures], Gate], ...] = (
    not_worse, critical_classes, unseen_event, calibration, slices, languages, latency, poison,
)  # fmt: skip
