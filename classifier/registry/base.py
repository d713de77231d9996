"""The interface of every model registry, whatever its storage.

A version is immutable: its bytes, properties and tags stay as they were registered. An alias moves from version to
version. An archived version is no longer the latest, but can still be read: a rollback may need it. Which version
may serve is decided by the rows in the database, never by a registry.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from classifier.registry.errors import InvalidRequest

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
ALIAS = re.compile(r"[a-z][a-z0-9_-]{0,39}")
RESERVED = "latest"  # always the version that was registered last
MAX_LABELS = 50
MAX_KEY = 100
MAX_VALUE = 1_000


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """One version in a registry.

    Arguments:
        sha256: of the manifest, which contains the hash of every file.
        created_at: when it was registered, timezone-aware, UTC.
        properties, tags: as registered; text → text.
        archived: whether it is excluded from `latest`.
        uri: location of the bytes, for people and logs.
    """

    name: str
    version: str
    sha256: str
    created_at: datetime
    properties: Mapping[str, str]
    tags: Mapping[str, str]
    archived: bool
    uri: str


class Registry(Protocol):
    """Stores model versions. Every method raises a RegistryError, and no other error, if it fails."""

    def register(
        self,
        folder: Path,
        *,
        name: str,
        version: str | None = None,
        properties: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> RegisteredModel:
        """Store a copy of `folder` as a version.

        Idempotent: registering the same bytes under the same version again returns the existing entry.

        Arguments:
            folder: a model as `classifier.ml.artefact` describes it.
            version: None for the next free number, a different one for each caller.

        Raises:
            Integrity: the folder is incomplete, changed or unsafe.
            AlreadyExists: the version is registered with other bytes.
        """

    def get(self, name: str, version: str) -> RegisteredModel:
        """One version. Raises NotFound."""

    def latest(self, name: str) -> RegisteredModel:
        """The version that was registered last among those that aren't archived. Raises NotFound."""

    def names(self) -> tuple[str, ...]:
        """Names of all models that have a version, in alphabetical order."""

    def list(self, name: str) -> tuple[RegisteredModel, ...]:
        """All versions, including archived ones, newest first; empty for an unknown name."""

    def pull(self, name: str, version: str, *, into: Path) -> Path:
        """Put the version's verified files into `into`, and return it.

        Idempotent: files that are already there and intact aren't fetched again. `into` is replaced in one step, and
        only by files that match the version's SHA-256.

        Raises:
            NotFound: there is no such version.
            Integrity: the bytes are damaged; `into` is unchanged.
            Unavailable: try again later; `into` is unchanged.
        """

    def archive(self, name: str, version: str) -> RegisteredModel:
        """Exclude a version from `latest`. Idempotent. Raises NotFound."""

    def set_alias(self, name: str, alias: str, version: str) -> RegisteredModel:
        """Point `alias` at a version, moving it from any other. Returns that version. Raises NotFound."""

    def get_alias(self, name: str, alias: str) -> RegisteredModel:
        """The version that `alias` points at. Raises NotFound."""


def check_name(name: str) -> str:
    """Return `name` if it is a valid model name. Raises InvalidRequest otherwise."""
    return _matching(NAME, name, "a model's name", "letters, digits, '.', '_' and '-', at most 100")


def check_version(version: str) -> str:
    """Return `version` if it is a valid version. Raises InvalidRequest otherwise."""
    return _matching(VERSION, version, "a version", "letters, digits, '.', '_' and '-', at most 40")


def check_new(folder: Path, name: str, version: str | None) -> None:
    """Raise InvalidRequest unless this can be registered. A version of None is numbered by the registry."""
    check_name(name)
    if version is not None:
        check_version(version)
    if not folder.is_dir():
        raise InvalidRequest(f"There is no folder {folder} to register.")


def check_alias(alias: str) -> str:
    """Return `alias` if it can be set. Raises InvalidRequest otherwise."""
    return _matching(ALIAS, alias, "an alias", "small letters, digits, '_' and '-', at most 40")


def check_labels(labels: Mapping[str, str] | None, kind: str) -> dict[str, str]:
    """A validated copy of properties or tags: at most 50, text → text. Raises InvalidRequest."""
    labels = dict(labels or {})
    if len(labels) > MAX_LABELS:
        raise InvalidRequest(f"A version takes at most {MAX_LABELS} {kind}, these are {len(labels)}.")
    for key, value in labels.items():
        if not (
            isinstance(key, str) and isinstance(value, str) and 0 < len(key) <= MAX_KEY and len(value) <= MAX_VALUE
        ):
            rule = f"keys are texts of 1 to {MAX_KEY} characters, values of at most {MAX_VALUE}"
            raise InvalidRequest(f"{str(key)[:MAX_KEY]!r} cannot be among the {kind}: {rule}.")
    return labels


def _matching(pattern: re.Pattern[str], text: str, what: str, rule: str) -> str:
    if not isinstance(text, str) or not pattern.fullmatch(text) or text == RESERVED:
        raise InvalidRequest(
            f"{str(text)[:60]!r} cannot be {what}: it starts with a letter (or digit), has {rule}, and is not 'latest'."
        )
    return text
