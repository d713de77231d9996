"""The forms of reports and handovers. Input is checked by the functions of this package."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from classifier import clock
from responder.events.reading import local_text
from responder.forms import CheckedField, OptionsField, ProductForm, VersionField
from responder.models import Event, Handover, SituationReport, SituationVersion
from responder.models.situation import REMARK_LIMIT, SECTION_LIMIT, SITUATION_REASON_LIMIT
from responder.situation import handover, links, periods, sections
from responder.situation.writing import REASON_MINIMUM

LOCAL = {"type": "datetime-local"}
SHIFT = timedelta(hours=8)
State = SituationReport.State


class DraftForm(ProductForm):
    """The period of a new report."""

    period_from = CheckedField(label=gettext_lazy("From"), widget=forms.DateTimeInput(LOCAL), required=True)
    period_to = CheckedField(
        label=gettext_lazy("To"), widget=forms.DateTimeInput(LOCAL),
        help_text=gettext_lazy("In the event's time zone. If you leave it empty, the period ends now."),
    )  # fmt: skip


class VersionForm(ProductForm):
    """A step with the version that the person loaded."""

    version = VersionField()


class AnewForm(VersionForm):
    """New facts, for the same period or until now."""

    to_now = forms.BooleanField(label=gettext_lazy("End the period now"), required=False)


class ReasonForm(VersionForm):
    """A step with its reason."""

    reason = CheckedField(
        label=gettext_lazy("Reason"), max_length=SITUATION_REASON_LIMIT, min_length=REASON_MINIMUM, required=True
    )


class LinkForm(VersionForm):
    """A public link."""

    days = CheckedField(
        label=gettext_lazy("Expires after (days)"), widget=forms.NumberInput({"min": 1, "max": links.MOST_DAYS})
    )


class SectionsForm(VersionForm):
    """The text of each section."""

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        for name, title in sections.TITLES.items():
            area = forms.Textarea({"rows": 6, "dir": "auto"})
            self.fields[name] = CheckedField(label=title, widget=area, max_length=SECTION_LIMIT, strip=False)

    @property
    def arguments(self) -> dict[str, Any]:
        """The values that the request sent; sections that it left out stay as they are."""
        return {name: value for name, value in super().arguments.items() if name in self.data}


def initial_period(event: Event) -> dict[str, str]:
    """The period of the next report: from the end of the last published one, or the last day."""
    last = event.situation_reports.filter(state=State.PUBLISHED).order_by("-period_to").first()
    now = clock.now()
    start = last.period_to if last and now - last.period_to <= periods.LONGEST else now - periods.USUAL
    return {"period_from": local_text(start, event.time_zone), "period_to": ""}


def initial_sections(report: SituationReport, version: SituationVersion) -> dict[str, Any]:
    """The text of each section as its form shows it."""
    return {"version": report.version} | {name: version.sections.get(name, "") for name in sections.TITLES}


class SinceForm(ProductForm):
    """From when a handover tells what happened."""

    since = CheckedField(
        label=gettext_lazy("Since"), widget=forms.DateTimeInput(LOCAL), required=True,
        help_text=gettext_lazy("In the event's time zone: when your shift began."),
    )  # fmt: skip


class HandoverForm(VersionForm):
    """The text of a handover, and who is on duty.

    Arguments:
        people: (id, name) of those who can be chosen.
    """

    def __init__(self, data: Any = None, *, people: Any = (), **more: Any) -> None:
        super().__init__(data, **more)
        for name, title in handover.SECTIONS.items():
            area = forms.Textarea({"rows": 5, "dir": "auto"})
            self.fields[name] = CheckedField(label=title, widget=area, max_length=SECTION_LIMIT, strip=False)
        self.fields["on_duty"] = OptionsField(label=gettext_lazy("On duty"), choices=list(people))


class AcknowledgeForm(VersionForm):
    """The incoming lead's acknowledgement."""

    remark = CheckedField(label=gettext_lazy("Remark (optional)"), max_length=REMARK_LIMIT)


def initial_since(event: Event) -> dict[str, str]:
    """From the end of the last handover, or eight hours ago."""
    last = Handover.objects.filter(event=event, state__in=(Handover.State.GIVEN, Handover.State.ACKNOWLEDGED)).first()
    now = clock.now()
    start = last.until if last and now - last.until <= periods.LONGEST else now - SHIFT
    return {"since": local_text(start, event.time_zone)}


def initial_handover(row: Handover) -> dict[str, Any]:
    """A draft as its form shows it."""
    texts = {name: row.sections.get(name, "") for name in handover.SECTIONS}
    return texts | {"version": row.version, "on_duty": [str(pk) for pk in row.on_duty.values_list("pk", flat=True)]}
