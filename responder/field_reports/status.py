"""The state of channels, and of the reports that the team types, as the page of sources shows it."""

from typing import Any

from django.db.models import Count, Max
from django.utils.translation import gettext as _

from responder import roles
from responder.field_reports import forms, typed
from responder.models import FieldReport, ReportChannel


def all_channels(visible_events: frozenset[int] | None) -> list[dict[str, Any]]:
    """The state of every channel of these events (None: of all); one query."""
    rows = roles.within(ReportChannel.objects.select_related("event"), visible_events)
    return [_present(channel) for channel in rows]


def typed_kinds(visible_events: frozenset[int] | None) -> list[dict[str, Any]]:
    """How many reports the team typed in these events (None: in all), by the way in which they came, and when the last did; one query."""
    typed_ones = roles.within(FieldReport.objects.filter(kind__in=typed.KINDS), visible_events, "post__event")
    rows = typed_ones.order_by().values("kind")
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
