"""Transfer between the registry and this installation: push a version to the registry, or pull one from it.

A pulled version is a row in state `registered`: it serves only after somebody approved it. The folder is fetched and
verified before the row is written, so a failure never affects the version that serves.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from classifier import serving
from classifier.errors import ArtefactError, ModelUnavailable
from classifier.ml import artefact
from classifier.models import ApprovalRequest, ModelVersion
from classifier.registry.base import RESERVED, RegisteredModel, Registry
from classifier.registry.errors import AlreadyExists, Integrity, NotFound, Refused
from monitoring import audit

MAX_TEXT = 1 << 20  # bytes of a card or of metrics


def keep_the_shipped_first() -> None:
    """Register the shipped version first on a new installation, so that a pulled one isn't taken for it."""
    if not ModelVersion.objects.filter(state=ModelVersion.State.PRODUCTION).exists():
        with suppress(ModelUnavailable):  # without a shipped model, models come from the registry
            serving.register_shipped()


def find(registry: Registry, name: str, reference: str = RESERVED) -> RegisteredModel:
    """The version that `latest`, `@alias` or a version number refers to. Raises NotFound."""
    if reference == RESERVED:
        return registry.latest(name)
    if reference.startswith("@"):
        return registry.get_alias(name, reference[1:])
    return registry.get(name, reference)


def push(
    registry: Registry, version: ModelVersion, *, by: str, tags: Mapping[str, str] | None = None
) -> tuple[RegisteredModel, bool]:
    """Store a copy of `version` in the registry under the same name and version. Idempotent.

    Arguments:
        by: the audit log's actor.

    Returns the registry's entry, and whether it is new. Raises a RegistryError.
    """
    folder = serving.folder_of(version)
    _require_own_bytes(folder, version)
    known = _known(registry, version)
    if known is not None and known.sha256 == version.sha256:
        return known, False
    model = registry.register(
        folder, name=version.name, version=version.version, properties={"origin": version.origin}, tags=tags
    )
    audit.record(
        actor=by,
        action="model.pushed",
        object_type="model_version",
        object_id=str(version.pk),
        detail={"registry": settings.MODEL_REGISTRY, "name": model.name, "version": model.version},
    )
    return model, True


def pull(
    registry: Registry, name: str, reference: str = RESERVED, *, by: str, origin: str = ""
) -> tuple[ModelVersion, bool]:
    """Download a version to the data directory and create its row. Idempotent.

    Arguments:
        reference: see `find`.
        by: the audit log's actor.
        origin: where it came from, if not from the registry in the settings.

    Returns the row, and whether it is new. Raises a RegistryError, without writing a row.
    """
    keep_the_shipped_first()
    model = find(registry, name, reference)
    row = ModelVersion.objects.filter(name=model.name, version=model.version).first()
    _require_same(row, model)
    folder = serving.folder_of(row) if row else _models() / f"{model.name}-{model.version}-{model.sha256[:8]}"
    if not folder.is_relative_to(serving.SHIPPED):  # shipped models belong to the package, which is never written to
        registry.pull(model.name, model.version, into=folder)
    return (row, False) if row else _add_row(model, folder, by, origin or f"registry {settings.MODEL_REGISTRY}")


def require_approved(version: ModelVersion) -> None:
    """Raise Refused unless the version is approved: a shared registry contains approved versions only."""
    decided = version.origin == "shipped" or version.requests.filter(state=ApprovalRequest.State.APPROVED).exists()
    if not decided or version.state in (ModelVersion.State.QUARANTINED, ModelVersion.State.REJECTED):
        raise Refused(f"{version} is {version.get_state_display().lower()}: only an approved version is shared.")


def share(version: ModelVersion, *, to: Callable[[], RegisteredModel], by: str) -> RegisteredModel:
    """Copy an approved version from the workspace to the registry that other workspaces and sites use.

    Arguments:
        to: copies the version and returns the registry's entry.
        by: the audit log's actor.
    """
    require_approved(version)
    shared = to()
    if shared.sha256 != version.sha256:
        raise Integrity(f"{shared.uri} has SHA-256 {shared.sha256[:12]}…, {version} has {version.sha256[:12]}….")
    audit.record(
        actor=by,
        action="model.shared",
        object_type="model_version",
        object_id=str(version.pk),
        detail={"uri": shared.uri, "name": version.name, "version": version.version},
    )
    return shared


def _add_row(model: RegisteredModel, folder: Path, by: str, origin: str) -> tuple[ModelVersion, bool]:
    _require_own_name(folder, model)
    columns = {
        "sha256": model.sha256,
        "folder": folder.name,
        "origin": origin[:100],
        "metrics": _object(folder / "metrics.json"),
        "card": _text(folder / "README.md").replace("\x00", ""),
    }
    with audit.atomic():
        row, created = ModelVersion.objects.get_or_create(name=model.name, version=model.version, defaults=columns)
        _require_same(row, model)
        if created:
            audit.record(
                actor=by,
                action="model.registered",
                object_type="model_version",
                object_id=str(row.pk),
                after={"name": row.name, "version": row.version, "sha256": row.sha256, "state": row.state},
                detail={"registry": origin.removeprefix("registry ")},
            )
    return row, created


def _models() -> Path:
    return Path(settings.DATA_DIR) / "models"


def _known(registry: Registry, version: ModelVersion) -> RegisteredModel | None:
    try:
        return registry.get(version.name, version.version)
    except NotFound:
        return None


def _require_own_bytes(folder: Path, version: ModelVersion) -> None:
    try:
        found = artefact.verify(folder)
    except ArtefactError as error:
        raise Integrity(str(error)) from error
    if found != version.sha256:
        raise Integrity(f"{folder.name} is not what was recorded as {version}: its SHA-256 is {found[:12]}….")


def _require_same(row: ModelVersion | None, model: RegisteredModel) -> None:
    if row is not None and row.sha256 != model.sha256:
        raise AlreadyExists(
            f"This installation has a {row} with other bytes (SHA-256 {row.sha256[:12]}…) than the registry "
            f"({model.sha256[:12]}…). Register the model under another version."
        )


def _require_own_name(folder: Path, model: RegisteredModel) -> None:
    """Require that config.json has the approved name, because every prediction names its model from there."""
    config = _object(folder / "config.json")
    if (config.get("name"), config.get("version")) != (model.name, model.version):
        raise Integrity(
            f"The registry's {model.name} {model.version} calls itself {config.get('name')!r} {config.get('version')!r}. "
            "Register the model under the name and version of its config.json."
        )


def _object(path: Path) -> dict[str, Any]:
    """Return the content of a JSON file in a form that both databases can store; empty if there is no file."""
    text = _text(path) or "{}"
    try:
        content = json.loads(text, parse_constant=_refuse_constant)
        if not isinstance(content, dict) or "\\u0000" in text:
            raise ValueError("it is no object, or holds a NUL")
    except (ValueError, RecursionError) as error:
        raise Integrity(f"{path.parent.name}: {path.name} cannot be used ({error}).") from error
    return content


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _text(path: Path) -> str:
    if not path.is_file():
        return ""
    if path.stat().st_size > MAX_TEXT:
        raise Integrity(f"{path.parent.name}: {path.name} is longer than {MAX_TEXT:,} bytes.")
    return path.read_text(encoding="utf-8", errors="replace")
