"""The state of sources of official alerts, in words: when they last answered, how old that is, and what went wrong."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from classifier import clock
from responder.hazards import forms
from responder.hazards.schedule import INTERVAL
from responder.models import HazardSource

LATE = 3 * INTERVAL + timedelta(minutes=1)


def all_sources() -> list[dict[str, Any]]:
    """The state of every source; one query."""
    return [present(source) for source in HazardSource.objects.defer("documents")]


def present(source: HazardSource) -> dict[str, Any]:
    """A source with its `state`, `tone`, `error` in a sentence, and the minutes since its newest readable answer."""
    now = clock.now()
    age = None if source.answered_at is None else now - source.answered_at
    if not source.is_on:
        state, tone = _("Off"), ""
    elif source.last_error and source.last_unreadable:
        state, tone = _("Answer unreadable"), "red"
    elif source.last_error:
        state, tone = _("Cannot be reached"), "red"
    elif age is None:
        state, tone = _("Not read yet"), "amber"
    elif age > LATE:
        state, tone = _("Not read for a while"), "amber"
    else:
        state, tone = _("Up to date"), "ok"
    return {
        "source": source,
        "kind": forms.KINDS[HazardSource.Kind(source.kind)] if source.kind in HazardSource.Kind.values else source.kind,
        "state": state,
        "tone": tone,
        "error": error_sentence(source),
    }


def error_sentence(source: HazardSource) -> str:
    """What went wrong when the source was last asked, as a sentence; empty if it could be read."""
    if not source.last_error or source.last_error_at is None:
        return ""
    words = {"at": f"{source.last_error_at:%H:%M} UTC", "why": source.last_error}
    if source.last_unreadable:
        return _("The last answer, at %(at)s, could not be read: %(why)s.") % words
    return _("The last request, at %(at)s, failed: %(why)s") % words
