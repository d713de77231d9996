"""A model on disk: a folder of files and a manifest with the SHA-256 of each. Never a pickle.

config.json       name, version, tasks with their labels, maximum length of a text
tokenizer.json    the encoder's tokenizer
model.int8.onnx   encoder and heads, int8 weights per channel
calibration.json  temperatures and thresholds
metrics.json      the evaluation's figures
README.md         the model card
manifest.json     SHA-256 and size of every file above
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from classifier.errors import ArtefactError

MANIFEST = "manifest.json"
REQUIRED = ("config.json", "tokenizer.json", "model.int8.onnx", "calibration.json")
ALLOWED_SUFFIXES = frozenset({".json", ".onnx", ".md", ".safetensors", ".txt", ".png"})
BLOCK = 1 << 20


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def write_manifest(folder: Path) -> str:
    """Write the manifest of all files in `folder`. Returns the manifest's SHA-256, which identifies the version."""
    files = {
        path.name: {"sha256": file_sha256(path), "bytes": path.stat().st_size}
        for path in sorted(folder.iterdir())
        if path.name != MANIFEST
    }
    (folder / MANIFEST).write_text(json.dumps({"files": files}, indent=1, sort_keys=True) + "\n")
    verify(folder)
    return file_sha256(folder / MANIFEST)


def verify(folder: Path) -> str:
    """Verify every file against the manifest. Returns the manifest's SHA-256.

    Raises:
        ArtefactError: a file is missing, changed, not listed, or of a kind that a model does not need.
    """
    files = _manifest(folder)
    present = {path.name for path in folder.iterdir()} - {MANIFEST}
    for problem, names in (
        ("is missing", (set(files) | set(REQUIRED)) - present),
        ("is not in the manifest", present - set(files)),
        ("is of a kind that a model does not need", {name for name in files if not _safe(name)}),
    ):
        if names:
            raise ArtefactError(f"{folder.name}: {min(names)} {problem}. Fetch the model again.")
    for name, entry in files.items():
        if _readable_sha256(folder / name) != entry.get("sha256"):
            raise ArtefactError(f"{folder.name}: {name} was changed since the model was made. Fetch the model again.")
    return file_sha256(folder / MANIFEST)


def _readable_sha256(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError as error:
        raise ArtefactError(f"{path.parent.name}: {path.name} cannot be read ({error.strerror}).") from error


def _safe(name: str) -> bool:
    return Path(name).name == name and Path(name).suffix in ALLOWED_SUFFIXES


def _manifest(folder: Path) -> dict[str, dict[str, Any]]:
    try:
        files = json.loads((folder / MANIFEST).read_text())["files"]
        if not all(isinstance(entry, dict) for entry in files.values()):
            raise ValueError("an entry is no object")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArtefactError(f"{folder.name}: the manifest cannot be read ({error}). Fetch the model again.") from error
    return files
