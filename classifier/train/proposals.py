"""Proposes a registered version for approval, on a table of labels that it was not trained on.

The same gates, evaluation, shadow period and approval as for a weekly run, without a run.
"""

import json
from pathlib import Path
from typing import Any

from classifier import approvers, releases, serving
from classifier.errors import ArtefactError, ModelUnavailable, TrainingError
from classifier.models import ApprovalRequest, Evaluation, ModelVersion
from classifier.train.evaluation import record_evaluation


def propose(
    version: ModelVersion,
    data: Path,
    *,
    by: Any,
    label_map: Path | None = None,
    columns: dict[str, str] | None = None,
) -> tuple[Evaluation, ApprovalRequest | None, list[str]]:
    """Compare a version with the live one on a table of labels, and ask for an approval.

    Arguments:
        by: the person who asks, an approver; another one decides.
        label_map, columns: as for `comparison.read`.

    Returns the evaluation, the request (None if a gate refused the version) and notes about the table.

    Raises NotAllowed, GovernanceError, TrainingError for a table that can't be used, or ModelUnavailable.
    """
    from classifier.ml.custom import comparison  # these load numpy and onnxruntime, which few processes need
    from classifier.ml.model import Model
    from classifier.ml.runtime import Runtime

    approvers.require(by)
    live = ModelVersion.objects.filter(state=ModelVersion.State.PRODUCTION).first() or serving.register_shipped()
    if live.pk == version.pk:
        raise TrainingError(f"{version} is in production already")
    folders = [serving.folder_of(each) for each in (version, live)]
    try:
        models = tuple(Model.load(folder) for folder in folders)
        runtimes = [Runtime.load(folder, remember=False) for folder in folders]
    except ArtefactError as error:
        raise ModelUnavailable(str(error)) from error
    table, notes = comparison.read(data, *folders, label_map=label_map, columns=columns)
    trained = json.loads((folders[0] / "metrics.json").read_text(encoding="utf-8"))
    result = comparison.for_gates(runtimes[0], runtimes[1], (models[0], models[1]), table, trained)
    evaluation = record_evaluation(run=None, candidate=version, live=live, result=result)
    return evaluation, releases.propose(evaluation=evaluation, requested_by=by), notes
