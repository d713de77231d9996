"""The form of a new webhook; `endpoints` judges what was typed."""

from django import forms
from django.utils.translation import gettext_lazy

from responder.forms import CheckedField, OptionsField, ProductForm
from responder.models.webhook import URL_LIMIT
from responder.webhooks.publishing import KINDS


class WebhookForm(ProductForm):
    """The URL of a webhook, and the events that it receives."""

    url = CheckedField(
        label=gettext_lazy("URL"), required=True, max_length=URL_LIMIT, check=str.strip,
        widget=forms.TextInput({"placeholder": "https://", "inputmode": "url"}),  # a browser's own check says less
    )  # fmt: skip
    kind = OptionsField(label=gettext_lazy("Events to send"), choices=KINDS.items(), initial=list(KINDS))
    verb_names = {"kinds": "kind"}
