"""Feedback of partners on posts: sent by token, decided by reviewers, and reported back.

It changes no post and teaches no model. Where a reviewer accepts it, the reviewer decides on the post as ever: in
their own name, undoable, and what the model learns from is their label.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from classifier import categories, clock, locks
from monitoring import audit
from responder import roles, triage
from responder.chosen_place import ChosenPlace
from responder.errors import Invalid, Missing, TooMany
from responder.models import ApiToken, PartnerFeedback, Post, User
from responder.partners import tokens
from responder.privacy.masking import mask
from responder.queries import posts
from responder.triage import placing

PARTS = ("category", "priority", "place")
MOST_OPEN = 1_000  # of one partner at a time
PLACE, NOTE, REASON = 200, 1_000, 500
LEAST_REASON = 3
CURSOR_LIMIT, SALT = 300, "responder.partner_feedback"
NO_PLACE = "no_place"  # a key of the stored position
State, Verb = PartnerFeedback.State, triage.Verb


@dataclass(frozen=True, slots=True)
class Page:
    """Some feedback, the newest first, and the cursor of the next page; None on the last one."""

    rows: list[PartnerFeedback]
    next_cursor: str | None


@audit.atomic()
def give(
    *, token: ApiToken, post_id: int, wrong: Collection[str] = (), category: str = "", priority: str = "",
    place: str = "", note: str = "", position: ChosenPlace | None = None, no_place: bool = False,
) -> PartnerFeedback:  # fmt: skip
    """Store a partner's feedback on a post for review.

    Arguments:
        token: whose owner and organisation say so.
        wrong: parts of what is shown that are wrong; whatever is suggested anew counts as wrong, too.
        category, priority, place: what would be right, empty where that is not known.
        position: where the post is; a reviewer who accepts it puts the post there.
        no_place: that the post has no place, instead of a position.

    Raises Invalid, Missing, TooMany.
    """
    place = position.name if position else place
    suggested = {"category": category, "priority": priority, "place": place.strip() or position or no_place}
    parts = [part for part in PARTS if part in wrong or suggested[part]]
    _check(parts, category, priority, place, note)
    locks.one_at_a_time("feedback", token.owner_id)
    there = roles.within(posts.classified().filter(pk=post_id), tokens.events_of(token))
    if not locks.kept(there):
        raise Missing(_("This post does not exist. It may have been erased."))
    if owned_by(token.owner).filter(state=State.OPEN).count() >= MOST_OPEN:
        raise TooMany(
            _("You already have %(most)d open suggestions. Wait until some are reviewed.") % {"most": MOST_OPEN}
        )
    row = PartnerFeedback.objects.create(
        post_id=post_id, token=token, owner=token.owner, organisation=token.organisation_name, wrong=parts,
        category=category, severity=categories.PRIORITIES.index(priority) + 1 if priority else None,
        place=_hidden(place, PLACE), note=_hidden(note, NOTE), position=_position(position, no_place=no_place),
    )  # fmt: skip
    _record(row, f"token:{token.prefix}", "given")
    return row


def owned_by(owner: User) -> QuerySet[PartnerFeedback]:
    """Feedback that a partner sent with any of their tokens."""
    return PartnerFeedback.objects.filter(owner=owner)


def page(rows: QuerySet[PartnerFeedback], *, cursor: str, size: int) -> Page:
    """The page of `rows` after `cursor`. Raises Invalid."""
    if cursor:
        rows = rows.filter(pk__lt=_read(cursor))
    found = list(rows.order_by("-pk")[: size + 1])
    shown = found[:size]
    return Page(shown, signing.dumps(shown[-1].pk, salt=SALT) if len(found) > size else None)


def waiting(by: User) -> QuerySet[PartnerFeedback]:
    """Feedback that no reviewer has decided on, about posts that this person may review."""
    return roles.within(
        PartnerFeedback.objects.filter(state=State.OPEN), roles.events_of(by, roles.TRIAGE), "post__event"
    )


@audit.atomic()
def accept(*, feedback_id: int, version: int, by: User) -> PartnerFeedback:
    """Accept the feedback: the reviewer decides as suggested, in their own name.

    A place without a position only says that the shown one is wrong.

    Arguments:
        version: of the post, as the reviewer saw it.

    Raises Conflict, Invalid, Missing, NotPermitted.
    """
    if PartnerFeedback.objects.filter(pk=feedback_id).exclude(position=None).exists():
        placing.lock_events(list(PartnerFeedback.objects.filter(pk=feedback_id).values_list("post_id", flat=True)))
    # Lock the post first, in the same order as erasure.
    post = Post.objects.select_for_update(no_key=True).filter(partner_feedback=feedback_id).first()
    row = _opened(feedback_id, by)
    if post is None:
        raise Missing(_("This post does not exist. It may have been erased."))
    for choice in _choices(row, post):
        version = triage.decide(post_id=row.post_id, version=version, by=by, choice=choice)[0].version
    return _decided(row, by, State.ACCEPTED, "")


@audit.atomic()
def refuse(*, feedback_id: int, reason: str, by: User) -> PartnerFeedback:
    """Refuse the feedback, with a reason for the partner. Raises Invalid, Missing, NotPermitted."""
    row = _opened(feedback_id, by)
    reason = " ".join(reason.split())
    if not LEAST_REASON <= len(reason) <= REASON:
        raise Invalid(
            _("Enter a reason for the partner, %(least)d to %(most)d characters.")
            % {"least": LEAST_REASON, "most": REASON}
        )
    return _decided(row, by, State.REFUSED, _hidden(reason, REASON))


def _choices(row: PartnerFeedback, post: Post) -> list[triage.Choice]:
    """The decisions that the suggestion amounts to for the post's current state."""
    found = []
    if row.category and (row.category != post.category or post.status == Post.Status.UNREVIEWED):
        verb = Verb.CORRECT if row.category != post.category else Verb.CONFIRM
        found.append(triage.Choice(verb, row.category if verb == Verb.CORRECT else ""))
    if row.severity and row.severity != post.severity:
        found.append(triage.Choice(Verb.SEVERITY, severity=row.severity))
    if row.position:
        found.append(triage.Choice(Verb.PLACE, place=position_of(row)))
    return found


