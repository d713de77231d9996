"""The entry script of the deployments. Azure loads this file by its path; the implementation is in the package next to it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from classifier.azure.score import init, run

__all__ = ["init", "run"]
