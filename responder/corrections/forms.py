"""The forms of corrections. Input is validated by the functions of this package."""

from django import forms
from django.utils.translation import gettext_lazy as _

from responder.forms import CheckedField, NumbersField, OptionField, ProductForm, Radios, VersionField, number
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
    ("needed", _("The information is needed to save lives or to meet a legal obligation")),
    ("abuse", _("The request is abusive or not serious")),
]
VERBS = [
    ("mask", _("Permanently hide words or numbers, for everyone")),
    ("correct", _("Show a correction next to the text")),
    ("erase", _("Erase the post")),
]
_AREA = {"rows": 3}


class RequestForm(ProductForm):
    """The public request form. The field `website` is a honeypot: a request that fills it in is marked as suspected spam."""

    wish = OptionField(label=_("What would you like us to do?"), choices=WISHES, widget=Radios)
    where = CheckedField(
        label=_("Where did you see it?"), required=True, max_length=WHERE_LIMIT, widget=forms.Textarea(_AREA),
        help_text=_("A link to the post, or the words, name or number that you saw."),
    )  # fmt: skip
    contact = CheckedField(
        label=_("How can we reach you?"), required=True, max_length=CONTACT_LIMIT,
        help_text=_("An email address or a phone number. We use it only to verify your identity, and erase it "
                    "90 days after your request is closed."),
        widget=forms.TextInput({"autocomplete": "email"}),
    )  # fmt: skip
    details = CheckedField(
        label=_("Is there anything else we should know? (optional)"),
        max_length=DETAILS_LIMIT,
        widget=forms.Textarea(_AREA),
    )
    website = CheckedField(label=_("Leave this empty"), max_length=200)


class VerifyForm(ProductForm):
    """A receipt to verify."""

    document = CheckedField(
        label=_("Receipt"), required=True, max_length=8_000, widget=forms.Textarea({"rows": 6, "spellcheck": "false"}),
        help_text=_("Open the file that you downloaded and copy all of it here."),
    )  # fmt: skip


class StepForm(ProductForm):
    """A step that needs only the version that the user loaded."""

    version = VersionField()


class IdentityForm(StepForm):
    """The identity check."""

    how = OptionField(label=_("How did you verify the requester's identity?"), choices=IDENTITIES, widget=Radios)
    words = CheckedField(
        label=_("Notes on the identity check"),
        max_length=IDENTITY_LIMIT,
        help_text=_("Do not enter document numbers or copies of documents."),
    )


class SearchForm(ProductForm):
    """The search. It is sent in the body, so that no phone number appears in a URL or a log."""

    query = CheckedField(
        label=_("Find posts"), required=True, max_length=300,
        help_text=_("Enter a post's ID or link, the reference of a report, an author, a phone number in any format, or words from the text."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip


class PlanForm(StepForm):
    """The action for the selected posts."""

    post = NumbersField()
    verb = OptionField(label=_("What to do"), choices=VERBS, widget=Radios)
    phrases = CheckedField(
        label=_("Words or numbers to hide"), max_length=2_600, widget=forms.Textarea(_AREA),
        help_text=_("Enter one per line. They are also hidden in incidents, notes, draft alerts, saved views and labels. "
                    "A single word is hidden only in the incidents of these posts."),
    )  # fmt: skip
    note = CheckedField(
        label=_("Correction"), max_length=NOTE_LIMIT,
        help_text=_("For example: the person named here is safe. The date is added automatically. Do not name anyone."),
    )  # fmt: skip
    not_missing = forms.BooleanField(
        label=_("Stop treating the post as a report of missing people, and as urgent"), required=False
    )
    later_too = forms.BooleanField(
        label=_("Apply to future posts too"), required=False,
        help_text=_("A number or a full name will be hidden in new posts. Copies of an erased post will be rejected."),
    )  # fmt: skip
    verb_names = {"post_ids": "post"}


class UnplanForm(StepForm):
    """A post to remove from the decision."""

    decision = CheckedField(check=number, widget=forms.HiddenInput)


class RefuseForm(StepForm):
    """The refusal of a request, with its reason."""

    refusal = OptionField(label=_("Why"), choices=REFUSALS)
    reason = CheckedField(
        label=_("Reason (the requester will read it)"),
        required=True,
        max_length=REASON_LIMIT,
        widget=forms.Textarea(_AREA),
    )


def wish(request: CorrectionRequest) -> str:
    """Return the display name of a request's wish."""
    return str(dict(WISHES)[request.wish])


def identity(request: CorrectionRequest) -> str:
    """Return the display name of the identity check; empty if there is none yet."""
    return str(dict(IDENTITIES).get(request.identity, ""))


def refusal(request: CorrectionRequest) -> str:
    """Return the reason for a refusal, for display; empty if the request was not refused."""
    return str(dict(REFUSALS).get(request.refusal, ""))


def verb(decision: CorrectionDecision) -> str:
    """Return the display name of the action for a post."""
    return str(dict(VERBS)[decision.verb])
