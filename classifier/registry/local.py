"""The model registry in a folder: for one machine, or for several that share the folder. Plain Python.

NAME/versions/VERSION/model/       the model's files, read-only
NAME/versions/VERSION/record.json  the registered entry, read-only
NAME/state.json                    what can change: aliases, and which versions are archived
.lock                              held by the writer; readers need no lock
"""

import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from classifier import clock
from classifier.errors import ArtefactError
from classifier.ml import artefact
from classifier.registry import files
from classifier.registry.base import (
    NAME,
    VERSION,
    RegisteredModel,
    check_alias,
    check_labels,
    check_name,
    check_new,
    check_version,
)
from classifier.registry.errors import AlreadyExists, Integrity, NotFound

STAGING = ".partial"


@dataclass(slots=True)
class State:
    """The properties of a model that may change after registration."""

    aliases: dict[str, str] = field(default_factory=dict)
    archived: list[str] = field(default_factory=list)


def from_data_dir(data_dir: Path) -> "LocalRegistry":
    """The registry of an installation, in its data directory."""
    return LocalRegistry(data_dir / "registry")


class LocalRegistry:
    """A `Registry` in the folder `root`, which is created when the first model is registered."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    def register(
        self,
        folder: Path,
        *,
        name: str,
        version: str | None = None,
        properties: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> RegisteredModel:
        """See `Registry.register`."""
        check_new(folder, name, version)
        labels = {"properties": check_labels(properties, "properties"), "tags": check_labels(tags, "tags")}
        with self._writing():
            numbers = self._sequences(name)
            if version in numbers:
                return self._unchanged(name, version, folder)
            version = check_version(version or _next_number(numbers))
            record = {"name": name, "version": version, "sequence": max(numbers.values(), default=0) + 1} | labels
            self._store(folder, record)
            return self._read(name, version)

    def get(self, name: str, version: str) -> RegisteredModel:
        """See `Registry.get`."""
        with self._reading():
            return self._read(check_name(name), check_version(version))

    def latest(self, name: str) -> RegisteredModel:
        """See `Registry.latest`."""
        newest = next((model for model in self.list(name) if not model.archived), None)
        if newest is None:
            raise NotFound(f"The registry has no version of {name} that is not archived.")
        return newest

    def names(self) -> tuple[str, ...]:
        """See `Registry.names`."""
        with self._reading():
            return tuple(name for name in _entries(self.root, NAME) if _entries(self._versions(name), VERSION))

    def list(self, name: str) -> tuple[RegisteredModel, ...]:
        """See `Registry.list`."""
        with self._reading():
            numbers = self._sequences(check_name(name))
            return tuple(
                self._read(name, version) for version in sorted(numbers, key=numbers.__getitem__, reverse=True)
            )

    def pull(self, name: str, version: str, *, into: Path) -> Path:
        """See `Registry.pull`."""
        model = self.get(name, version)
        source = self._folder(name, version) / "model"
        return files.install(into, sha256=model.sha256, fetch=lambda staging: files.mirror(source, staging))

    def archive(self, name: str, version: str) -> RegisteredModel:
        """See `Registry.archive`."""
        with self._changing(name, version) as state:
            state.archived = sorted({*state.archived, version})
        return self.get(name, version)

    def set_alias(self, name: str, alias: str, version: str) -> RegisteredModel:
        """See `Registry.set_alias`."""
        check_alias(alias)
        with self._changing(name, version) as state:
            state.aliases[alias] = version
        return self.get(name, version)

    def get_alias(self, name: str, alias: str) -> RegisteredModel:
        """See `Registry.get_alias`."""
        with self._reading():
            version = self._state(check_name(name)).aliases.get(check_alias(alias))
        if version is None:
            raise NotFound(f"The registry has no alias {alias} of {name}.")
        return self.get(name, version)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with files.reachable(f"The registry in {self.root}"):
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._reading(), files.lock(self.root):
            yield

    @contextmanager
    def _changing(self, name: str, version: str) -> Iterator[State]:
        """Yield the state of a model, and write it after the block if it changed."""
        check_name(name)
        check_version(version)
        with self._writing():
            self._read(name, version)
            state = self._state(name)
            yield state
            if state != self._state(name):
                content = {"aliases": state.aliases, "archived": state.archived}
                files.write_json(self._model(name) / "state.json", content)

    def _model(self, name: str) -> Path:
        return _no_link(self.root / name)

    def _versions(self, name: str) -> Path:
        return _no_link(self._model(name) / "versions")

    def _folder(self, name: str, version: str) -> Path:
        folder = _no_link(self._versions(name) / version)
        if not folder.is_dir():
            raise NotFound(f"The registry has no version {version} of {name}.")
        return folder

    def _sequences(self, name: str) -> dict[str, int]:
        """The order in which a model's versions were registered."""
        return {version: self._record(name, version)["sequence"] for version in _entries(self._versions(name), VERSION)}

    def _record(self, name: str, version: str) -> dict[str, Any]:
        path = self._folder(name, version) / "record.json"
        content = _json(path)
        if (content.get("name"), content.get("version")) != (name, version) or not _complete(content):
            raise Integrity(f"{path} was changed. Restore it, or move its folder out of the registry.")
        return content

    def _state(self, name: str) -> State:
        path = self._model(name) / "state.json"
        if not path.exists():
            return State()
        content = _json(path)
        aliases, archived = content.get("aliases"), content.get("archived")
        if not isinstance(aliases, dict) or not isinstance(archived, list):
            raise Integrity(f"{path} was changed. Restore it, or remove it and set the aliases anew.")
        return State(aliases, archived)

    def _read(self, name: str, version: str) -> RegisteredModel:
        record = self._record(name, version)
        return RegisteredModel(
            name=name,
            version=version,
            sha256=record["sha256"],
            created_at=datetime.fromisoformat(record["created_at"]),
            properties=record["properties"],
            tags=record["tags"],
            archived=version in self._state(name).archived,
            uri=(self._folder(name, version) / "model").as_uri(),
        )

    def _unchanged(self, name: str, version: str, folder: Path) -> RegisteredModel:
        files.plain_files(folder)
        model = self._read(name, version)
        if _verified(folder) != model.sha256:
            raise AlreadyExists(
                f"Version {version} of {name} is registered with other bytes (SHA-256 {model.sha256[:12]}…). "
                "Versions never change: take another one."
            )
        return model

    def _store(self, folder: Path, record: dict[str, Any]) -> None:
        """Copy `folder` to a temporary folder, verify the copy, and move it into place atomically."""
        versions = self._versions(record["name"])
        staging = versions / STAGING  # we hold the lock, so an existing folder was left by a dead process
        files.remove(staging)
        (staging / "model").mkdir(parents=True)
        try:
            files.mirror(folder, staging / "model")
            sha256 = _verified(staging / "model")
        except BaseException:
            files.remove(staging)
            raise
        record |= {"sha256": sha256, "created_at": clock.now().isoformat()}
        files.write_json(staging / "record.json", record)
        files.make_read_only(staging)
        for inner in (staging / "model", staging):
            files.sync(inner)
        os.rename(staging, versions / record["version"])
        for outer in (versions, versions.parent, self.root, self.root.parent):
            files.sync(outer)


