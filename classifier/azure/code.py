"""What Azure's machines run: this package without what only a site needs, and the image with its packages."""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import classifier

LEFT_OUT = ("shipped", "__pycache__", "migrations", "admin", "api", "management", "models")


def environment(name: str, image: str, packages: Sequence[str]) -> Any:
    """An environment of the workspace. Its version is made of its content, because Azure lets no version change."""
    from azure.ai.ml.entities import Environment

    dependencies: list[Any] = ["python=3.11", "pip", {"pip": list(packages)}]
    return Environment(
        name=name, version=hashlib.sha256("\n".join((image, *packages)).encode()).hexdigest()[:12], image=image,
        conda_file={"name": name, "channels": ["conda-forge"], "dependencies": dependencies},
    )  # fmt: skip


def package(folder: Path) -> Path:
    """Lay the package out in `folder`, which is what is uploaded."""
    source = Path(classifier.__file__).parent
    shutil.copytree(source, folder / "classifier", ignore=shutil.ignore_patterns(*LEFT_OUT))
    return folder


def scoring(folder: Path) -> Path:
    """The package and the entry script of a deployment."""
    package(folder)
    (folder / "score.py").write_text("from classifier.azure.score import init, run\n\n__all__ = ['init', 'run']\n")
    return folder
