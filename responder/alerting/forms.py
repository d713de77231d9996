"""The forms of alert rules, of channels, and of a person's settings. The verbs judge what they send."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from responder import terms
from responder.alerting import chat_services, push, rules, wording
from responder.forms import CheckedField, ProductForm, VersionField
from responder.models import AlertRule, Event, NotificationChannel, NotificationSettings, User
from responder.models.alerting import LABEL_LIMIT, RULE_NAME_LIMIT
from responder.models.time_zones import names as zones

Kind = AlertRule.Kind
PERSON = "person-"
# The fields of each kind, beside those of all.
FIELDS = {
    Kind.POSTS: ("query", "posts", "radius_km", "minutes"), Kind.UNANSWERED: ("severity", "minutes"),
    Kind.SILENT: ("minutes",), Kind.MODEL: ("minutes",),
}  # fmt: skip
USUAL_MINUTES = {Kind.POSTS: "30", Kind.UNANSWERED: "20", Kind.SILENT: "15", Kind.MODEL: "2"}
MINUTES_LABELS = {
    Kind.POSTS: gettext_lazy("Within how many minutes"), Kind.UNANSWERED: gettext_lazy("Unanswered for more than (minutes)"),
    Kind.SILENT: gettext_lazy("No posts for (minutes)"),
    Kind.MODEL: gettext_lazy("Posts wait for more than (minutes)"),
}  # fmt: skip


def _whole(label: Any, **more: Any) -> CheckedField:
    return CheckedField(label=label, widget=forms.TextInput({"inputmode": "numeric", "size": 6}), max_length=6, **more)


class RuleForm(ProductForm):
    """An alert rule of one kind.

    Arguments:
        kind: of AlertRule.Kind.
        events: that the person may choose; with `all_events`, all of them together too.
        people: who can be notified.
    """

    name = CheckedField(label=gettext_lazy("Name"), required=True, max_length=RULE_NAME_LIMIT)
    event = CheckedField(label=gettext_lazy("Event"), widget=forms.Select)
    query = CheckedField(
        label=gettext_lazy("Posts that count"), max_length=rules.FILTER_TYPED_LIMIT,
        help_text=gettext_lazy("As in the search box: sev:critical, cat:needs, lang:pt, place:Beira, area:32,-22,37,-16, or words. You can also paste the address of a filtered map. Empty: all posts."),
        widget=forms.TextInput({"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    posts = _whole(gettext_lazy("How many posts"))
    radius_km = _whole(
        gettext_lazy("Within how many kilometres"),
        help_text=gettext_lazy("Empty: anywhere in the event. Posts without a place, or placed no better than 50 km, count only then."),
    )  # fmt: skip
    minutes = _whole(gettext_lazy("Minutes"))
    severity = CheckedField(label=gettext_lazy("Severity"), widget=forms.Select)
    level = CheckedField(
        label=gettext_lazy("Level"), widget=forms.Select,
        help_text=gettext_lazy("Critical notifications can break quiet hours, where the person allows it."),
    )  # fmt: skip
    escalate_minutes = _whole(
        gettext_lazy("Notify the next person after (minutes)"),
        help_text=gettext_lazy("If nobody has acknowledged the alert by then. Empty: all are notified at once."),
    )  # fmt: skip
    version = VersionField()

    def __init__(
        self, data: Any = None, *, kind: str, events: Iterable[Event], all_events: bool, people: Iterable[User],
        rule: AlertRule | None = None, **more: Any,
    ) -> None:  # fmt: skip
        super().__init__(data, **more)
        self.kind = Kind(kind)
        if rule is None:
            del self.fields["version"]
        for name in {"query", "posts", "radius_km", "severity"} - set(FIELDS[self.kind]):
            del self.fields[name]
        self.fields["minutes"].label = MINUTES_LABELS[self.kind]
        choices = [(rules.IN_ALL_EVENTS, _("All events"))] if all_events else []
        if self.kind != Kind.MODEL:
            choices = [*((str(one.pk), one.name) for one in events), *choices]
        _choose(self.fields["event"], choices)
        _choose(self.fields["level"], wording.LEVEL_LABELS.items())
        if "severity" in self.fields:
            names = [
                (str(number), _("%(severity)s or higher") % {"severity": name})
                for number, name in terms.SEVERITIES.items()
            ]
            names[0] = ("1", terms.severity(1))
            _choose(self.fields["severity"], names)
        options = [("", "–"), *((str(one.pk), f"{one.display_name} (@{one.username})") for one in people)]
        for number in range(1, rules.MOST_PEOPLE + 1):
            label = _("First person to notify") if number == 1 else _("Person %(number)d") % {"number": number}
            field = CheckedField(label=label, widget=forms.Select)
            _choose(field, options)
            self.fields[f"{PERSON}{number}"] = field

    verb_names = {"people": f"{PERSON}1"}

    @property
    def kind_fields(self) -> list[Any]:
        """The fields of the condition."""
        return [self[name] for name in FIELDS[self.kind]]

    @property
    def person_fields(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith(PERSON)]

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of `rules.create` and `rules.change`."""
        values = super().arguments
        people = [
            values.pop(name)
            for name in self.fields
            if name.startswith(PERSON) and name in self.cleaned_data and name != f"{PERSON}1"
        ]
        first = values.pop("people", "")
        values.pop("version", None)
        return values | {"kind": self.kind.value, "people": [one for one in [first, *people] if one]}


