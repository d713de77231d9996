"""Folders that are complete as models, made in a moment; also for processes beside the tests."""

from pathlib import Path
from typing import Protocol

from classifier.ml import artefact


class MakeFolder(Protocol):
    def __call__(self, content: str = "one") -> Path: ...


def make_folder(folder: Path, content: str) -> Path:
    """A model's folder whose SHA-256 depends on `content`; made once."""
    if not folder.exists():
        folder.mkdir(parents=True)
        for name in (*artefact.REQUIRED, "README.md"):
            (folder / name).write_text(f"{name} of {content} " * 50)
        artefact.write_manifest(folder)
    return folder


def flip_one_bit(path: Path) -> None:
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
