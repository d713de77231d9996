"""The forms of a rumour's page. Input is validated by `keeping`."""

from django import forms
from django.utils.translation import gettext_lazy

from responder.forms import CheckedField, ProductForm, VersionField, number
from responder.models import Rumour, RumourPost
from responder.models.rumour import ANSWER_LIMIT, BASIS_LIMIT, CLAIM_LIMIT

SIDES = forms.Select(choices=RumourPost.Side.choices)


def _post(text: str) -> int | None:
    return number(text) if text else None


class OpenForm(ProductForm):
    """A new rumour, perhaps of a post."""

    claim = CheckedField(
        label=gettext_lazy("Claim"), widget=forms.TextInput(attrs={"maxlength": CLAIM_LIMIT, "required": True})
    )
    post = CheckedField(check=_post, required=False, widget=forms.HiddenInput)
    verb_names = {"post_id": "post"}


class PostForm(ProductForm):
    """A post that is added or removed, and the version that the person loaded."""

    version = VersionField()
    post = CheckedField(check=number, widget=forms.HiddenInput)
    verb_names = {"post_id": "post"}


class SideForm(PostForm):
    """A post for or against the claim."""

    side = CheckedField(label=gettext_lazy("Side"), widget=SIDES)


class VerdictForm(ProductForm):
    """The verdict, what it rests on, and the answer to send."""

    version = VersionField()
    verdict = CheckedField(label=gettext_lazy("Verdict"), widget=forms.Select(choices=Rumour.Verdict.choices))
    basis = CheckedField(
        label=gettext_lazy("What it rests on"), required=False,
        widget=forms.Textarea(attrs={"maxlength": BASIS_LIMIT, "rows": 3}),
    )  # fmt: skip
    answer = CheckedField(
        label=gettext_lazy("Answer to send"), required=False,
        widget=forms.Textarea(attrs={"maxlength": ANSWER_LIMIT, "rows": 3}),
        help_text=gettext_lazy("What people who ask are told. Responder doesn't send it: copy it."),
    )  # fmt: skip
