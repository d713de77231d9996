"""The forms of corrections; the verbs of this package judge what was typed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from responder.forms import CheckedField, NumbersField, OptionField, ProductForm, VersionField, number
from responder.models import CorrectionDecision, CorrectionRequest
from responder.models.correction import (
    CONTACT_LIMIT,
    DETAILS_LIMIT,
    IDENTITY_LIMIT,
    NOTE_LIMIT,
    REASON_LIMIT,
    WHERE_LIMIT,
)

TRAP = "website"
WISHES = [
    ("safe", _("I am safe, or I am not missing")),
    ("remove", _("Remove my phone number, address or name")),
    ("wrong", _("A fact about me is wrong")),
    ("not_me", _("This is not me")),
]
IDENTITIES = [
    ("call", _("Called back on the number in the post")),
    ("document", _("Saw a document")),
    ("partner", _("Known to a partner organisation")),
    ("account", _("Wrote from the account that posted it")),
    ("other", _("Other, as described below")),
]
REFUSALS = [
    ("identity", _("We could not confirm that this is about you")),
    ("not_found", _("We found nothing about you here")),
    ("unreachable", _("We could not reach you")),
    ("needed", _("It is needed to save lives or to meet a legal duty")),
    ("abuse", _("The request is not meant seriously")),
]
VERBS = [
    ("mask", _("Hide words or a number, for everybody and for good")),
    ("correct", _("Add a correction beside the text")),
    ("erase", _("Erase the post")),
]
_AREA = {"rows": 3}


class Radios(forms.RadioSelect):
    """Radio buttons of which only the first takes the focus."""

    def create_option(
        self, name: str, value: Any, label: Any, selected: Any, index: int, *more: Any, **named: Any
    ) -> Any:
        option = super().create_option(name, value, label, selected, index, *more, **named)
        if index:
            option["attrs"].pop("autofocus", None)
        return option


class RequestForm(ProductForm):
    """What a stranger asks. The trap is hidden from people; what a program writes there marks its request."""

    wish = OptionField(label=_("What do you ask for?"), choices=WISHES, widget=Radios)
    where = CheckedField(
        label=_("Where did you see it?"), required=True, max_length=WHERE_LIMIT, widget=forms.Textarea(_AREA),
        help_text=_("A link to the post, or the words, name or number that you saw."),
    )  # fmt: skip
    contact = CheckedField(
        label=_("How can we reach you?"), required=True, max_length=CONTACT_LIMIT,
        help_text=_("An e-mail address or a telephone number. We use it only to make sure that it is you, and erase it "
                    "90 days after your request is closed."),
        widget=forms.TextInput({"autocomplete": "email"}),
    )  # fmt: skip
    details = CheckedField(
        label=_("Anything else we should know (optional)"), max_length=DETAILS_LIMIT, widget=forms.Textarea(_AREA)
    )
    website = CheckedField(label=_("Leave this empty"), max_length=200)


class VerifyForm(ProductForm):
    """A receipt to verify."""

    document = CheckedField(
        label=_("Receipt"), required=True, max_length=8_000, widget=forms.Textarea({"rows": 6, "spellcheck": "false"}),
        help_text=_("Open the file that you downloaded and copy all of it here."),
    )  # fmt: skip


class StepForm(ProductForm):
    """A step that needs nothing but the version that the person loaded."""

    version = VersionField()


class IdentityForm(StepForm):
    """How somebody made sure who asks."""

    how = OptionField(label=_("How did you make sure who asks?"), choices=IDENTITIES, widget=Radios)
    words = CheckedField(
        label=_("Words about it"),
        max_length=IDENTITY_LIMIT,
        help_text=_("No copies of documents, and no numbers of them."),
    )


class SearchForm(ProductForm):
    """What to look for. It is sent in the body, so that no number stands in an address or a log."""

    query = CheckedField(
        label=_("Find posts"), required=True, max_length=300,
        help_text=_("A post's id or link, an author, a telephone number in any form, or words."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip


class PlanForm(StepForm):
    """What is done to the ticked posts."""

    post = NumbersField()
    verb = OptionField(label=_("What to do"), choices=VERBS, widget=Radios)
    phrases = CheckedField(
        label=_("Words or numbers to hide"), max_length=2_600, widget=forms.Textarea(_AREA),
        help_text=_("One in each line. They are also hidden in incidents, notes, draft alerts, saved views and labels; "
                    "a single word only in the incidents of these posts."),
    )  # fmt: skip
    note = CheckedField(
        label=_("Correction"), max_length=NOTE_LIMIT,
        help_text=_("For example: the person named here is safe. The date is added. Name nobody."),
    )  # fmt: skip
    not_missing = forms.BooleanField(
        label=_("No longer counts as missing people, and is no longer urgent"), required=False
    )
    later_too = forms.BooleanField(
        label=_("Also in texts that arrive later"), required=False,
        help_text=_("For a number or a full name: it is hidden in new posts. For an erased post: copies of its text are refused."),
    )  # fmt: skip
    verb_names = {"post_ids": "post"}


class UnplanForm(StepForm):
    """A post to take out of the decision."""

    decision = CheckedField(check=number, widget=forms.HiddenInput)


class RefuseForm(StepForm):
    """A refusal with its reason."""

    refusal = OptionField(label=_("Why"), choices=REFUSALS)
    reason = CheckedField(
        label=_("Your reason, as the person reads it"),
        required=True,
        max_length=REASON_LIMIT,
        widget=forms.Textarea(_AREA),
    )


def wish(request: CorrectionRequest) -> str:
    """A request's wish in words."""
    return str(dict(WISHES)[request.wish])


def identity(request: CorrectionRequest) -> str:
    """How somebody made sure who asks, in words; empty before."""
    return str(dict(IDENTITIES).get(request.identity, ""))


def refusal(request: CorrectionRequest) -> str:
    """Why a request was refused, in words; empty where it was not."""
    return str(dict(REFUSALS).get(request.refusal, ""))


def verb(decision: CorrectionDecision) -> str:
    """What is done to a post, in words."""
    return str(dict(VERBS)[decision.verb])
