"""The only code that changes versions' states and deployments, with the version's row locked, and audit events."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from classifier import clock, locks
from classifier.errors import GovernanceError
from classifier.models import Deployment, ModelVersion
from monitoring import audit

State = ModelVersion.State
LEAST_REASON = 20  # characters
SYSTEM = "system:releases"
RELEASES = "releases"  # serialises all changes of the serving version, whichever versions are involved


def shadow_ends(version: ModelVersion) -> datetime | None:
    """When the version's shadow period ends. None if it doesn't run in shadow."""
    trial = version.deployments.filter(role=Deployment.Role.SHADOW).order_by("-id").first()
    return trial.started_at + timedelta(hours=settings.SHADOW_HOURS) if trial else None


def lock(version_id: int) -> ModelVersion:
    """Lock a version and all changes of the serving version. Raises GovernanceError."""
    locks.one_at_a_time(RELEASES)
    version = ModelVersion.objects.select_for_update(no_key=True).filter(pk=version_id).first()
    if version is None:
        raise GovernanceError(_("This version does not exist."))
    return version


def locked_production() -> ModelVersion | None:
    """The version in production, locked, so that nobody else can change which version serves."""
    locks.one_at_a_time(RELEASES)
    return ModelVersion.objects.select_for_update(no_key=True).filter(state=State.PRODUCTION).first()


def move(version: ModelVersion, state: State, *, by: str, allowed: tuple[str, ...], reason: str = "") -> None:
    require_state(version, *allowed)
    before = version.state
    if before == state:
        return
    version.state = state
    version.save(update_fields=["state"])
    audit.record(
        actor=by,
        action=f"model.{state}",
        object_type="model_version",
        object_id=str(version.pk),
        before={"state": before},
        after={"state": str(state)},
        detail={"name": version.name, "version": version.version, "sha256": version.sha256, "reason": reason},
    )


def require_state(version: ModelVersion, *allowed: str) -> None:
    if version.state not in allowed:
        hint = ""
        if version.state == State.SHADOW and (ends := shadow_ends(version)):
            hint = f" It runs in shadow until {ends:%d %B, %H:%M} UTC."
        raise GovernanceError(
            _("%(version)s is now: %(state)s.%(hint)s")
            % {"version": version, "state": version.get_state_display().lower(), "hint": hint}
        )


def end(version: ModelVersion, because: str) -> None:
    version.deployments.filter(ended_at=None).update(ended_at=clock.now(), ended_because=because)


def checked_reason(text: str) -> str:
    text = text.strip()
    if not LEAST_REASON <= len(text) <= 2_000:
        raise GovernanceError(
            _("Enter a reason of %(least)s to 2,000 characters. Auditors will read it.") % {"least": LEAST_REASON}
        )
    return text


def actor(by: Any) -> str:
    return by if isinstance(by, str) else f"user:{by.username}"


def record(by: Any, action: str, version: ModelVersion, detail: dict[str, Any]) -> None:
    audit.record(actor=actor(by), action=action, object_type="model_version", object_id=str(version.pk), detail=detail)
