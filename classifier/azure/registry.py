"""The model registry in Azure ML: a workspace, or a registry that several workspaces share.

Azure stores the following:

properties  `responder.sha256`: of the manifest, which contains the hash of every file; Azure's properties are immutable
tags        `responder.alias.NAME`: when the alias was set, in nanoseconds; the newest one counts, so one PUT moves it
            `responder.archived`: Azure's own archive flag is lost at any change of tags, so it is only set in addition
path        a folder of its own per version, so that a damaged upload is never shared with the next version
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from classifier.azure import client
from classifier.azure.client import AzureLocation
from classifier.errors import ArtefactError
from classifier.ml import artefact
from classifier.registry import files
from classifier.registry.base import RegisteredModel, check_alias, check_labels, check_name, check_new, check_version
from classifier.registry.errors import AlreadyExists, Integrity, InvalidRequest, NotFound

OURS = "responder."
SHA256, ARCHIVED, ALIAS = f"{OURS}sha256", f"{OURS}archived", f"{OURS}alias."
EVERY, ACTIVE = "All", "ActiveOnly"  # strings: the SDK sends the enum's Python name to registries
TRIES = 20
URI = re.compile(r"azureml://(registries|workspaces)/([\w.-]+)/models/([\w.-]+)/versions/([\w.-]+)")


class Allocate(Protocol):
    """Allocates a number above `taken`, a different one for each caller."""

    def __call__(self, *, name: str, taken: int) -> int: ...


def from_environment(_data_dir: Path) -> "AzureMLRegistry":
    """The registry, or otherwise the workspace, that the environment names."""
    from classifier.registry import numbers  # needs Django, which a job in Azure doesn't have

    place = client.place()
    return AzureMLRegistry(place, allocate=numbers.allocate, shared=not place.workspace)


class AzureMLRegistry:
    """A `Registry` in a workspace, or with `shared` in an Azure ML registry."""

    def __init__(
        self, place: AzureLocation, *, allocate: Allocate, shared: bool = False, transfer_s: float = client.TRANSFER_S
    ) -> None:
        self.place, self.allocate, self.shared, self.transfer_s = place, allocate, shared, transfer_s
        self._connected: Any = None

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
        labels = {"properties": _own(properties, "properties"), "tags": _own(tags, "tags")}
        with TemporaryDirectory(prefix="responder-push-") as aside:
            copy = Path(aside) / "model"  # the verified bytes are the ones sent, even if `folder` changes
            sha256 = _copied(folder, copy)
            if version is not None:
                return self._register(copy, name, version, sha256, labels)
            return self._numbered(copy, name, sha256, labels)

    def get(self, name: str, version: str) -> RegisteredModel:
        """See `Registry.get`."""
        return self._described(self._get(check_name(name), check_version(version)))

    def latest(self, name: str) -> RegisteredModel:
        """See `Registry.latest`."""
        newest = next((model for model in self._versions(check_name(name), ACTIVE) if not model.archived), None)
        if newest is None:
            raise NotFound(f"The registry has no version of {name} that is not archived.")
        return newest

    def names(self) -> tuple[str, ...]:
        """See `Registry.names`."""
        return tuple(sorted(self._call(lambda ml: [m.name for m in ml.models.list(list_view_type=EVERY)])))

    def list(self, name: str) -> tuple[RegisteredModel, ...]:
        """See `Registry.list`."""
        return self._versions(check_name(name), EVERY)

    def pull(self, name: str, version: str, *, into: Path) -> Path:
        """See `Registry.pull`."""
        model = self.get(name, version)
        if not model.sha256:
            raise Integrity(
                f"{name} {version} in Azure ML carries no SHA-256, so nothing can be checked. "
                "Have it registered by `responder models push`."
            )
        return files.install(into, sha256=model.sha256, fetch=lambda staging: self._download(model, staging))

    def archive(self, name: str, version: str) -> RegisteredModel:
        """See `Registry.archive`."""
        model = self._get(check_name(name), check_version(version))
        if ARCHIVED not in (model.tags or {}):
            self._tag(model, ARCHIVED)
        return self.get(name, version)

    def set_alias(self, name: str, alias: str, version: str) -> RegisteredModel:
        """See `Registry.set_alias`."""
        check_alias(alias)
        self._tag(self._get(check_name(name), check_version(version)), f"{ALIAS}{alias}")
        return self.get(name, version)

    def get_alias(self, name: str, alias: str) -> RegisteredModel:
        """See `Registry.get_alias`."""
        mark = f"{ALIAS}{check_alias(alias)}"
        held = [(model.tags[mark], model) for model in self._models(check_name(name), EVERY) if mark in model.tags]
        if not held:
            raise NotFound(f"The registry has no alias {alias} of {name}.")
        return self._described(max(held, key=lambda pair: int(pair[0]))[1])

    def share(self, name: str, version: str) -> RegisteredModel:
        """Copy a version from the workspace to the shared registry. Returns the registry's entry. Idempotent."""
        target = AzureMLRegistry(self.place, allocate=self.allocate, shared=True, transfer_s=self.transfer_s)
        self.get(name, version)
        try:
            return target.get(name, version)
        except NotFound:
            apart = client.connect(self.place)  # the SDK points a client at the registry while it shares
        client.call(
            lambda: apart.models.share(
                name, version, share_with_name=name, share_with_version=version, registry_name=self.place.registry
            ),
            what=target._what(),
            seconds=self.transfer_s,
        )
        return target.get(name, version)

    def _numbered(self, copy: Path, name: str, sha256: str, labels: dict[str, dict[str, str]]) -> RegisteredModel:
        """Register under the next free number. Tries further numbers if another site takes one first."""
        taken = max((int(m.version) for m in self._models(name, EVERY) if m.version.isdecimal()), default=0)
        for _ in range(TRIES):
            taken = self.allocate(name=name, taken=taken)
            try:
                self._get(name, str(taken))
            except NotFound:
                try:
                    return self._register(copy, name, str(taken), sha256, labels)
                except AlreadyExists:
                    continue
        raise AlreadyExists(f"{TRIES} numbers after another were taken. Name a version of {name}.")

    def _register(
        self, copy: Path, name: str, version: str, sha256: str, labels: dict[str, dict[str, str]]
    ) -> RegisteredModel:
        try:
            known = self.get(name, version)
        except NotFound:
            return self._described(self._create(copy, name, version, sha256, labels))
        if known.sha256 != sha256:
            raise AlreadyExists(
                f"Version {version} of {name} is registered with other bytes (SHA-256 {known.sha256[:12]}…). "
                "Versions never change: take another one."
            )
        return known

    def _create(self, copy: Path, name: str, version: str, sha256: str, labels: dict[str, dict[str, str]]) -> Any:
        source = copy.rename(copy.with_name(f"{name}-{version}"))

        def create(ml: Any) -> Any:
            from azure.ai.ml.entities import Model

            model = Model(
                path=str(source), name=name, version=version, type="custom_model",
                properties=labels["properties"] | {SHA256: sha256}, tags=labels["tags"],
            )  # fmt: skip
            return ml.models.create_or_update(model)

        try:
            return self._call(create, seconds=self.transfer_s)
        finally:
            source.rename(copy)

    def _tag(self, model: Any, key: str) -> None:
        """Set a tag. The SDK's update clears Azure's own archive flag, which is then set again."""
        model.tags = (model.tags or {}) | {key: str(time.time_ns())}
        self._call(lambda ml: ml.models.create_or_update(model))
        if ARCHIVED in model.tags and not self.shared:  # a registry's listing would no longer include it
            self._call(lambda ml: ml.models.archive(model.name, version=model.version))

    def _download(self, model: RegisteredModel, staging: Path) -> None:
        with TemporaryDirectory(dir=staging.parent, prefix=f".{staging.name[1:]}-") as aside:
            self._call(
                lambda ml: ml.models.download(model.name, model.version, download_path=aside), seconds=self.transfer_s
            )
            source = Path(aside) / model.name / f"{model.name}-{model.version}"  # where the SDK uploads a folder
            if not source.is_dir():
                raise Integrity(f"Azure ML has no files for {model.name} {model.version}.")
            files.mirror(source, staging)

    def _get(self, name: str, version: str) -> Any:
        return self._call(lambda ml: ml.models.get(name, version))

    def _models(self, name: str, view: str) -> Sequence[Any]:
        """The SDK's versions of a model, newest first; empty for an unknown name."""
        options = {} if self.shared else {"list_view_type": view}
        try:
            found = self._call(lambda ml: list(ml.models.list(name=name, **options)))
        except NotFound:
            return []
        return sorted(found, key=lambda model: model.creation_context.created_at, reverse=True)

    def _versions(self, name: str, view: str) -> tuple[RegisteredModel, ...]:
        return tuple(self._described(model) for model in self._models(name, view))

    def _described(self, model: Any) -> RegisteredModel:
        tags, properties = model.tags or {}, model.properties or {}
        return RegisteredModel(
            name=model.name,
            version=model.version,
            sha256=properties.get(SHA256, ""),
            created_at=_aware(model.creation_context.created_at),
            properties=_without_ours(properties),
            tags=_without_ours(tags),
            archived=ARCHIVED in tags,
            uri=self._uri(model),
        )

    def _uri(self, model: Any) -> str:
        where = f"registries/{self.place.registry}" if self.shared else f"workspaces/{self.place.workspace}"
        return f"azureml://{where}/models/{model.name}/versions/{model.version}"

    def _call(self, work: Callable[[Any], Any], *, seconds: float = client.CALL_S) -> Any:
        if self._connected is None:
            self._connected = client.connect(self.place, registry=self.shared)
        connected = self._connected
        return client.call(lambda: work(connected), what=self._what(), seconds=seconds)

    def _what(self) -> str:
        return f"Azure ML {'registry ' + self.place.registry if self.shared else 'workspace ' + self.place.workspace}"


