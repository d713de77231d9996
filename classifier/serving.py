"""The model versions that serve, loaded once per process.

The version in production is a row; its folder is verified against its manifest before it serves. A fresh installation
serves the shipped model, which is registered as its first production version. In addition, a canary may answer a share
of the posts, and a version in shadow may answer without its answers being shown: see `releases`.

A release needs no restart: every few seconds a process checks which versions serve. Long-lived processes also `watch`:
they load a new version before it is needed, and record which bytes they loaded.
"""

import json
import os
import socket
import threading
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import DatabaseError, IntegrityError, close_old_connections

from classifier import clock, database, languages, locks, releases
from classifier.errors import ArtefactError, ModelUnavailable
from classifier.models import Deployment, LoadedModel, ModelVersion
from monitoring import audit

if TYPE_CHECKING:
    from classifier.ml.runtime import Runtime

log = structlog.get_logger(__name__)
SHIPPED = Path(__file__).parent / "shipped"
RECHECK_S = 5.0
REPORT_EVERY_S = 30.0
PARTS = 10_000  # of a share
UNREADABLE = (OSError, ValueError, AttributeError)  # of a config.json


@dataclass(frozen=True, slots=True)
class Serving:
    """A loaded runtime and the id of its row; None if there is no database."""

    runtime: "Runtime"
    version_id: int | None


@dataclass(frozen=True, slots=True)
class Trial:
    """A version that answers a share of the posts, as a canary or in shadow."""

    serving: Serving
    deployment_id: int
    share: float

    def takes(self, subject: int) -> bool:
        """Whether this post is in its share: always the same posts for a version, different ones for the next."""
        digest = zlib.crc32(f"{self.serving.version_id}:{subject}".encode())
        return digest % PARTS < self.share * PARTS


@dataclass(frozen=True, slots=True)
class ServingSet:
    """All versions that serve now."""

    production: Serving
    canary: Trial | None = None
    shadow: Trial | None = None


_lock = threading.Lock()
_line: ServingSet | None = None
_checked_at = float("-inf")


def current() -> Serving:
    """The version in production, loaded. Raises ModelUnavailable."""
    return line().production


def line() -> ServingSet:
    """Production, canary and shadow, checked for changes every few seconds. Raises ModelUnavailable.

    While one thread loads a change, the others continue with the loaded versions.
    """
    global _line, _checked_at
    if _line is not None and time.monotonic() - _checked_at < RECHECK_S:
        return _line
    if not _lock.acquire(blocking=False):
        if _line is not None:
            return _line
        database.release_connections()  # the first load takes seconds
        _lock.acquire()
    try:
        if _line is None or time.monotonic() - _checked_at >= RECHECK_S:
            _line = _load_line(_line)
            _checked_at = time.monotonic()
        return _line
    finally:
        _lock.release()


def forget() -> None:
    """Drop the loaded versions, so that the next call loads them again."""
    global _line, _checked_at
    with _lock:
        _line, _checked_at = None, float("-inf")


def _load_line(loaded: ServingSet | None) -> ServingSet:
    production = _load(loaded.production if loaded else None)
    try:
        trials = Deployment.objects.filter(ended_at=None).exclude(role=Deployment.Role.PRODUCTION)
        found = {row.role: row for row in trials.select_related("version")}
    except DatabaseError:
        return ServingSet(production)
    return ServingSet(
        production,
        canary=_trial(found.get(Deployment.Role.CANARY)),
        shadow=_trial(found.get(Deployment.Role.SHADOW)),
    )


def _trial(deployment: Deployment | None) -> Trial | None:
    """Load the version of a trial. Returns None if that fails, and stops it if it is a canary."""
    if deployment is None:
        return None
    try:
        runtime = _runtime(folder_of(deployment.version))
        if runtime.info.sha256 != deployment.version.sha256:
            raise ModelUnavailable(f"{deployment.version}: its folder holds other bytes than were approved.")
    except ModelUnavailable as error:
        log.exception("a version on trial does not load", version=str(deployment.version), role=deployment.role)
        if deployment.role == Deployment.Role.CANARY:
            releases.halt(version_id=deployment.version_id, reason=f"it does not load: {error}")
        return None
    return Trial(Serving(runtime, deployment.version_id), deployment.pk, deployment.share)


def import_runtime() -> None:
    """Import the libraries that answer posts, so that no request waits for them; `watch` loads the model later."""
    import rapidfuzz  # noqa: F401  of `classifier.places`

    import classifier.ml.runtime  # noqa: F401


def watch(every_s: float = RECHECK_S) -> None:
    """Follow releases in the background, for as long as the process lives."""
    threading.Thread(target=_follow, args=(every_s,), name="follow releases", daemon=True).start()


def _follow(every_s: float) -> None:
    reported, known = float("-inf"), None
    while True:
        try:
            now = line()
            if now is not known or time.monotonic() - reported >= REPORT_EVERY_S:
                report(now)
                reported, known = time.monotonic(), now
        except (DatabaseError, ModelUnavailable):
            log.warning("cannot follow releases now", exc_info=True)
        finally:
            close_old_connections()
        time.sleep(every_s)


