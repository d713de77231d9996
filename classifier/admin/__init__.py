"""Admin of the learning loop's records: read-only, for auditors."""

from classifier.admin import labels, predictions, releases, runs, versions

__all__ = ["labels", "predictions", "releases", "runs", "versions"]
