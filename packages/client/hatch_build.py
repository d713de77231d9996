"""Puts the client and the bare model of the repository into the wheel, under the package's own name.

The server's distribution holds the same modules as `responder.client` and `classifier`. Here they are below
`relief_responder_client`, so that both distributions can be installed side by side and no file belongs to two.
"""

import json
import lzma
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from babel import Locale
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = "relief_responder_client"
CLIENT = ["aio.py", "errors.py", "patience.py", "shapes.py", "sync.py", "wire.py"]
# What a prediction needs; a folder is taken whole.
MODEL = [
    "__init__.py", "answers.py", "categories.py", "detection.py", "errors.py", "hashtags.py", "languages.py", "letters.py",
    "priority.py", "words.py", "places", "urgency",
    *(
        f"ml/{name}.py"
        for name in (
            "__init__", "answer_cache", "artefact", "calibration", "identity", "model", "own_classes", "panics", "predictions",
            "runtime", "sessions", "shared_batches", "tagging", "text",
        )
    ),
]  # fmt: skip
RENAMED = [
    (re.compile(r"\bresponder\.client\b"), PACKAGE),
    (re.compile(r"^(\s*(?:from|import)) classifier\b", re.M), rf"\1 {PACKAGE}.classifier"),
]
KINDS = (".py", ".tsv", ".txt", ".toml", ".sqlite", "")  # the last: NOTICE, the licence of the places


class CustomBuildHook(BuildHookInterface[Any]):
    """Adds the copied modules to the files of the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Copy the modules to a folder that is removed after the build."""
        self.folder = Path(tempfile.mkdtemp(prefix="relief-responder-client-"))
        for name in CLIENT:
            _copy(REPOSITORY / "responder" / "client" / name, self.folder / name)
        for name in MODEL:
            source = REPOSITORY / "classifier" / name
            for file in sorted(source.rglob("*")) if source.is_dir() else [source]:
                if file.is_file() and file.suffix in KINDS:
                    _copy(file, self.folder / "classifier" / file.relative_to(REPOSITORY / "classifier"))
        names = dict(sorted((code, str(name)) for code, name in Locale("en").languages.items()))
        (self.folder / "classifier" / "language_names.json").write_text(json.dumps(names), encoding="utf-8")
        files = sorted(file for file in self.folder.rglob("*") if file.is_file())
        build_data["force_include"] |= {str(file): f"{PACKAGE}/{file.relative_to(self.folder)}" for file in files}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the copies."""
        shutil.rmtree(self.folder)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".sqlite":  # read-only, and by far the largest file
        target.with_name(f"{target.name}.xz").write_bytes(lzma.compress(source.read_bytes(), preset=6))
        return
    if source.suffix != ".py":
        shutil.copyfile(source, target)
        return
    text = source.read_text(encoding="utf-8")
    for pattern, name in RENAMED:
        text = pattern.sub(name, text)
    target.write_text(text, encoding="utf-8")
