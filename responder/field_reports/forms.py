"""The forms of reports and of their channels. Input is validated by the verbs of this package."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from responder import terms
from responder.chosen_place import PlaceForm
from responder.field_reports import contacts, positions, public, typed
from responder.forms import CheckedField, OptionField, ProductForm, Radios, VersionField
from responder.models import Event, FieldReport, ReportChannel
from responder.models.field_report import ACCOUNT_LIMIT, FOLDER_LIMIT, HOST_LIMIT, NAME_LIMIT, NOTICE_LIMIT

NAMES = ("name", "event", "notice", "host", "port", "account", "folder", "secret")
KINDS = [("phone", _("Phone")), ("radio", _("Radio")), ("walk-in", _("Walk-in"))]
SOURCES = dict(KINDS) | {"public-form": _("Public form"), "sms": _("SMS"), "email": _("Email")}
ABOUT = [("self", _("The person who reports")), ("other", _("Somebody else"))]
ABOUT_ME = [("self", _("Me, or people with me")), ("other", _("Somebody else, in another place"))]
PLACE_OF = [("need", _("Whoever needs help")), ("reporter", _("The reporter"))]
SEVERITIES = [("", _("Leave it to the model")), *((str(n), one) for n, one in terms.SEVERITIES.items())]
CHANNEL_KINDS = {
    "public-form": _("Public form"), "sms": _("SMS gateway (Twilio)"), "signed": _("Messages as signed JSON"),
    "email": _("Mailbox (IMAP)"),
}  # fmt: skip
SECRET_LABELS = {"sms": _("Auth token of the Twilio account"), "email": _("Password of the mailbox")}


class TypedReportForm(PlaceForm):
    """A report from a telephone, a radio, or somebody at the desk.

    Arguments:
        events: that receive reports.
    """

    form_key = CheckedField(widget=forms.HiddenInput)
    kind = OptionField(label=_("How it came in"), choices=KINDS, widget=Radios)
    text = CheckedField(
        label=_("What happened, and what is needed?"), required=True, max_length=typed.TEXT_LIMIT,
        widget=forms.Textarea({"rows": 4, "data-report-text": ""}),
    )  # fmt: skip
    about = OptionField(label=_("Who needs help?"), choices=ABOUT, widget=Radios)
    place_of = OptionField(
        label=_("Who is at this place?"), choices=PLACE_OF, widget=Radios, required=False,
        help_text=_("Needed for somebody else: the reporter's place is not marked on the map."),
    )  # fmt: skip
    severity = OptionField(label=_("Urgency"), choices=SEVERITIES, required=False)
    name = CheckedField(
        label=_("Name of the reporter"), max_length=contacts.NAME_LIMIT, widget=forms.TextInput({"autocomplete": "off"})
    )
    telephone = CheckedField(
        label=_("Phone number or call sign"), max_length=contacts.TELEPHONE_LIMIT,
        help_text=_("Name and number are stored encrypted, and shown only to people who give a reason."),
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "tel"}),
    )  # fmt: skip
    event = CheckedField(label=_("Event"), widget=forms.Select)
    verb_names = {"place": "place_name"}

    def __init__(self, data: Any = None, *, events: Iterable[Event], **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["event"].widget.choices = [(event.ref, event.name) for event in events]  # type: ignore[attr-defined]


class PublicReportForm(ProductForm):
    """A report from anybody. `website` is a field that people do not see."""

    form_key = CheckedField(widget=forms.HiddenInput)
    latitude = CheckedField(widget=forms.HiddenInput)
    longitude = CheckedField(widget=forms.HiddenInput)
    accuracy_km = CheckedField(widget=forms.HiddenInput)
    text = CheckedField(
        label=_("What happened, and what is needed?"), required=True, max_length=public.TEXT_LIMIT,
        widget=forms.Textarea({"rows": 5}),
    )  # fmt: skip
    about = OptionField(label=_("Who needs help?"), choices=ABOUT_ME, widget=Radios)
    place = CheckedField(
        label=_("Where is help needed?"), max_length=positions.PLACE_LIMIT,
        help_text=_("Street and number, village, or a landmark nearby."),
    )  # fmt: skip
    here = forms.BooleanField(label=_("Help is needed here, where I am now"), required=False)
    name = CheckedField(
        label=_("Your name (optional)"),
        max_length=contacts.NAME_LIMIT,
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    telephone = CheckedField(
        label=_("Your phone number (optional)"), max_length=contacts.TELEPHONE_LIMIT,
        help_text=_("So that the team can call you back."),
        widget=forms.TextInput({"autocomplete": "tel", "inputmode": "tel"}),
    )  # fmt: skip
    website = CheckedField(label=_("Leave this empty"), max_length=200)


class ChannelForm(ProductForm):
    """The settings of a channel.

    Arguments:
        kind: of the channel.
        events: that receive reports.
        channel: which is changed; None for a new one.
    """

    version = VersionField()
    name = CheckedField(label=_("Name"), required=True, max_length=NAME_LIMIT)
    event = CheckedField(label=_("Event of the reports"), widget=forms.Select)
    notice = CheckedField(
        label=_("What the form says about emergency numbers (optional)"), max_length=NOTICE_LIMIT,
        help_text=_("For example: This is not an emergency number. If a life is in danger, call 112. If you leave it empty, the form shows a standard text."),
        widget=forms.Textarea({"rows": 2}),
    )  # fmt: skip
    host = CheckedField(label=_("Mail server (IMAP over TLS)"), required=True, max_length=HOST_LIMIT)
    port = CheckedField(label=_("Port"), max_length=5, widget=forms.TextInput({"inputmode": "numeric"}))
    account = CheckedField(
        label=_("User name"), required=True, max_length=ACCOUNT_LIMIT, widget=forms.TextInput({"autocomplete": "off"})
    )
    folder = CheckedField(
        label=_("Folder"), max_length=FOLDER_LIMIT,
        help_text=_("Every message in this folder becomes a report. Messages are neither changed nor deleted."),
    )  # fmt: skip
    secret = CheckedField(max_length=300, widget=forms.PasswordInput({"autocomplete": "new-password"}))

    def __init__(
        self, data: Any = None, *, kind: str, events: Iterable[Event], channel: ReportChannel | None = None, **more: Any
    ) -> None:
        super().__init__(data, **more)
        self.fields["event"].widget.choices = [(event.ref, event.name) for event in events]  # type: ignore[attr-defined]
        unused = {"version"} if channel is None else set()
        if kind != ReportChannel.Kind.PUBLIC_FORM:
            unused |= {"notice"}
        if kind != ReportChannel.Kind.EMAIL:
            unused |= {"host", "port", "account", "folder"}
        if kind in SECRET_LABELS:
            self.fields["secret"].label = SECRET_LABELS[kind]
            if channel is not None:
                self.fields["secret"].help_text = _("Leave empty to keep the stored one.")
        else:
            unused |= {"secret"}
        for name in unused:
            del self.fields[name]

    @property
    def sent(self) -> dict[str, str]:
        """Return the submitted values for `channels`."""
        return {name: self.data.get(name, "") for name in NAMES}


def initial(channel: ReportChannel) -> dict[str, str]:
    """Return a channel's settings as its form shows them; never its secret."""
    values = {name: str(getattr(channel, name) or "") for name in NAMES if name not in ("secret", "event")}
    return values | {"event": channel.event.ref, "version": str(channel.version)}


def about(report: FieldReport) -> str:
    """Return for whom a report is, for display; empty where that was not stated."""
    return str(dict(ABOUT).get(report.about, ""))
