"""Archives as somebody else would write them: members of any kind, and a manifest that is right, signed or not."""

import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

Member = tuple[tarfile.TarInfo, bytes]


def plain(name: str, held: bytes) -> Member:
    """A plain file of an archive."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(held), 0o600
    return info, held


def special(name: str, kind: bytes, target: str = "") -> Member:
    """A link, a device, a folder."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def entry(held: bytes) -> dict[str, Any]:
    """What a manifest says about bytes."""
    return {"bytes": len(held), "sha256": hashlib.sha256(held).hexdigest()}


def write(target: Path, members: list[Member], mode: str = "w") -> None:
    with tarfile.open(target, mode) as tar:  # type: ignore[call-overload]
        for info, held in members:
            tar.addfile(info, io.BytesIO(held))


def database(source: Path, target: Path, change: Callable[[Path], object]) -> None:
    """Copy a backup with another database, which its manifest agrees with; the signature no longer holds."""
    with tarfile.open(source) as tar:
        held = {info.name: tar.extractfile(info).read() for info in tar}  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "database"
        path.write_bytes(held["database"])
        change(path)
        held["database"] = path.read_bytes()
    manifest = json.loads(held["manifest.json"])
    manifest["database"] = entry(held["database"])
    held["manifest.json"] = json.dumps(manifest).encode()
    write(target, [plain(name, content) for name, content in held.items()])
