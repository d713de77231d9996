"""Decisions of people on posts: confirm, correct, dismiss, set the severity or the place, and undo any of them.

Each verb is one transaction: the post changes only if its version is still the one the person saw, and the
decision, the audit record, the label and the change that live pages follow are written with it.

With `copies=True` a decision covers the near-identical posts that stand where the post stood: each of them gets a
decision and an audit record of its own, all of one batch, and undoing the batch undoes them all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from classifier import categories, clock, duplicates
from monitoring import audit
from responder import roles
from responder.chosen_place import ChosenPlace
from responder.errors import Conflict, Invalid, Missing, NotPermitted
from responder.models import Post, PostEmbedding, Rekeying, TriageAction, User
from responder.triage import decisions, placing
from responder.triage.decisions import DECIDED, State, category_label, describe

__all__ = [
    "COPIES_LIMIT", "DECIDED", "Choice", "category_label", "confirm", "correct", "decide", "describe", "dismiss",
    "no_place", "place", "set_severity", "take_back", "undo",
]  # fmt: skip

SET_ASIDE = "aside"
COPIES_LIMIT = 500  # posts that one decision covers at most
CRITICAL = 1
SHOWN_FROM = 2  # a severity that brings back what was set aside because the model could not judge
Verb = TriageAction.Verb
STATUS_AFTER = {
    Verb.CONFIRM: Post.Status.CONFIRMED,
    Verb.CORRECT: Post.Status.CORRECTED,
    Verb.DISMISS: Post.Status.DISMISSED,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision to make: a verb, and the category, severity or place that it sets.

    Arguments:
        place: with PLACE, where the post is; None: it has no place.
        mention: with PLACE, the words that name it, as `start-end` in code points; empty where none do.

    Raises Invalid for a category or severity that does not exist.
    """

    verb: Verb
    category: str = ""
    severity: int = 0
    place: ChosenPlace | None = None
    mention: str = ""

    def __post_init__(self) -> None:
        if self.verb == Verb.CORRECT and self.category not in categories.BY_ID:
            raise Invalid(_("The category “%(category)s” does not exist.") % {"category": self.category[:60]})
        if self.verb == Verb.SEVERITY and not 1 <= self.severity <= len(categories.PRIORITIES):
            raise Invalid(_("Send `severity`: 1 (critical) to 4 (low)."))


def confirm(*, post_id: int, version: int, by: User) -> TriageAction:
    """Confirm the post's category. Raises Invalid where the model can't read the post: it has none to confirm.

    Arguments:
        post_id, version: the post, and its version when the person looked at it.
        by: who decides.

    Raises Conflict, Missing, NotPermitted.
    """
    return decide(post_id=post_id, version=version, by=by, choice=Choice(Verb.CONFIRM))[0]


def correct(*, post_id: int, version: int, by: User, category: str) -> TriageAction:
    """Give the post another category; otherwise as `confirm`. Raises Invalid for an unknown category."""
    return decide(post_id=post_id, version=version, by=by, choice=Choice(Verb.CORRECT, category))[0]


def dismiss(*, post_id: int, version: int, by: User) -> TriageAction:
    """Dismiss the post as not relevant, which sets it aside; otherwise as `confirm`."""
    return decide(post_id=post_id, version=version, by=by, choice=Choice(Verb.DISMISS))[0]


def set_severity(*, post_id: int, version: int, by: User, severity: int) -> TriageAction:
    """Set the severity, which leaves the post for review; otherwise as `confirm`. Raises Invalid."""
    return decide(post_id=post_id, version=version, by=by, choice=Choice(Verb.SEVERITY, severity=severity))[0]


def place(
    *, post_id: int, version: int, by: User, choice: ChosenPlace, mention: str = "", copies: bool = False
) -> list[TriageAction]:
    """Set the place of a post for good, as a person says; otherwise like `decide`, but the post stays in review."""
    chosen = Choice(Verb.PLACE, place=choice, mention=mention)
    return decide(post_id=post_id, version=version, by=by, choice=chosen, copies=copies)


def no_place(*, post_id: int, version: int, by: User, copies: bool = False) -> list[TriageAction]:
    """Record that the post has no place, and take it off the map for good; otherwise like `place`."""
    return decide(post_id=post_id, version=version, by=by, choice=Choice(Verb.PLACE), copies=copies)