def _verified(folder: Path) -> str:
    try:
        return artefact.verify(folder)
    except ArtefactError as error:
        raise Integrity(f"This folder cannot be registered. {error}") from error


def _next_number(taken: Mapping[str, int]) -> str:
    return str(max((int(version) for version in taken if version.isdecimal()), default=0) + 1)


def _no_link(path: Path) -> Path:
    try:
        mode = path.lstat().st_mode  # not is_symlink, which returns False if the disk is unavailable
    except FileNotFoundError:
        return path
    if stat.S_ISLNK(mode):
        raise Integrity(f"{path} is a link. A registry holds none: remove it.")
    return path


def _entries(folder: Path, pattern: Any) -> list[str]:
    """Names in a folder except leftovers, in alphabetical order; empty if the folder doesn't exist yet."""
    try:
        return sorted(path.name for path in folder.iterdir() if pattern.fullmatch(path.name) and path.is_dir())
    except FileNotFoundError:
        return []


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(_no_link(path).read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("it holds no object")
    except (FileNotFoundError, ValueError) as error:
        raise Integrity(f"{path} cannot be read ({error}). Restore it.") from error
    return content


def _complete(record: Mapping[str, Any]) -> bool:
    try:
        datetime.fromisoformat(record["created_at"])
    except (KeyError, TypeError, ValueError):
        return False
    kinds = {"sequence": int, "sha256": str, "properties": dict, "tags": dict}
    return all(isinstance(record.get(key), kind) for key, kind in kinds.items())
