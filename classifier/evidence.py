"""The evidence for an approval: the measured figures, their waivers, and the hash of the model."""

from collections.abc import Mapping, Sequence
from typing import Any

from classifier.models import Evaluation
from monitoring import audit

WAIVABLE = frozenset({"class_shares", "critical_classes", "calibration", "slices", "languages", "latency"})
PASSED, FAILED, NOT_EVALUABLE = "passed", "failed", "not_evaluable"


def seal(
    *, n: int, metrics: Mapping[str, Any], comparison: Mapping[str, Any], gates: Sequence[Any], model_sha256: str
) -> str:
    """The hash of an evaluation's content."""
    return audit.digest({"n": n, "metrics": metrics, "comparison": comparison, "gates": gates, "model": model_sha256})


def is_intact(evaluation: Evaluation) -> bool:
    """Whether the stored figures still match the evaluation's hash."""
    return evaluation.sha256 == seal(
        n=evaluation.n,
        metrics=evaluation.metrics,
        comparison=evaluation.comparison,
        gates=evaluation.gates,
        model_sha256=evaluation.candidate.sha256,
    )


def hash_of(evaluation: Evaluation) -> str:
    """SHA-256 of everything that an approver sees. Any change of it gives a different hash."""
    version = evaluation.candidate
    return audit.digest(
        {
            "evaluation": evaluation.sha256 if is_intact(evaluation) else "changed",
            "model": version.sha256,
            "card": audit.digest({"card": version.card}),
            "snapshot": evaluation.snapshot.hash if evaluation.snapshot else "",
            "waivers": [[w.gate, w.by_id, w.reason] for w in evaluation.waivers.order_by("id")],
        }
    )


def blocking(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Gates that block the approval: neither passed nor waived."""
    waived = set(evaluation.waivers.values_list("gate", flat=True))
    return [gate for gate in evaluation.gates if gate["outcome"] != PASSED and gate["name"] not in waived]


def may_waive(gate: Mapping[str, Any]) -> bool:
    """Whether a gate may be waived: any that could not be measured, but only some of those that failed."""
    return gate["outcome"] == NOT_EVALUABLE or (gate["outcome"] == FAILED and gate["name"] in WAIVABLE)


def is_hopeless(gates: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a gate failed that may not be waived."""
    return any(gate["outcome"] == FAILED and not may_waive(gate) for gate in gates)


def verdict(gates: Sequence[Mapping[str, Any]]) -> str:
    """The worst outcome of the gates."""
    outcomes = {gate["outcome"] for gate in gates}
    return next((outcome for outcome in (FAILED, NOT_EVALUABLE) if outcome in outcomes), PASSED)
