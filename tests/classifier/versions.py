"""Versions for tests: real folders that load and answer, and evaluations with gates as a test wants them."""

import json
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings

from classifier import evidence, serving
from classifier.ml import artefact
from classifier.models import Evaluation, ModelVersion, TrainingRun


def make_version(number: str = "2026.48", **columns: Any) -> ModelVersion:
    """A copy of the shipped model under another version, registered and able to serve."""
    shipped = max(serving.SHIPPED.glob("*/manifest.json")).parent
    folder = Path(settings.DATA_DIR) / "models" / f"responder-tweets-{number}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(shipped, folder)
    config = json.loads((folder / "config.json").read_text()) | {"version": number}
    (folder / "config.json").write_text(json.dumps(config))
    sha256 = artefact.write_manifest(folder)
    return ModelVersion.objects.create(
        name="responder-tweets", version=number, sha256=sha256, folder=folder.name, origin="trained here", **columns
    )


def make_evaluation(version: ModelVersion, *, run: TrainingRun | None = None, **outcomes: str) -> Evaluation:
    """A sealed evaluation whose gates passed, but for those named: `calibration="failed"`."""
    names = ("data", "not_worse", "critical_classes", "calibration", "slices", "integrity")
    gates = [
        {"name": name, "outcome": outcomes.get(name, "passed"), "value": 0.0, "threshold": 0.0, "why": ""}
        for name in names
    ]
    figures: dict[str, Any] = {"n": 1_000, "metrics": {"candidate": {}, "live": {}}, "comparison": {}, "gates": gates}
    return Evaluation.objects.create(
        run=run,
        candidate=version,
        live=serving.register_shipped(),
        verdict=evidence.verdict(gates),
        sha256=evidence.seal(**figures, model_sha256=version.sha256),
        **figures,
    )
