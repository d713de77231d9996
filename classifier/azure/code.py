"""The code that Azure's machines run: this package without the site's parts, and an image with its dependencies."""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import classifier

TRAINING_ONLY = ("situations", "parallel.jsonl")
LEFT_OUT = ("shipped", "__pycache__", "migrations", "admin", "api", "management", "models")


def environment(name: str, image: str, packages: Sequence[str]) -> Any:
    """An environment of the workspace. Its version is a hash of its content: Azure's versions are immutable."""
    from azure.ai.ml.entities import Environment

    dependencies: list[Any] = ["python=3.11", "pip", {"pip": list(packages)}]
    return Environment(
        name=name, version=hashlib.sha256("\n".join((image, *packages)).encode()).hexdigest()[:12], image=image,
        conda_file={"name": name, "channels": ["conda-forge"], "dependencies": dependencies},
    )  # fmt: skip


def package(folder: Path, *, without: Sequence[str] = ()) -> Path:
    """Copy the package to `folder`, which is then uploaded; `without` files and folders of these names."""
    source = Path(classifier.__file__).parent
    shutil.copytree(source, folder / "classifier", ignore=shutil.ignore_patterns(*LEFT_OUT, *without))
    return folder


def scoring(folder: Path) -> Path:
    """The folder with the package and a deployment's entry script."""
    package(folder, without=TRAINING_ONLY)
    (folder / "score.py").write_text("from classifier.azure.score import init, run\n\n__all__ = ['init', 'run']\n")
    return folder