@audit.atomic()
def decide(
    *, post_id: int, version: int, by: User, choice: Choice, copies: bool = False, batch: UUID | None = None
) -> list[TriageAction]:
    """Decide on a post, and on its `copies`; the post's own decision comes first.

    Arguments:
        post_id, version, by: as in `confirm`.
        batch: identifies the request: sent again, it changes nothing more and answers the same.

    Raises as `confirm`. A copy on which somebody decides at the same moment is left to them.
    """
    require_triage(by)
    if choice.verb == Verb.PLACE:
        placing.lock_events([post_id])
    post = permitted_on(_locked(post_id), by)
    if batch and (before := list(_of_batch(batch, by, post_id))):
        return before
    batch, post = batch or uuid4(), _as_seen(post, version)
    others = list(_copies(post, choice.verb)) if copies else []
    done = [_decide(post, by, choice, batch)]
    category = done[0].after.get("category", "")
    for other in others:
        try:
            done.append(_decide(other, by, _for_copy(choice, other, category), batch))
        except (Conflict, Missing):
            continue
    return done


def undo(*, post_id: int, version: int, by: User) -> TriageAction:
    """Undo the newest decision on one post that still stands; otherwise as `take_back`."""
    return take_back(post_id=post_id, version=version, by=by)[0]


@audit.atomic()
def take_back(
    *, post_id: int, version: int, by: User, copies: bool = False, batch: UUID | None = None
) -> list[TriageAction]:
    """Undo the newest decision that was not undone: the user's own, or anyone's for a lead.

    With `copies`, what the same decision did to others is undone too, unless somebody changed it since.
    Raises Invalid where nothing is left to undo; otherwise as `decide`.
    """
    require_triage(by)
    if _newest_verb(post_id) == Verb.PLACE:  # another decision meanwhile makes another version, and is a conflict
        placing.lock_events([post_id])
    post = permitted_on(_locked(post_id), by)
    if batch and (before := list(_of_batch(batch, by, post_id))):
        return before
    batch, post = batch or uuid4(), _as_seen(post, version)
    action = post.actions.exclude(verb=Verb.UNDO).filter(undone_by=None).order_by("-version").first()
    if action is None:
        raise Invalid(_("This post has no decision to undo."))
    if action.actor_id != by.pk and not roles.allows_in(by, roles.LEAD, post.event_id):
        raise NotPermitted(_("Only the person who decided, or a lead, can undo this decision."))
    done = [_undo(post, by, action, batch)]
    for other in _with(action) if copies else []:
        try:
            done.append(_undo(other.post, by, other, batch))
        except (Conflict, Missing):
            continue
    return done


def _undo(post: Post, by: User, action: TriageAction, batch: UUID) -> TriageAction:
    of_place = action.verb == Verb.PLACE
    after = placing.state_before(action) if of_place else decisions.revived(action.before)
    done = decisions.write(post, by, Verb.UNDO, after, batch=batch, undoes=action)
    if of_place:
        placing.follow(post, done)
    return done


def _decide(post: Post, by: User, choice: Choice, batch: UUID) -> TriageAction:
    if choice.verb == Verb.PLACE:
        return _place(post, by, choice, batch)
    after = _severity_after(post, by, choice) if choice.verb == Verb.SEVERITY else _after(post, by, choice)
    if after.get("severity") == CRITICAL:  # grouped again, it opens an incident unless it belongs to one
        PostEmbedding.objects.filter(post=post).update(grouped_at=None)
    return decisions.write(post, by, choice.verb, after, batch=batch)


def _place(post: Post, by: User, choice: Choice, batch: UUID) -> TriageAction:
    mention = placing.parse_mention(post, choice.mention)
    after = placing.state_after(post, by, choice.place, mention)
    action = decisions.write(post, by, Verb.PLACE, after, batch=batch)
    placing.follow(post, action, mention)
    return action


def _after(post: Post, by: User, choice: Choice) -> State:
    if choice.verb == Verb.CONFIRM and post.group == categories.UNMEASURED:
        raise Invalid(_("The model can't read this language, so there is nothing to confirm. Choose a category."))
    chosen = choice.category or post.category
    status = STATUS_AFTER[choice.verb]
    return {
        "status": status,
        "category": chosen,
        "group": SET_ASIDE if status == Post.Status.DISMISSED else categories.group_of(chosen),
        "reviewed_by_id": by.pk,
        "reviewed_at": clock.now(),
    }