def report(loaded: ServingSet | None = None) -> None:
    """Record which versions this process has loaded."""
    loaded = loaded or line()
    now, process = clock.now(), f"{socket.gethostname()}:{os.getpid()}"
    rows = [
        LoadedModel(
            process=process,
            role=role,
            version_id=version_id,
            sha256=sha256,
            loaded_at=now,
            seen_at=now,
        )
        for role, version_id, sha256 in _roles(loaded)
    ]
    LoadedModel.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["process", "role"],
        update_fields=["version", "sha256", "seen_at"],
    )
    LoadedModel.objects.filter(process=process).exclude(role__in=[row.role for row in rows]).delete()


def _roles(loaded: ServingSet) -> Iterable[tuple[str, int, str]]:
    """Role, version id and SHA-256 of all loaded versions that have a row."""
    parts = {
        Deployment.Role.PRODUCTION: loaded.production,
        Deployment.Role.CANARY: loaded.canary.serving if loaded.canary else None,
        Deployment.Role.SHADOW: loaded.shadow.serving if loaded.shadow else None,
    }
    for role, serving in parts.items():
        if serving and serving.version_id is not None:
            yield role, serving.version_id, serving.runtime.info.sha256


def _load(loaded: Serving | None) -> Serving:
    try:
        version = ModelVersion.objects.filter(state=ModelVersion.State.PRODUCTION).first()
        if version is None or _is_gone(version):
            version = register_shipped()
    except DatabaseError:  # not migrated yet, or unavailable: the loaded version continues to serve
        return loaded or Serving(_runtime(shipped_folder()), None)
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


@lru_cache(maxsize=4)  # versions are immutable: a folder is read and verified once per process
def _runtime(folder: Path) -> "Runtime":
    from classifier.ml.runtime import Runtime  # 50 MB of libraries, for processes that classify

    try:
        return Runtime.load(folder)
    except (ArtefactError, OSError) as error:
        raise ModelUnavailable(f"The model in {folder.name} cannot be used: {error}") from error


def measured_languages() -> frozenset[str]:
    """The languages in which the version in production was measured, without loading its weights."""
    if _line is not None:
        return _line.production.runtime.info.languages
    try:
        version = ModelVersion.objects.filter(state=ModelVersion.State.PRODUCTION).first()
        return languages_of(version) if version else _languages_of(shipped_folder())
    except (DatabaseError, ModelUnavailable, *UNREADABLE):
        return languages.TESTED


def languages_of(version: ModelVersion) -> frozenset[str]:
    """The languages in which a version was measured, according to its folder; only English if it can't be read."""
    try:
        return _languages_of(folder_of(version))
    except UNREADABLE:
        return languages.TESTED


@lru_cache(maxsize=4)
def _languages_of(folder: Path) -> frozenset[str]:
    return languages.measured_by(json.loads((folder / "config.json").read_text()))


def current_folder() -> Path:
    """The folder of the version in production, for processes that load it themselves. Raises ModelUnavailable."""
    serving = current()
    return folder_of(ModelVersion.objects.get(pk=serving.version_id)) if serving.version_id else shipped_folder()


def folder_of(version: ModelVersion) -> Path:
    """The folder of `version`: among the shipped models, or otherwise in the data directory."""
    shipped = SHIPPED / version.folder
    return shipped if shipped.is_dir() else settings.DATA_DIR / "models" / version.folder


def shipped_folder() -> Path:
    """The folder of the shipped model. Raises ModelUnavailable."""
    folders = sorted(path.parent for path in SHIPPED.glob("*/manifest.json"))
    if not folders:
        raise ModelUnavailable("No model is installed. Reinstall the package, or train one with `responder train`.")
    return folders[-1]


def _is_gone(version: ModelVersion) -> bool:
    """Whether an upgrade of the package has replaced the shipped model of this row."""
    return version.origin == "shipped" and not folder_of(version).is_dir()


def register_shipped() -> ModelVersion:
    """Register the shipped model as this installation's first production version. Idempotent.

    If an upgrade of the package has replaced the shipped model in production, the new one takes its place.
    """
    folder = shipped_folder()
    info = _runtime(folder).info
    card, metrics = folder / "README.md", folder / "metrics.json"
    try:
        with audit.atomic():
            locks.one_at_a_time(releases.RELEASES)
            gone = _supersede_what_is_gone()
            version, created = ModelVersion.objects.get_or_create(
                name=info.name,
                version=info.version,
                defaults={
                    "sha256": info.sha256,
                    "folder": folder.name,
                    "origin": "shipped",
                    "state": ModelVersion.State.PRODUCTION,
                    "card": card.read_text() if card.exists() else "",
                    "metrics": json.loads(metrics.read_text()) if metrics.exists() else {},
                },
            )
            if created:
                releases.record_installation(version, previous=gone)
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
    except IntegrityError:  # another process registered it first
        version = ModelVersion.objects.get(name=info.name, version=info.version)
    return version


def _supersede_what_is_gone() -> ModelVersion | None:
    gone = None
    for version in ModelVersion.objects.select_for_update(no_key=True).filter(state=ModelVersion.State.PRODUCTION):
        if _is_gone(version):
            gone = version
            ModelVersion.objects.filter(pk=version.pk).update(state=ModelVersion.State.RETIRED)
            version.deployments.filter(ended_at=None).update(
                ended_at=clock.now(), ended_because="the package was upgraded and ships another model"
            )
            audit.record(
                actor="system:installation",
                action="model.retired",
                object_type="model_version",
                object_id=str(version.pk),
                before={"state": ModelVersion.State.PRODUCTION},
                after={"state": ModelVersion.State.RETIRED},
                detail={"reason": "the package was upgraded and ships another model"},
            )
    return gone
