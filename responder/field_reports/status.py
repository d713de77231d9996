"""The state of channels, and of the reports that the team types, as the page of sources shows it."""

from typing import Any

from django.db.models import Count, Max
from django.utils.translation import gettext as _

from responder.field_reports import forms, typed
from responder.models import FieldReport, ReportChannel


def all_channels() -> list[dict[str, Any]]:
    """The state of every channel; one query."""
    return [_present(channel) for channel in ReportChannel.objects.select_related("event")]


def typed_kinds() -> list[dict[str, Any]]:
    """How many reports the team typed, by the way in which they came, and when the last one did; one query."""
    rows = FieldReport.objects.filter(kind__in=typed.KINDS).order_by().values("kind")
    found = {row["kind"]: row for row in rows.annotate(count=Count("id"), last=Max("received_at"))}
    return [
        {"label": label, "count": found[kind]["count"], "last": found[kind]["last"]}
        for kind, label in forms.KINDS
        if kind in found
    ]


def _present(channel: ReportChannel) -> dict[str, Any]:
    if not channel.is_on:
        state, tone = _("Off"), ""
    elif not channel.event.is_open:
        state, tone = _("Event closed"), "amber"
    elif channel.kind == ReportChannel.Kind.EMAIL and channel.last_error:
        state, tone = _("Cannot be read"), "red"
    elif channel.kind == ReportChannel.Kind.EMAIL and channel.checked_at is None:
        state, tone = _("Not read yet"), "amber"
    else:
        state, tone = _("On"), "ok"
    return {"channel": channel, "kind": forms.CHANNEL_KINDS[channel.kind], "state": state, "tone": tone}
