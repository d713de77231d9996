"""Decisions of people on posts: confirm, correct, dismiss, and undo any of them.

Each verb is one transaction: the post changes only if its version is still the one the person saw, and the
decision, the audit record, the label and the change that live pages follow are written with it. Nothing is erased: an
undo is one more decision, which restores what was before.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from classifier import categories, clock, feedback
from classifier.models import Label
from monitoring import audit
from responder import roles
from responder.errors import Conflict, Invalid, Missing, NotPermitted
from responder.models import Change, Post, TriageAction, User

SET_ASIDE = "aside"
NOT_RELEVANT = "not_humanitarian"
DECIDED = ("status", "category", "group", "reviewed_by_id", "reviewed_at")
STATUS_AFTER = {
    TriageAction.Verb.CONFIRM: Post.Status.CONFIRMED,
    TriageAction.Verb.CORRECT: Post.Status.CORRECTED,
    TriageAction.Verb.DISMISS: Post.Status.DISMISSED,
}
State = dict[str, Any]


def confirm(*, post_id: int, version: int, by: User) -> TriageAction:
    """Say that the post's category is right.

    Arguments:
        post_id, version: the post, and its version when the person looked at it.
        by: who decides.

    Raises Conflict, Missing, NotPermitted.
    """
    return _decide(post_id=post_id, version=version, by=by, verb=TriageAction.Verb.CONFIRM)


def correct(*, post_id: int, version: int, by: User, category: str) -> TriageAction:
    """Give the post another category; otherwise as `confirm`. Raises Invalid for an unknown category."""
    if category not in categories.BY_ID:
        raise Invalid(_("There is no category “%(category)s”.") % {"category": category[:60]})
    return _decide(post_id=post_id, version=version, by=by, verb=TriageAction.Verb.CORRECT, category=category)


def dismiss(*, post_id: int, version: int, by: User) -> TriageAction:
    """Say that the post is not relevant, which sets it aside; otherwise as `confirm`."""
    return _decide(post_id=post_id, version=version, by=by, verb=TriageAction.Verb.DISMISS)


@transaction.atomic
def undo(*, post_id: int, version: int, by: User) -> TriageAction:
    """Restore what was before the newest decision that still stands: one's own, or anybody's for a lead.

    Raises Invalid where nothing is left to undo; otherwise as `confirm`.
    """
    _require_triage(by)
    post = _post(post_id, version)
    action = post.actions.exclude(verb=TriageAction.Verb.UNDO).filter(undone_by=None).order_by("-version").first()
    if action is None:
        raise Invalid(_("There is no decision on this post to undo."))
    if action.actor_id != by.pk and not roles.allows(by, roles.LEAD):
        raise NotPermitted(_("Only the person who decided, or a lead, can undo this decision."))
    return _write(post, by, TriageAction.Verb.UNDO, _revived(action.before), undoes=action)


@transaction.atomic
def _decide(*, post_id: int, version: int, by: User, verb: TriageAction.Verb, category: str = "") -> TriageAction:
    _require_triage(by)
    post = _post(post_id, version)
    chosen = category or post.category
    status = STATUS_AFTER[verb]
    after = {
        "status": status,
        "category": chosen,
        "group": SET_ASIDE if status == Post.Status.DISMISSED else categories.group_of(chosen),
        "reviewed_by_id": by.pk,
        "reviewed_at": clock.now(),
    }
    return _write(post, by, verb, after)


def _require_triage(by: User) -> None:
    if not roles.allows(by, roles.TRIAGE):
        raise NotPermitted(_("Your role does not allow to decide on posts."))


def _post(post_id: int, version: int) -> Post:
    post = Post.objects.filter(pk=post_id, state=Post.State.CLASSIFIED).select_related("event").first()
    if post is None:
        raise Missing(_("This post does not exist, or no longer."))
    if post.version != version:
        raise _conflict(post_id)
    return post


def _write(
    post: Post, by: User, verb: TriageAction.Verb, after: State, *, undoes: TriageAction | None = None
) -> TriageAction:
    before, version = {name: getattr(post, name) for name in DECIDED}, post.version + 1
    # The condition decides between two people who looked at the same version: the second one changes nothing.
    if not Post.objects.filter(pk=post.pk, version=post.version).update(**after, version=version):
        raise _conflict(post.pk)
    action = TriageAction.objects.create(
        post=post,
        actor=by,
        verb=verb,
        before=_plain(before),
        after=_plain(after),
        version=version,
        undoes=undoes,
    )
    Change.objects.create(post=post, kind=Change.Kind.DECIDED)
    _teach(post, action, after)
    audit.record(
        actor=f"user:{by.username}",
        action=f"post.{verb}",
        object_type="post",
        object_id=str(post.pk),
        before=action.before,
        after=action.after,
        detail={"version": version, "category": after["category"], "status": str(after["status"])},
    )
    return action


def _teach(post: Post, action: TriageAction, after: State) -> None:
    """Keep the decision as a label; an undo takes its label back, and what it restores counts again."""
    if action.undoes is None:
        _label(post, action.actor, after)
        return
    _withdraw(post, action.undoes.actor, by=action.actor)
    earlier = User.objects.filter(pk=after["reviewed_by_id"]).first()
    if earlier and feedback.newest(subject=_subject(post), how=Label.How.TRIAGE, by=earlier) is None:
        _label(post, earlier, after)


def _label(post: Post, by: User, after: State) -> None:
    category = NOT_RELEVANT if after["status"] == Post.Status.DISMISSED else after["category"]
    if category not in categories.CATEGORY_IDS:  # “can't judge” teaches nothing
        _withdraw(post, by, by=by)
        return
    feedback.record(
        subject=_subject(post),
        text=post.text,
        event=post.event.ref if post.event else "",
        lang=post.lang,
        category=category,
        how=Label.How.TRIAGE,
        by=by,
        predicted=post.model_category,
        predicted_probability=post.probability,
        model_version_id=post.model_version_id,
    )


def _withdraw(post: Post, whose: User, *, by: User) -> None:
    label = feedback.newest(subject=_subject(post), how=Label.How.TRIAGE, by=whose)
    if label:
        feedback.withdraw(label=label, by=by)


def _subject(post: Post) -> str:
    return f"post:{post.pk}"


def _conflict(post_id: int) -> Conflict:
    """Who was first, and with what."""
    version = Post.objects.filter(pk=post_id).values_list("version", flat=True).first()
    if version is None:
        raise Missing(_("This post does not exist, or no longer."))
    last = TriageAction.objects.filter(post=post_id).select_related("actor").order_by("-version").first()
    if last is None:
        return Conflict(by=_("The system"), what=_("changed this post"), at=None, version=version)
    return Conflict(by=last.actor.display_name, what=describe(last), at=last.at, version=version)


def describe(action: TriageAction) -> str:
    """A decision in words: “Confirmed Requests or urgent needs”."""
    if action.verb == TriageAction.Verb.DISMISS:
        return _("Marked not relevant")
    if action.verb == TriageAction.Verb.UNDO:
        return _("Undone")
    words = {
        TriageAction.Verb.CONFIRM: _("Confirmed %(category)s"),
        TriageAction.Verb.CORRECT: _("Set %(category)s"),
    }
    return words[TriageAction.Verb(action.verb)] % {"category": category_label(action.after["category"])}


def category_label(category: str) -> str:
    known = categories.BY_ID.get(category)
    return known.label if known else category


def _plain(state: State) -> State:
    """As JSON keeps it."""
    moment = state["reviewed_at"]
    return state | {"status": str(state["status"]), "reviewed_at": moment.isoformat() if moment else None}


def _revived(state: State) -> State:
    """As the post's columns hold it."""
    moment = state["reviewed_at"]
    return state | {"reviewed_at": datetime.fromisoformat(moment) if moment else None}
