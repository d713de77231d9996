"""The forms of an incident's page. Input is validated by the functions of this package."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from responder import chosen_place
from responder.chosen_place import PlaceForm
from responder.errors import Invalid
from responder.forms import CheckedField, NumbersField, ProductForm, VersionField, number
from responder.incidents import base, following, handling
from responder.models import Incident, Team, User
from responder.models.incident import (
    NOTE_LIMIT,
    PUBLIC_SUMMARY_LIMIT,
    REASON_LIMIT,
    SUMMARY_LIMIT,
    TITLE_LIMIT,
)
from responder.queries import incidents, items

REFERENCE_LIMIT = 24  # characters of INC-…
GROWS_BY = 5  # posts, as the form to snooze proposes
NEED = "need-"  # begins the names of the needs' fields
PLACE = handling.PLACE_FIELDS


def _incident(ref: str) -> Incident:
    # The verb checks whether this person may see it, and then raises the same error.
    incident = incidents.by_ref(ref.strip()[:REFERENCE_LIMIT], None)
    if incident is None:
        raise Invalid(base.not_to_be_found())
    return incident


def _number_or_none(text: str) -> int | None:
    return number(text) if text else None


class VersionForm(ProductForm):
    """A change of the version that the person loaded."""

    version = VersionField()


class PostForm(VersionForm):
    """A change that is about one post."""

    post = CheckedField(check=number, widget=forms.HiddenInput)
    verb_names = {"post_id": "post"}


class PostsForm(VersionForm):
    """A change that is about several posts."""

    post = NumbersField()
    verb_names = {"post_ids": "post"}


class FactForm(VersionForm):
    """A decision on what a post states."""

    fact = CheckedField(check=number, widget=forms.HiddenInput)
    verb_names = {"fact_id": "fact"}


class UndoForm(VersionForm):
    """Taking an entry of the timeline back."""

    entry = CheckedField(check=number, widget=forms.HiddenInput)
    verb_names = {"entry_id": "entry"}


class NoteForm(VersionForm):
    """A note in the timeline."""

    text = CheckedField(label=gettext_lazy("Note"), required=True, max_length=NOTE_LIMIT)


class StepForm(VersionForm):
    """A step of the response, optionally with a note."""

    note = CheckedField(label=gettext_lazy("Note"), max_length=NOTE_LIMIT)


class ReasonForm(VersionForm):
    """Reopening or turning back, with the reason."""

    reason = CheckedField(
        label=gettext_lazy("Reason"), required=True, min_length=handling.REASON_MINIMUM, max_length=REASON_LIMIT
    )


class ResolveForm(ReasonForm):
    """Resolving, with the outcome."""

    outcome = CheckedField(label=gettext_lazy("Outcome"), widget=forms.Select(choices=Incident.Outcome.choices))


class VerifyForm(VersionForm):
    """Setting the verification status, with the reason."""

    verification = CheckedField(
        label=gettext_lazy("Verification status"), widget=forms.Select(choices=Incident.Verification.choices)
    )
    reason = CheckedField(
        label=gettext_lazy("Reason"), required=True, min_length=handling.REASON_MINIMUM, max_length=REASON_LIMIT
    )


class AssignForm(VersionForm):
    """Choosing the owner and the team; `offer` says who can be chosen."""

    to = CheckedField(label=gettext_lazy("Owner"), check=_number_or_none, widget=forms.Select)
    team = CheckedField(label=gettext_lazy("Team"), check=_number_or_none, widget=forms.Select)

    def offer(self, people: Sequence[User], teams: Sequence[Team]) -> None:
        """Offer these people as owners, and these teams."""
        nobody, none = ("", gettext_lazy("Nobody")), ("", gettext_lazy("No team"))
        self.fields["to"].widget.choices = [nobody, *((person.pk, person.display_name) for person in people)]  # type: ignore[attr-defined]
        self.fields["team"].widget.choices = [none, *((team.pk, team.name) for team in teams)]  # type: ignore[attr-defined]


class SnoozeForm(ProductForm):
    """Hiding the incident until it has grown."""

    grows_by = CheckedField(
        label=gettext_lazy("Until it grows by this many posts"), check=number, required=True, initial=GROWS_BY,
        widget=forms.NumberInput({"min": 0, "max": following.MOST}),
    )  # fmt: skip


class PublicSummaryForm(VersionForm):
    """The summary that partners read."""

    text = CheckedField(
        label=gettext_lazy(
            "Partners will read this text. Handles and numbers are masked, coordinates rounded to 0.1°. "
            "Leave it empty to withdraw it."
        ),
        max_length=PUBLIC_SUMMARY_LIMIT, widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip


class EditForm(PlaceForm, VersionForm):
    """Title, summary, severity, place and needs. The page shows it in three parts. Only submitted fields are changed."""

    title = CheckedField(
        label=gettext_lazy("Title"), required=True, min_length=handling.TITLE_MINIMUM, max_length=TITLE_LIMIT
    )
    summary = CheckedField(
        label=gettext_lazy("Summary"), max_length=SUMMARY_LIMIT, widget=forms.Textarea({"rows": 4})
    )  # fmt: skip
    severity = CheckedField(label=gettext_lazy("Severity"), widget=forms.Select(choices=items.SEVERITY_WORDS.items()))
    needs = CheckedField(widget=forms.HiddenInput, initial="1")

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        states = [("", gettext_lazy("not stated")), ("needed", gettext_lazy("needed")), ("met", gettext_lazy("met"))]
        for need in handling.NEEDS:
            self.fields[NEED + need] = CheckedField(label=items.need_label(need), widget=forms.Select(choices=states))

    @property
    def arguments(self) -> dict[str, Any]:
        """Return the submitted values by argument name. A place, and the needs, are submitted as a whole."""
        sent = {name: value for name, value in super().arguments.items() if name in self.data}
        typed = {name: value for name, value in sent.items() if name != "needs" and not name.startswith(NEED)}
        if "place_name" in typed:
            typed |= {name: self.cleaned_data[name] for name in PLACE}
        if "needs" in sent:
            typed["needs"] = {name[len(NEED) :]: self.data[name] for name in self.data if name.startswith(NEED)}
        return typed

    @property
    def part(self) -> str:
        """The part of the page that sent it: `edit`, `place` or `needs`."""
        return "place" if "place_name" in self.data else "needs" if "needs" in self.data else "edit"


class MergeForm(VersionForm):
    """Merges an incident into another one. The page asks for the reference; the preview submits both versions."""

    into = CheckedField(
        label=gettext_lazy("Merge into"), check=_incident, required=True,
        max_length=REFERENCE_LIMIT, widget=forms.TextInput({"placeholder": "INC-0042"}),
    )  # fmt: skip
    into_version = VersionField()
    covers_both = forms.BooleanField(label=gettext_lazy("Who is on the way goes for both incidents"), required=False)
    verb_names = {"into_id": "into"}

    @property
    def arguments(self) -> dict[str, Any]:
        """As the verb names them."""
        return super().arguments | {"into_id": self.cleaned_data["into"].pk}


class MergePreviewForm(MergeForm):
    """The incident to merge into, before the merge is shown."""

    version = None  # type: ignore[assignment]
    into_version = None  # type: ignore[assignment]
    covers_both = None  # type: ignore[assignment]


class SplitForm(PostsForm):
    """Splitting posts off into a new incident."""

    title = CheckedField(label=gettext_lazy("Title of the new incident"), max_length=TITLE_LIMIT)


class OpenForm(ProductForm):
    """Opening an incident with posts."""

    post = NumbersField()
    title = CheckedField(
        label=gettext_lazy("Title"), max_length=TITLE_LIMIT,
        widget=forms.TextInput({"placeholder": gettext_lazy("Optional: defaults to category and place")}),
    )  # fmt: skip
    verb_names = {"post_ids": "post"}


def page_forms(
    incident: Incident,
    person: User,
    people: Sequence[User],
    teams: Sequence[Team],
    refused: ProductForm | None,
    *,
    may_edit: bool,
    suggested: bool,
) -> dict[str, Any]:
    """The forms of an incident's page, by the names that begin their ids.

    Arguments:
        incident: whose values they show.
        may_edit: whether the person may change the needs, which everybody sees.
        person: who is proposed as owner of an incident without one.
        people: who can be owners.
        teams: which can be assigned.
        suggested: whether the page lists incidents to merge into.
        refused: the form that was just sent; it takes its place with what was typed.
    """
    version = {"version": incident.version}
    columns = {name: getattr(incident, name) for name in ("title", "summary", "severity")}
    needs = {NEED + need: state for need, state in incident.needs.items()}
    edited = version | columns | chosen_place.initial(incident) | needs
    found: dict[str, Any] = {
        "confirm": StepForm(name="confirm", initial=version),
        "assign": AssignForm(
            name="assign", initial=version | {"to": incident.owner_id or person.pk, "team": incident.team_id}
        ),
        "set_off": StepForm(name="set_off", initial=version),
        "turn_back": ReasonForm(name="turn_back", initial=version),
        "resolve": ResolveForm(name="resolve", initial=version),
        "reopen": ReasonForm(name="reopen", initial=version),
        "merge": MergePreviewForm(name="merge"),
        "verify": VerifyForm(name="verify", initial=version | {"verification": incident.verification}),
        "snooze": SnoozeForm(name="snooze"),
        "edit": EditForm(name="edit", initial=edited),
        "place": EditForm(name="place", initial=edited),
        "needs": EditForm(name="needs", initial=edited),
        "publish": PublicSummaryForm(name="publish", initial=version | {"text": incident.public_summary}),
        "note": NoteForm(name="note", initial=version),
    }
    if refused is not None and refused.form_name in found:
        found[refused.form_name] = refused
    found["assign"].offer(people, teams)
    for need in handling.NEEDS:
        found["needs"].fields[NEED + need].disabled = not may_edit
    if suggested:
        found["merge"].fields["into"].widget.attrs["list"] = "linked-refs"
    return found
