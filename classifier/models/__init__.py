"""The classifier's rows, one noun a file."""

from classifier.models.prediction import Prediction
from classifier.models.version import ModelVersion

__all__ = ["ModelVersion", "Prediction"]
