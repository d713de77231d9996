"""The form of a feed's settings."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from responder.feeds import configuring
from responder.feeds.connectors.kind import FeedKind, SettingField
from responder.forms import CheckedField, ProductForm, VersionField
from responder.models import Event, Feed
from responder.models.feed import NAME_LIMIT

ROWS = 5  # of a setting with several lines


class FeedForm(ProductForm):
    """What every feed has, and the settings that its kind declares. `configuring` judges them.

    Arguments:
        kind: of the feed; None where this version has no such kind.
        events: that a feed's posts can belong to.
        feed: which is changed; None for a new one.
    """

    version = VersionField()
    name = CheckedField(
        label=gettext_lazy("Name"), required=True, min_length=configuring.NAME_MINIMUM, max_length=NAME_LIMIT
    )
    event = CheckedField(label=gettext_lazy("Event of the posts"), widget=forms.Select)

    def __init__(
        self, data: Any = None, *, kind: FeedKind | None, events: Iterable[Event], feed: Feed | None = None, **more: Any
    ) -> None:
        super().__init__(data, **more)
        if feed is None:
            del self.fields["version"]
        choices = [("", gettext_lazy("none")), *((str(event.pk), event.name) for event in events)]
        self.fields["event"].widget.choices = choices  # type: ignore[attr-defined]
        self._settings = [spec.column for spec in kind.fields] if kind else []
        self.fields |= {spec.column: _setting(spec) for spec in kind.fields} if kind else {}
        self.fields |= _budget(kind)

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
        return {name: self.data.get(name, "") for name in configuring.FIELDS}


def initial(feed: Feed) -> Mapping[str, str]:
    """The feed's settings as the form shows them."""
    names = [name for name in configuring.FIELDS if name not in ("terms", "event")]
    values = {name: str(getattr(feed, name) or "") for name in names}
    return values | {"terms": "\n".join(feed.terms), "event": str(feed.event_id or ""), "version": str(feed.version)}


def _setting(spec: SettingField) -> CheckedField:
    widget, limit = (forms.Textarea({"rows": ROWS}), None) if spec.multiline else (forms.TextInput(), spec.max_length)
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