def _severity_after(post: Post, by: User, choice: Choice) -> State:
    after: State = {"severity": choice.severity, "severity_reason": _("set by %(who)s") % {"who": by.display_name}}
    if post.status == Post.Status.UNREVIEWED and post.group == SET_ASIDE and choice.severity <= SHOWN_FROM:
        after["group"] = categories.group_of(post.category)  # urgent posts must not stay set aside
    return after


def _for_copy(choice: Choice, copy: Post, category: str) -> Choice:
    """The choice for a copy: a confirmed category corrects a copy that the model classified differently."""
    if choice.verb == Verb.CONFIRM and copy.category != category:
        return Choice(Verb.CORRECT, category)
    return choice


def _copies(post: Post, verb: Verb) -> Iterable[Post]:
    """Posts of the same words on which nobody decided; after a decision, those that it covered.

    A place covers all posts of the same words that no person has placed.
    """
    if verb == Verb.PLACE:
        return _free_copies(post, Q(placed_by=None))
    if post.status != Post.Status.UNREVIEWED:
        stands = post.actions.exclude(verb=Verb.UNDO).filter(undone_by=None).order_by("-version").first()
        return [action.post for action in _with(stands)] if stands else []
    return _free_copies(post, Q(status=Post.Status.UNREVIEWED))


def _free_copies(post: Post, condition: Q) -> list[Post]:
    """Other posts of the event with the same words that meet the condition and that nobody is deciding on."""
    if post.event_id is None:
        return []
    same = Post.objects.filter(event=post.event_id, text_key=post.text_key, state=Post.State.CLASSIFIED)
    open_ = same.filter(condition).exclude(pk=post.pk)
    # Locked copies are skipped: waiting for whoever decides on them could deadlock.
    free = open_.select_for_update(of=("self",), no_key=True, skip_locked=True)
    copies = list(free.select_related("event").order_by("pk")[: COPIES_LIMIT - 1])
    if copies and Rekeying.is_pending("posts"):  # equal keys of an older rule may be of other texts
        return [copy for copy in copies if duplicates.text_key(copy.text) == duplicates.text_key(post.text)]
    return copies


def _of_batch(batch: UUID, by: User, post_id: int) -> QuerySet[TriageAction]:
    """The decisions of a repeated request's batch; empty unless it decided on this post."""
    if not TriageAction.objects.filter(batch=batch, actor=by, post=post_id).exists():
        return TriageAction.objects.none()
    rows = TriageAction.objects.filter(batch=batch, actor=by).select_related("actor")
    return rows.order_by("pk")


def _with(action: TriageAction) -> QuerySet[TriageAction]:
    """The other decisions of the same batch that still are the newest on their posts."""
    if action.batch is None:
        return TriageAction.objects.none()
    rows = TriageAction.objects.filter(batch=action.batch, undone_by=None).exclude(pk=action.pk)
    newest = rows.exclude(verb=Verb.UNDO).filter(post__version=F("version"))
    free = newest.select_for_update(of=("post",), no_key=True, skip_locked=True)
    return free.select_related("actor", "post", "post__event").order_by("pk")


def _newest_verb(post_id: int) -> str | None:
    """The verb of the newest decision on a post that still stands."""
    rows = TriageAction.objects.filter(post=post_id, undone_by=None).exclude(verb=Verb.UNDO)
    return rows.order_by("-version").values_list("verb", flat=True).first()


def require_triage(by: User) -> None:
    """Raise NotPermitted unless the person may review posts of some event; `permitted_on` asks about the post's."""
    if not roles.allows(by, roles.TRIAGE):
        raise NotPermitted(_("Your role doesn't let you review posts."))


def permitted_on(post: Post | None, by: User, ability: str = roles.TRIAGE) -> Post:
    """The post, if the person has `ability` in its event.

    Raises Missing if there is none, or none that they may see; NotPermitted if they may only see it.
    """
    if post is None or not roles.allows_in(by, roles.VIEW, post.event_id):
        raise Missing(_("This post does not exist. It may have been erased."))
    if not roles.allows_in(by, ability, post.event_id):
        raise NotPermitted(_("Your role doesn't let you review posts of this event."))
    return post


def _locked(post_id: int) -> Post | None:
    """The post, locked against other decisions until the transaction ends."""
    rows = Post.objects.select_for_update(of=("self",), no_key=True).select_related("event")
    return rows.filter(pk=post_id, state=Post.State.CLASSIFIED).first()


def _as_seen(post: Post, version: int) -> Post:
    if post.version != version:
        raise decisions.conflict_on(post.pk)
    return post