def _choose(field: forms.Field, choices: Iterable[tuple[str, Any]]) -> None:
    field.widget.choices = list(choices)  # type: ignore[attr-defined]


def initial(rule: AlertRule | None, kind: str, sent: QueryDict) -> dict[str, Any]:
    """What the form of a rule shows first: the rule, or what is usual for its kind.

    Arguments:
        sent: of a link that proposes a filter: `query` (as typed, or the address of a filtered page), `event_id`, `severity`.
    """
    if rule is None:
        query = rules.as_typed(sent.get("query", "")[: rules.FILTER_TYPED_LIMIT])
        severity = sent.get("severity", "")
        return {
            "query": query or "sev:critical", "posts": "3", "radius_km": "10", "minutes": USUAL_MINUTES[Kind(kind)],
            "severity": severity if severity in ("1", "2", "3", "4") else "1", "level": AlertRule.Level.CRITICAL, "escalate_minutes": "10",
            "event": sent.get("event_id", "")[:18],
        }  # fmt: skip
    people = {f"{PERSON}{one.position}": str(one.person_id) for one in rule.recipients.all()}
    return people | {
        "name": rule.name, "event": str(rule.event_id or rules.IN_ALL_EVENTS), "level": rule.level,
        "query": rules.typed_query(rule), "posts": rule.posts, "minutes": rule.minutes, "severity": str(rule.severity),
        "radius_km": "" if rule.radius_km is None else f"{rule.radius_km:g}",
        "escalate_minutes": rule.escalate_minutes or "", "version": rule.version,
    }  # fmt: skip


class ChannelForm(ProductForm):
    """A channel whose address is typed: e-mail needs none."""

    kind = CheckedField(label=gettext_lazy("Type"), widget=forms.Select)
    address = CheckedField(
        label=gettext_lazy("Address"), max_length=chat_services.URL_LIMIT,
        widget=forms.TextInput({"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    label = CheckedField(label=gettext_lazy("Name"), max_length=LABEL_LIMIT)

    def __init__(self, data: Any = None, *, services: Iterable[str], **more: Any) -> None:
        super().__init__(data, name="channel", **more)
        kinds = [NotificationChannel.Kind.EMAIL, NotificationChannel.Kind.APPRISE, NotificationChannel.Kind.WEBHOOK]
        _choose(self.fields["kind"], [(one, wording.CHANNEL_LABELS[one]) for one in kinds])
        shown = ", ".join(f"{name}://" for name in services)
        self.fields["address"].help_text = _(
            "E-mail: leave it empty, your account's address is used. Webhook: https://… Chat or push service: an Apprise "
            "address that begins with one of %(services)s. It is stored encrypted and never shown."
        ) % {"services": shown}
        self.fields["label"].help_text = _("By which you know it. Empty: its type.")


class PushForm(ProductForm):
    """What a browser sends when it subscribes to push messages."""

    address = CheckedField(max_length=push.SUBSCRIPTION_LIMIT)
    label = CheckedField(max_length=LABEL_LIMIT)
    verb_names = {}


class SettingsForm(ProductForm):
    """A person's quiet hours, limit and sound."""

    an_hour = _whole(
        gettext_lazy("Messages an hour at most"),
        help_text=gettext_lazy("What comes together is one message. What is over the limit waits, is listed on the page of notifications, and is counted in the next message."),
    )  # fmt: skip
    quiet_from = CheckedField(
        label=gettext_lazy("Quiet hours from"), widget=forms.TextInput({"type": "time"}), max_length=8
    )
    quiet_until = CheckedField(label=gettext_lazy("until"), widget=forms.TextInput({"type": "time"}), max_length=8)
    time_zone = CheckedField(label=gettext_lazy("Time zone of the quiet hours"), widget=forms.Select)
    critical_breaks_quiet = forms.BooleanField(
        label=gettext_lazy("Critical notifications may break my quiet hours"), required=False
    )
    sound = CheckedField(label=gettext_lazy("Sound of the bell"), widget=forms.Select)
    version = VersionField()

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, name="settings", **more)
        _choose(self.fields["time_zone"], [(name, name) for name in zones()])
        sounds = {"": _("No sound"), "chime": _("Chime"), "bell": _("Two-tone bell")}
        _choose(self.fields["sound"], sounds.items())


def settings_initial(preferences: NotificationSettings) -> dict[str, Any]:
    """What the form of the settings shows first."""
    times = {name: getattr(preferences, name) for name in ("quiet_from", "quiet_until")}
    return {name: f"{at:%H:%M}" if at else "" for name, at in times.items()} | {
        "an_hour": preferences.an_hour, "time_zone": preferences.time_zone, "sound": preferences.sound,
        "critical_breaks_quiet": preferences.critical_breaks_quiet, "version": preferences.version,
    }  # fmt: skip
