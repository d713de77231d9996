"""Forms of the translation engine. What was entered is checked by `configuring`."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from responder import languages
from responder.forms import CheckedField, ProductForm, VersionField
from responder.models import TranslationEngine
from responder.models.translation import ADDRESS_LIMIT, REGION_LIMIT, SAMPLE_LIMIT
from responder.translation.configuring import DEFAULT_ADDRESS, KEY_LIMIT

NAMES = ("address", "region", "key", "remove_key", "price", "characters_a_day", "characters_a_month")
NOTES = {
    TranslationEngine.Kind.LIBRETRANSLATE: _(
        "A server that your organisation runs itself, or rents. Texts stay where that server is. A server inside your network "
        "can be reached once an operator has named the network in RESPONDER_FEED_NETWORKS."
    ),
    TranslationEngine.Kind.AZURE: _(
        "Microsoft's service. Masked texts of posts leave your network and are translated in the region of your resource."
    ),
}
SAMPLE = "نحتاج إلى ماء وطعام في المدرسة"  # "We need water and food at the school."


class EngineForm(ProductForm):
    """The settings of an engine of one kind.

    Arguments:
        kind: of the engine.
        engine: which is changed; None for a new one.
    """

    version = VersionField()
    address = CheckedField(
        label=_("Address"), max_length=ADDRESS_LIMIT,
        help_text=_("It begins with https:// and is the address of the server, without /translate."),
        widget=forms.TextInput({"inputmode": "url", "autocomplete": "off"}),
    )  # fmt: skip
    region = CheckedField(
        label=_("Region"), max_length=REGION_LIMIT, help_text=_("Of a regional resource, such as westeurope."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip
    key = CheckedField(
        label=_("Key"), max_length=KEY_LIMIT, widget=forms.PasswordInput({"autocomplete": "off"}),
        help_text=_("It is stored encrypted, and never shown again."),
    )  # fmt: skip
    remove_key = forms.BooleanField(label=_("Remove the stored key"), required=False)
    price = CheckedField(
        label=_("Price for a million characters, US dollars"), max_length=16, widget=forms.TextInput({"inputmode": "decimal"}),
        help_text=_("As your contract says. The page estimates the cost by it. Leave it empty if there is none."),
    )  # fmt: skip
    characters_a_day = CheckedField(
        label=_("Most characters a day"), max_length=14, widget=forms.TextInput({"inputmode": "numeric"}),
        help_text=_("Nothing more is sent that day (UTC). Empty: no limit."),
    )  # fmt: skip
    characters_a_month = CheckedField(
        label=_("Most characters a month"), max_length=14, widget=forms.TextInput({"inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, kind: str, engine: TranslationEngine | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.kind = kind
        if kind != TranslationEngine.Kind.AZURE:
            del self.fields["region"]
            self.fields["key"].label = _("API key")
            self.fields["key"].help_text = _(
                "Only where the server needs one. It is stored encrypted, and never shown again."
            )
        if engine is None or not engine.key:
            del self.fields["remove_key"]
        elif engine.key:
            self.fields["key"].help_text = _("A key is stored. Leave this empty to keep it.")

    @property
    def sent(self) -> dict[str, str]:
        """The submitted values for `configuring`."""
        return {"kind": self.kind} | {name: self.data.get(name, "") for name in NAMES}


class TestForm(ProductForm):
    """A sample, and the language into which it is translated."""

    __test__ = False  # pytest collects classes of this name
    version = VersionField()
    sample = CheckedField(label=_("Sample"), max_length=SAMPLE_LIMIT, widget=forms.TextInput({"dir": "auto"}))
    language = CheckedField(label=_("Into"), widget=forms.Select)

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["language"].widget.choices = list(languages.of_interface().items())


def initial(kind: str, engine: TranslationEngine | None) -> dict[str, str]:
    """What the form shows first: the engine's settings, or of a new one the usual address."""
    if engine is None or engine.kind != kind:
        address = DEFAULT_ADDRESS if kind == TranslationEngine.Kind.AZURE else ""
        return {"address": address, "version": str(engine.version if engine else 0)}
    names = ("address", "region", "price", "characters_a_day", "characters_a_month", "version")
    return {name: "" if (value := getattr(engine, name)) is None else str(value) for name in names}


def initial_test(engine: TranslationEngine) -> dict[str, str]:
    """What the test's form shows first."""
    page = (get_language() or "en").partition("-")[0]
    return {
        "version": str(engine.version), "sample": engine.test_sample or SAMPLE, "language": engine.test_language or page,
    }  # fmt: skip
