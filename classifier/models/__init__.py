"""The models of the classifier, one topic per file."""

from classifier.models.azure import AzureState
from classifier.models.label import Label, LabelImport, LabelTask, PlaceLabel
from classifier.models.label_schema import LabelSchema, LabelSchemaVersion
from classifier.models.prediction import Prediction
from classifier.models.release import ApprovalRequest, Decision, Deployment, Evaluation, LoadedModel, Waiver
from classifier.models.run import RunLine, Snapshot, TrainingRun
from classifier.models.version import ModelVersion, VersionCounter

__all__ = [
    "ApprovalRequest",
    "AzureState",
    "Decision",
    "Deployment",
    "Evaluation",
    "Label",
    "LabelImport",
    "LabelSchema",
    "LabelSchemaVersion",
    "LabelTask",
    "LoadedModel",
    "ModelVersion",
    "PlaceLabel",
    "Prediction",
    "RunLine",
    "Snapshot",
    "TrainingRun",
    "VersionCounter",
    "Waiver",
]
