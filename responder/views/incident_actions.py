"""The actions on an incident's page: for each one its function, form, required ability and success message."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from responder import roles
from responder.forms import ProductForm
from responder.incidents import facts, following, forms, handling, membership, merging, rechecking, responding, undoing


@dataclass(frozen=True, slots=True)
class Action:
    """An action of the page.

    Arguments:
        work: the verb, which checks the person's permission itself.
        form: parses what was sent.
        done: said when the action succeeded.
        ability: checked before the form, so that nobody is shown errors of a form that isn't theirs.
    """

    work: Callable[..., Any]
    form: type[ProductForm]
    done: str | Promise
    ability: str = roles.TRIAGE


ACTIONS = {
    "attach": Action(membership.attach, forms.PostsForm, gettext_lazy("Attached.")),
    "detach": Action(membership.detach, forms.PostForm, gettext_lazy("Detached. It will not be added again automatically.")),
    "accept": Action(membership.accept, forms.PostForm, gettext_lazy("Accepted.")),
    "decline": Action(membership.decline, forms.PostForm, gettext_lazy("Rejected.")),
    "mute": Action(membership.mute, forms.PostForm, gettext_lazy("The author is muted in this event."), roles.LEAD),
    "confirm": Action(responding.confirm, forms.StepForm, gettext_lazy("Confirmed. It stays unanswered until somebody is on the way.")),
    "assign": Action(responding.assign, forms.AssignForm, gettext_lazy("Assigned.")),
    "set_off": Action(responding.set_off, forms.StepForm, gettext_lazy("On the way.")),
    "turn_back": Action(responding.turn_back, forms.ReasonForm, gettext_lazy("Unanswered again.")),
    "edit": Action(handling.edit, forms.EditForm, gettext_lazy("Saved.")),
    "verify": Action(handling.verify, forms.VerifyForm, gettext_lazy("Verification set in your name."), roles.LEAD),
    "note": Action(handling.note, forms.NoteForm, gettext_lazy("Note added.")),
    "resolve": Action(responding.resolve, forms.ResolveForm, gettext_lazy("Resolved."), roles.LEAD),
    "reopen": Action(responding.reopen, forms.ReasonForm, gettext_lazy("Reopened."), roles.LEAD),
    "publish": Action(
        handling.publish, forms.PublicSummaryForm, gettext_lazy("The public summary is saved."), roles.LEAD
    ),
    "merge": Action(merging.merge, forms.MergeForm, gettext_lazy("Merged. You can undo this for 24 hours."), roles.LEAD),
    "split": Action(merging.split, forms.SplitForm, gettext_lazy("Split. You can undo this for 24 hours."), roles.LEAD),
    "fact": Action(facts.confirm_fact, forms.FactForm, gettext_lazy("The fact is confirmed in your name.")),
    "no-fact": Action(facts.withdraw_fact, forms.FactForm, gettext_lazy("The fact is withdrawn.")),
    "recheck": Action(rechecking.recheck, forms.StepForm, gettext_lazy("Confirmed again. Its age starts anew.")),
    "undo": Action(undoing.undo, forms.UndoForm, gettext_lazy("Undone.")),
    "follow": Action(following.follow, ProductForm, gettext_lazy("You follow this incident."), roles.VIEW),
    "unfollow": Action(following.unfollow, ProductForm, gettext_lazy("You no longer follow this incident."), roles.VIEW),
    "snooze": Action(following.snooze, forms.SnoozeForm, gettext_lazy("Snoozed until it has grown."), roles.VIEW),
}  # fmt: skip