def position_of(row: PartnerFeedback) -> ChosenPlace | None:
    """The position that a partner suggested; None where there is none, or the post has no place."""
    if not row.position or row.position.get(NO_PLACE):
        return None
    return ChosenPlace(**row.position | {"name": row.place})


def says_no_place(row: PartnerFeedback) -> bool:
    """Whether the partner says that the post has no place."""
    return bool(row.position and row.position.get(NO_PLACE))


def _position(position: ChosenPlace | None, *, no_place: bool) -> dict[str, Any] | None:
    """How a suggested position is stored: without its name, which is masked in a column of its own."""
    if position is None:
        return {NO_PLACE: True} if no_place else None
    return {name: value for name, value in position.columns.items() if name != "name"}


def _check(parts: list[str], category: str, priority: str, place: str, note: str) -> None:
    if not parts:
        raise Invalid(_("Say which part is wrong: %(parts)s.") % {"parts": ", ".join(PARTS)})
    if category and category not in categories.BY_ID:
        raise Invalid(_("This category does not exist."))
    if priority and priority not in categories.PRIORITIES:
        raise Invalid(_("This priority does not exist."))
    if len(place) > PLACE or len(note) > NOTE:
        raise Invalid(
            _("A place can have up to %(place)d characters, a note up to %(note)d.") % {"place": PLACE, "note": NOTE}
        )


def _opened(feedback_id: int, by: User) -> PartnerFeedback:
    triage.require_triage(by)
    rows = PartnerFeedback.objects.select_for_update(of=("self",), no_key=True).select_related("post")
    row = rows.filter(pk=feedback_id).first()
    if row is None or not roles.allows_in(by, roles.VIEW, row.post.event_id):
        raise Missing(_("This suggestion does not exist. It may have been deleted."))
    triage.permitted_on(row.post, by)
    if row.state != State.OPEN:
        raise Invalid(_("Someone has already reviewed this suggestion."))
    return row


def _decided(row: PartnerFeedback, by: User, state: PartnerFeedback.State, reason: str) -> PartnerFeedback:
    row.state, row.reason, row.decided_by, row.decided_at = state, reason, by, clock.now()
    row.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    _record(row, f"user:{by.username}", str(state))
    return row


def _record(row: PartnerFeedback, actor: str, what: str) -> None:
    """Record in the audit log, without texts."""
    audit.record(
        actor=actor, action=f"feedback.{what}", object_type="post", object_id=str(row.post_id),
        detail={"feedback": row.pk, "wrong": row.wrong, "category": row.category, "severity": row.severity},
    )  # fmt: skip


def _hidden(text: str, limit: int) -> str:
    return mask(text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8").strip())[:limit]


def _read(cursor: str) -> int:
    try:
        if len(cursor) > CURSOR_LIMIT:
            raise ValueError
        return int(signing.loads(cursor, salt=SALT))
    except (signing.BadSignature, TypeError, ValueError) as error:
        raise Invalid(_("The cursor is not valid.")) from error