def parse(uri: str) -> tuple[bool, str, str, str]:
    """Parse azureml://registries/R/models/N/versions/V (or workspaces/W): (is a registry, R or W, N, V)."""
    found = URI.fullmatch(uri)
    if not found:
        raise InvalidRequest(
            f"{uri[:200]!r} is no model. Write azureml://registries/NAME/models/NAME/versions/VERSION."
        )
    return found[1] == "registries", found[2], found[3], found[4]


def at(uri: str, *, allocate: Allocate) -> tuple[AzureMLRegistry, str, str]:
    """The registry or workspace that a model's URI names, the model's name and its version."""
    shared, where, name, version = parse(uri)
    if shared:
        return AzureMLRegistry(AzureLocation(registry=where), allocate=allocate, shared=True), name, version
    place = client.place()
    if where != place.workspace:
        raise InvalidRequest(f"The workspace here is {place.workspace or 'not set'}, not {where}.")
    return AzureMLRegistry(place, allocate=allocate), name, version


def _own(labels: Mapping[str, str] | None, kind: str) -> dict[str, str]:
    checked = check_labels(labels, kind)
    if reserved := next((key for key in checked if key.startswith(OURS)), None):
        raise InvalidRequest(f"{reserved!r} cannot be among the {kind}: names that start with {OURS!r} are taken.")
    return checked


def _without_ours(labels: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in labels.items() if not key.startswith(OURS)}


def _copied(folder: Path, copy: Path) -> str:
    copy.mkdir()
    with files.reachable(str(folder)):
        files.mirror(folder, copy)
    try:
        return artefact.verify(copy)
    except ArtefactError as error:
        raise Integrity(f"This folder cannot be registered. {error}") from error


def _aware(moment: Any) -> datetime:
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
