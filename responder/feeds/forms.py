"""The form of a feed's settings."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from responder.feeds import configuring
from responder.feeds.connectors import registry
from responder.feeds.connectors.kind import FeedKind, SettingField
from responder.forms import CheckedField, ProductForm, VersionField
from responder.models import Event, Feed
from responder.models.feed import NAME_LIMIT

ROWS = 5  # of a setting with several lines
KEPT = "kept"


class FeedForm(ProductForm):
    """What every feed has, and the settings that its kind declares. `configuring` judges them.

    Arguments:
        kind: of the feed; None where this version has no such kind.
        events: that a feed's posts can belong to.
        feed: which is changed; None for a new one.
        kept: what was typed for other kinds (`kept_settings`).
    """

    version = VersionField()
    name = CheckedField(
        label=gettext_lazy("Name"), required=True, min_length=configuring.NAME_MINIMUM, max_length=NAME_LIMIT
    )
    event = CheckedField(label=gettext_lazy("Event of the posts"), widget=forms.Select)

    def __init__(
        self, data: Any = None, *, kind: FeedKind | None, events: Iterable[Event], feed: Feed | None = None,
        kept: Mapping[str, str] | None = None, **more: Any,
    ) -> None:  # fmt: skip
        super().__init__(data, **more)
        self.kept = kept_settings(self.data) if kept is None else kept
        if feed is None:
            del self.fields["version"]
        self._feed = feed
        choices = [("", gettext_lazy("none")), *((str(event.pk), event.name) for event in events)]
        self.fields["event"].widget.choices = choices  # type: ignore[attr-defined]
        self._specs = kind.fields if kind else ()
        self._settings = [spec.column for spec in kind.fields] if kind else []
        self.fields |= {spec.column: _setting(spec) for spec in kind.fields} if kind else {}
        self._say_whether_a_token_is_stored()
        self.fields |= _budget(kind)

    def _say_whether_a_token_is_stored(self) -> None:
        field = self.fields.get("access_token")
        if field is None:
            return
        said = []
        if self.data.get("access_token"):
            said.append(gettext_lazy("Enter the token again: what was typed is not shown."))
        if self._feed and self._feed.access_token:
            said.append(gettext_lazy("A token is stored. Enter another to replace it."))
            self.fields["remove_access_token"] = forms.BooleanField(
                label=gettext_lazy("Remove the stored token"), required=False
            )
        field.help_text = format_lazy("{} " * len(said) + "{}", *said, field.help_text)

    @property
    def remove_token_field(self) -> BoundField | None:
        """The checkbox that removes the stored token, if one is stored."""
        return self["remove_access_token"] if "remove_access_token" in self.fields else None

    @property
    def terms_use(self) -> dict[str, int] | None:
        """How much of the limits the typed keywords or rules use; None for a kind without them."""
        spec = next((one for one in self._specs if one.most_lines), None)
        if spec is None:
            return None
        text = str((self.data if self.is_bound else self.initial).get(spec.column, ""))
        lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
        longest = max((len(line) for line in lines), default=0)
        too_much = len(lines) > spec.most_lines or longest > spec.max_length
        return {"lines": len(lines), "most": spec.most_lines, "longest": longest, "length": spec.max_length,
                "too_much": too_much}  # fmt: skip

    @property
    def setting_fields(self) -> list[BoundField]:
        """The fields that the kind declares."""
        return [self[name] for name in self._settings]

    @property
    def budget_fields(self) -> list[BoundField]:
        """The fields of the limits and the price."""
        return [self[name] for name in (*configuring.LIMITS, "price")]

    @property
    def sent(self) -> dict[str, str]:
        """Return the submitted values for `configuring`, including unknown settings, which it rejects."""
        return {name: self.data.get(name, "") for name in (*configuring.FIELDS, *configuring.SECRET_FIELDS)}


def kept_settings(sent: Mapping[str, str]) -> dict[str, str]:
    """What was typed for other kinds before, by `kept-KIND-COLUMN`; the page carries it along in hidden fields."""
    names = (
        f"{KEPT}-{name}-{spec.column}"
        for name, kind in registry.configurable().items()
        for spec in kind.fields
        if not spec.secret
    )
    return {name: sent[name] for name in names if sent.get(name)}


def switched(sent: Mapping[str, str], *, before: str, after: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return (initial values, kept settings) of the form after another kind was chosen.

    A setting that means the same for both kinds keeps what was typed. Others get back what was typed for their kind before.
    """
    kept, values = kept_settings(sent), {name: str(sent[name]) for name in sent}
    old, new = _public_fields(before), _public_fields(after)
    kept |= {f"{KEPT}-{before}-{column}": sent[column] for column in old if sent.get(column)}
    for column, spec in new.items():
        other = old.get(column)
        same = other is not None and (other.label, other.default_text) == (spec.label, spec.default_text)
        earlier = kept.pop(f"{KEPT}-{after}-{column}", "")
        typed = sent.get(column, "")
        values[column] = typed if same else earlier or (typed if column == "terms" else "")
    return values, kept


def _public_fields(name: str) -> dict[str, SettingField]:
    kind = registry.find(name)
    return {spec.column: spec for spec in kind.fields if not spec.secret} if kind else {}


def initial(feed: Feed) -> Mapping[str, str]:
    """The feed's settings as the form shows them."""
    names = [name for name in configuring.FIELDS if name not in ("terms", "event")]
    values = {name: str(getattr(feed, name) or "") for name in names}
    return values | {"terms": "\n".join(feed.terms), "event": str(feed.event_id or ""), "version": str(feed.version)}


def _setting(spec: SettingField) -> CheckedField:
    widget: forms.Widget = forms.Textarea({"rows": ROWS}) if spec.multiline else forms.TextInput()
    if spec.secret:
        widget = forms.PasswordInput({"autocomplete": "off", "spellcheck": "false"}, render_value=False)
    limit = None if spec.multiline else spec.max_length
    return CheckedField(label=spec.label, help_text=spec.help_text, max_length=limit, widget=widget)


def _budget(kind: FeedKind | None) -> dict[str, CheckedField]:
    price, usual = kind.price if kind else 0, gettext_lazy("Leave empty for the default price of {price}.")
    labels = {
        "posts_a_day": gettext_lazy("Posts per day"),
        "posts_a_month": gettext_lazy("Posts per month"),
        "money_a_day": gettext_lazy("US dollars per day"),
        "money_a_month": gettext_lazy("US dollars per month"),
        "price": gettext_lazy("US dollars per post"),
    }
    fields = {}
    for name, label in labels.items():
        keyboard = {"inputmode": "numeric" if name.startswith("posts") else "decimal"}
        help_text = format_lazy(usual, price=price) if name == "price" and price else ""
        fields[name] = CheckedField(label=label, help_text=help_text, widget=forms.TextInput(keyboard))
    return fields
