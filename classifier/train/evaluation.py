"""Stores the comparison of a candidate as an evaluation."""

from typing import Any

from classifier import evidence, gates, serving
from classifier.ml import artefact
from classifier.models import Evaluation, ModelVersion, TrainingRun
from monitoring import audit


def record_evaluation(
    *, run: TrainingRun | None, candidate: ModelVersion, live: ModelVersion, result: dict[str, Any]
) -> Evaluation:
    """Store a comparison as a sealed row, with the outcome of the gates."""
    snapshot = run.snapshot if run else None
    found = gates.judge(result, snapshot.gates if snapshot else [], intact=_is_intact(candidate))
    figures: dict[str, Any] = {
        "n": result["n"], "metrics": result["metrics"], "comparison": result["comparison"], "gates": found,
    }  # fmt: skip
    with audit.atomic():
        evaluation = Evaluation.objects.create(
            run=run, candidate=candidate, live=live, snapshot=snapshot, verdict=evidence.verdict(found),
            sha256=evidence.seal(**figures, model_sha256=candidate.sha256), **figures,
        )  # fmt: skip
        audit.record(
            actor="system:training", action="model.evaluated", object_type="model_version",
            object_id=str(candidate.pk), detail={"evaluation": evaluation.pk, "sha256": evaluation.sha256,
            "verdict": evaluation.verdict, "live": str(live)},
        )  # fmt: skip
    return evaluation


def _is_intact(version: ModelVersion) -> bool:
    try:
        return artefact.verify(serving.folder_of(version)) == version.sha256
    except (artefact.ArtefactError, OSError):
        return False
