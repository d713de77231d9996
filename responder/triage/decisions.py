"""How a decision on a post is written: the post, the decision, the change that live pages follow, the label, the audit.

Nothing is erased: an undo is one more decision, which restores what was before.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from classifier import categories, feedback
from classifier.models import Label
from monitoring import audit
from responder import webhooks
from responder.errors import Conflict, Missing
from responder.models import Change, Post, TriageAction, User

NOT_RELEVANT = "not_humanitarian"
DECIDED = ("status", "category", "group", "reviewed_by_id", "reviewed_at")
MOMENTS = ("reviewed_at", "placed_at")  # which JSON holds as texts
AUDITED = ("category", "status", "severity")
Verb = TriageAction.Verb
State = dict[str, Any]


def write(
    post: Post, by: User, verb: Verb, after: State, *, batch: UUID | None = None, undoes: TriageAction | None = None
) -> TriageAction:
    """Write one decision on `post`, inside the caller's transaction; `after` holds the columns that it sets.

    Raises Conflict where somebody else decided since `post` was read: nothing is changed then.
    """
    before, version = {name: getattr(post, name) for name in after}, post.version + 1
    # Optimistic lock: of two people who saw the same version, the second one's update matches no row.
    if not Post.objects.filter(pk=post.pk, version=post.version).update(**after, version=version):
        raise conflict_on(post.pk)
    action = TriageAction.objects.create(
        post=post,
        actor=by,
        verb=verb,
        before=_plain(before),
        after=_plain(after),
        version=version,
        batch=batch,
        undoes=undoes,
    )
    Change.objects.create(post=post, kind=Change.Kind.DECIDED)
    if "status" in after:
        _teach(post, action, after)
    webhooks.decided(post, verb, after)
    audit.record(
        actor=f"user:{by.username}",
        action=f"post.{verb}",
        object_type="post",
        object_id=str(post.pk),
        before=action.before,
        after=action.after,
        detail={"version": version} | {name: action.after[name] for name in AUDITED if name in action.after},
    )
    return action


def _teach(post: Post, action: TriageAction, after: State) -> None:
    """Store the decision as a label; an undo withdraws its label and restores the one before."""
    if action.undoes is None:
        _label(post, action.actor, after)
        return
    _withdraw(post, action.undoes.actor, by=action.actor)
    earlier = User.objects.filter(pk=after["reviewed_by_id"]).first()
    if earlier and feedback.newest(subject=_subject(post), how=Label.How.TRIAGE, by=earlier) is None:
        _label(post, earlier, after)


def _label(post: Post, by: User, after: State) -> None:
    category = NOT_RELEVANT if after["status"] == Post.Status.DISMISSED else after["category"]
    if category not in categories.BY_ID or category == categories.CANT_JUDGE:  # the latter is no label
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


def conflict_on(post_id: int) -> Conflict:
    """The Conflict that names who decided on the post first. Raises Missing if the post is gone."""
    version = Post.objects.filter(pk=post_id).values_list("version", flat=True).first()
    if version is None:
        raise Missing(_("This post does not exist. It may have been erased."))
    last = TriageAction.objects.filter(post=post_id).select_related("actor").order_by("-version").first()
    if last is None:
        return Conflict(by=_("The system"), what=_("changed this post"), at=None, version=version)
    return Conflict(by=last.actor.display_name, what=describe(last), at=last.at, version=version)


def describe(action: TriageAction) -> str:
    """Return the description of a decision, such as “Confirmed Requests or urgent needs”."""
    if action.verb == Verb.DISMISS:
        return _("Marked not relevant")
    if action.verb == Verb.UNDO:
        return _("Undone")
    if action.verb == Verb.PLACE:
        return _described_place(action.after)
    if action.verb == Verb.SEVERITY:
        return _("Set severity %(severity)s") % {"severity": categories.PRIORITIES[action.after["severity"] - 1]}
    words = {Verb.CONFIRM: _("Confirmed %(category)s"), Verb.CORRECT: _("Set %(category)s")}
    return words[Verb(action.verb)] % {"category": category_label(action.after["category"])}


def _described_place(after: State) -> str:
    if after.get("latitude") is None:
        return _("Set “no place”")
    return _("Set the place: %(place)s") % {"place": after["place_name"] or _("at a pin")}


def category_label(category: str) -> str:
    known = categories.BY_ID.get(category)
    return known.label if known else category


def _plain(state: State) -> State:
    """The value as JSON stores it."""
    plain = dict(state)
    if "status" in state:
        plain["status"] = str(state["status"])
    return plain | {name: plain[name].isoformat() for name in MOMENTS if plain.get(name)}


def revived(state: State) -> State:
    """The stored value as the post's column holds it."""
    return state | {name: datetime.fromisoformat(state[name]) for name in MOMENTS if state.get(name)}
