"""What every model registry does, whatever stores the bytes.

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
RESERVED = "latest"  # always the version registered last
MAX_LABELS = 50
MAX_KEY = 100
MAX_VALUE = 1_000


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """One version in a registry.

    Arguments:
        sha256: of the manifest, which holds that of every file.
        created_at: when it was registered, aware, UTC.
        properties, tags: as registered; text by text.
        archived: it is no longer offered as the latest.
        uri: where the bytes lie, for people and logs.
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
    """A place that keeps model versions. Every method raises a RegistryError, and no other error, when it fails."""

    def register(
        self,
        folder: Path,
        *,
        name: str,
        version: str | None = None,
        properties: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> RegisteredModel:
        """Keep a copy of `folder` as a version.

        The same bytes under the same version again change nothing and answer with what is there.

        Arguments:
            folder: a model as `classifier.ml.artefact` describes it.
            version: None takes the next free number, a different one for each caller.

        Raises:
            Integrity: the folder is incomplete, changed or unsafe.
            AlreadyExists: the version holds other bytes.
        """

    def get(self, name: str, version: str) -> RegisteredModel:
        """One version. Raises NotFound."""

    def latest(self, name: str) -> RegisteredModel:
        """The version that was registered last among those not archived. Raises NotFound."""

    def names(self) -> tuple[str, ...]:
        """Names of all models that have a version, in alphabetical order."""

    def list(self, name: str) -> tuple[RegisteredModel, ...]:
        """All versions, archived ones too, the newest first; none for an unknown name."""

    def pull(self, name: str, version: str, *, into: Path) -> Path:
        """Make `into` hold the version's verified files; returns `into`.

        It may be run again at any time: what is already there and intact is not fetched again. `into` is
        replaced in one step, and only by files that match the version's SHA-256.

        Raises:
            NotFound: there is no such version.
            Integrity: the bytes are damaged; `into` is as it was.
            Unavailable: try again later; `into` is as it was.
        """

    def archive(self, name: str, version: str) -> RegisteredModel:
        """No longer offer a version as the latest; twice changes nothing. Raises NotFound."""

    def set_alias(self, name: str, alias: str, version: str) -> RegisteredModel:
        """Point `alias` at a version, away from any other; returns that version. Raises NotFound."""

    def get_alias(self, name: str, alias: str) -> RegisteredModel:
        """The version that `alias` points at. Raises NotFound."""


def check_name(name: str) -> str:
    """`name` if it may name a model, else InvalidRequest."""
    return _matching(NAME, name, "a model's name", "letters, digits, '.', '_' and '-', at most 100")


def check_version(version: str) -> str:
    """`version` if it may name a version, else InvalidRequest."""
    return _matching(VERSION, version, "a version", "letters, digits, '.', '_' and '-', at most 40")


def check_new(folder: Path, name: str, version: str | None) -> None:
    """Raise InvalidRequest unless this may be registered; a version of None is given by the registry."""
    check_name(name)
    if version is not None:
        check_version(version)
    if not folder.is_dir():
        raise InvalidRequest(f"There is no folder {folder} to register.")


def check_alias(alias: str) -> str:
    """`alias` if it may be set, else InvalidRequest."""
    return _matching(ALIAS, alias, "an alias", "small letters, digits, '_' and '-', at most 40")


def check_labels(labels: Mapping[str, str] | None, kind: str) -> dict[str, str]:
    """A copy of properties or tags, bounded: text by text, at most 50 of them. Raises InvalidRequest."""
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
