"""The learning loop's records in the admin: read by auditors, written by nobody."""

from classifier.admin import labels, predictions, releases, runs, versions

__all__ = ["labels", "predictions", "releases", "runs", "versions"]
