"""Which model version answers, loaded once per process.

The version in production is a row; its folder is verified against its manifest before it serves. A fresh
installation serves the shipped model, which is registered as its first production version.
"""

import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import structlog
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction

from classifier.errors import ArtefactError, ModelUnavailable
from classifier.ml.runtime import Runtime
from classifier.models import ModelVersion
from monitoring import audit

log = structlog.get_logger(__name__)
SHIPPED = Path(__file__).parent / "shipped"
RECHECK_S = 5.0


@dataclass(frozen=True, slots=True)
class Serving:
    """A loaded runtime and the row that it stands for; None where there is no database to hold rows."""

    runtime: Runtime
    version_id: int | None


_lock = threading.Lock()
_current: Serving | None = None
_checked_at = float("-inf")


def current() -> Serving:
    """The version in production, loaded; looks for a newer one every few seconds. Raises ModelUnavailable."""
    global _current, _checked_at
    if _current is not None and time.monotonic() - _checked_at < RECHECK_S:
        return _current
    with _lock:
        if _current is None or time.monotonic() - _checked_at >= RECHECK_S:
            _current = _load(_current)
            _checked_at = time.monotonic()
        return _current


def forget() -> None:
    """Drop the loaded version, so that the next call loads anew."""
    global _current, _checked_at
    with _lock:
        _current, _checked_at = None, float("-inf")


def _load(loaded: Serving | None) -> Serving:
    try:
        version = ModelVersion.objects.filter(state=ModelVersion.State.PRODUCTION).first()
        if version is None or _is_gone(version):
            version = register_shipped()
    except DatabaseError:  # not migrated yet, or away: what is loaded goes on serving
        return loaded or Serving(_runtime(_shipped_folder()), None)
    if loaded and loaded.version_id == version.pk:
        return loaded
    try:
        runtime = _runtime(folder_of(version))
    except ModelUnavailable:
        if loaded is None:
            raise
        log.exception("the version in production does not load; the previous one goes on serving", version=str(version))
        return loaded
    log.info("serving", model=str(version), sha256=runtime.info.sha256)
    return Serving(runtime, version.pk)


@lru_cache(maxsize=2)  # versions are immutable: a folder is read and verified once per process
def _runtime(folder: Path) -> Runtime:
    try:
        return Runtime.load(folder)
    except (ArtefactError, OSError) as error:
        raise ModelUnavailable(f"The model in {folder.name} cannot be used: {error}") from error


def current_folder() -> Path:
    """The folder of the version in production, for processes that load it themselves. Raises ModelUnavailable."""
    serving = current()
    return folder_of(ModelVersion.objects.get(pk=serving.version_id)) if serving.version_id else _shipped_folder()


def folder_of(version: ModelVersion) -> Path:
    """The folder that holds `version`: among the shipped models, else under the data directory."""
    shipped = SHIPPED / version.folder
    return shipped if shipped.is_dir() else settings.DATA_DIR / "models" / version.folder


def _shipped_folder() -> Path:
    folders = sorted(path.parent for path in SHIPPED.glob("*/manifest.json"))
    if not folders:
        raise ModelUnavailable("No model is installed. Reinstall the package, or train one with `responder train`.")
    return folders[-1]


def _is_gone(version: ModelVersion) -> bool:
    """Whether an upgrade of the package has replaced the shipped model that this row stands for."""
    return version.origin == "shipped" and not folder_of(version).is_dir()


def register_shipped() -> ModelVersion:
    """Register the shipped model as this installation's first production version; twice changes nothing.

    It also takes the place of a shipped model that an upgrade of the package has replaced.
    """
    folder = _shipped_folder()
    info = _runtime(folder).info
    card = folder / "README.md"
    try:
        with transaction.atomic():
            _supersede_what_is_gone()
            version, created = ModelVersion.objects.get_or_create(
                name=info.name,
                version=info.version,
                defaults={
                    "sha256": info.sha256,
                    "folder": folder.name,
                    "origin": "shipped",
                    "state": ModelVersion.State.PRODUCTION,
                    "card": card.read_text() if card.exists() else "",
                },
            )
            if created:
                audit.record(
                    actor="system:installation",
                    action="model.registered",
                    object_type="model_version",
                    object_id=str(version.pk),
                    after={
                        "name": info.name,
                        "version": info.version,
                        "sha256": info.sha256,
                        "state": version.state,
                    },
                )
    except IntegrityError:  # another process was first
        version = ModelVersion.objects.get(name=info.name, version=info.version)
    return version


def _supersede_what_is_gone() -> None:
    for version in ModelVersion.objects.select_for_update().filter(state=ModelVersion.State.PRODUCTION):
        if _is_gone(version):
            ModelVersion.objects.filter(pk=version.pk).update(state=ModelVersion.State.SUPERSEDED)
            audit.record(
                actor="system:installation",
                action="model.superseded",
                object_type="model_version",
                object_id=str(version.pk),
                before={"state": ModelVersion.State.PRODUCTION},
                after={"state": ModelVersion.State.SUPERSEDED},
                detail={"reason": "the package was upgraded and ships another model"},
            )
