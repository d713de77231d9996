"""Alerts as pages and the map show them."""

from typing import Any

from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from classifier import clock
from responder.hazards import matching
from responder.hazards.shapes import Shape
from responder.models import Incident, OfficialAlert

Level = OfficialAlert.Level
WORDS = {
    Level.EXTREME: "extreme", Level.SEVERE: "severe", Level.MODERATE: "moderate", Level.MINOR: "minor",
    Level.UNKNOWN: "unknown",
}  # fmt: skip


def present(alert: OfficialAlert) -> dict[str, Any]:
    """An alert as lists show it."""
    now = clock.now()
    return {
        "id": alert.pk,
        "alert": alert,
        "hazard": alert.hazard_label,
        "level": alert.level if alert.level in WORDS else Level.UNKNOWN,
        "level_css": WORDS.get(Level(alert.level) if alert.level in Level.values else Level.UNKNOWN, "unknown"),
        "level_word": level_word(alert),
        "source": alert.source.name,
        "title": alert.headline or alert.event_type or alert.hazard_label,
        "is_current": alert.state == OfficialAlert.State.CURRENT and alert.valid_until >= now,
        "state_word": state_word(alert),
        "is_located": alert.west is not None,
        "url": reverse("official-alert", args=[alert.pk]),
    }


def level_word(alert: OfficialAlert) -> str:
    """How severe it is: in the source's word, with ours where that is another."""
    ours = str(alert.get_level_display())
    said = alert.level_word
    if not said or said.lower() == ours.lower():
        return ours
    return said if alert.level == Level.UNKNOWN else f"{said} ({ours.lower()})"


def state_word(alert: OfficialAlert) -> str:
    """Whether it holds, in words."""
    if alert.state == OfficialAlert.State.REPLACED:
        return _("Replaced by a later alert")
    if alert.state == OfficialAlert.State.CANCELLED:
        return _("Cancelled by its sender")
    if alert.valid_until < clock.now():
        return _("Expired") if alert.expires else _("Older than 72 hours, without a stated end")
    return _("Current")


def line(alert: OfficialAlert) -> str:
    """An alert in one line: “GDACS: flood, orange, issued 3 hours ago”, and whether it has ended."""
    said = [
        alert.hazard_label[:1].lower() + alert.hazard_label[1:],
        (alert.level_word or alert.get_level_display()).lower(),
    ]
    ago = _("issued %(time)s ago") % {"time": timesince(alert.sent, clock.now(), depth=1)}
    parts = [*(one for one in said if one), ago]
    if (state := state_word(alert)) != _("Current"):
        parts.append(state.lower())
    return f"{alert.source.name}: {', '.join(parts)}"


def supporting_lines(incident: Incident) -> list[dict[str, str]]:
    """The alerts that support an incident, for its page: each a `line` and a `url`."""
    return [
        {"line": line(one), "url": reverse("official-alert", args=[one.pk])} for one in matching.supporting(incident)
    ]


def drawn(alert: OfficialAlert) -> dict[str, Any] | None:
    """An alert as the map draws it; None if it has no outline."""
    shape = Shape.read(alert.shape)
    if not shape:
        return None
    shown = present(alert)
    return {
        "id": alert.pk,
        "name": f"{shown['hazard']}, {shown['level_word']}",
        "title": shown["title"],
        "line": line(alert),
        "level": shown["level_css"],
        "url": shown["url"],
        "assumed": alert.radius_is_assumed,
        **shape.as_json(),
    }
