"""One decision on many posts; each succeeds or fails on its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4, uuid5

from django.utils.translation import gettext as _

from classifier import locks
from monitoring import audit
from responder import triage
from responder.errors import Invalid, ResponderError
from responder.models import Post, TriageAction, User
from responder.triage import Choice, placing

MOST_ITEMS = 200
MOST_POSTS = 2_000  # copies included: the rest of the items is asked for again


@dataclass(frozen=True, slots=True)
class BulkItem:
    """A post, and its version when the person looked at it."""

    post_id: int
    version: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one item: its decisions, its own first, or the error."""

    item: BulkItem
    actions: tuple[TriageAction, ...] = ()
    error: ResponderError | None = None


@audit.atomic()
def decide(
    *, items: Sequence[BulkItem], by: User, choice: Choice | None, copies: bool = True, batch: UUID | None = None
) -> list[Outcome]:
    """Decide on each of `items` in order; without a `choice`, undo the decisions on them.

    Arguments:
        copies: near-identical posts are covered too.
        batch: identifies the request: sent again, it changes nothing more.

    Raises Invalid for no items or too many, NotPermitted. An item that somebody changed meanwhile, or that is
    gone, is refused in its own outcome and holds up no other.
    """
    triage.require_triage(by)
    if not 1 <= len(items) <= MOST_ITEMS:
        raise Invalid(_("Send 1 to %(most)d posts at a time.") % {"most": MOST_ITEMS})
    if choice is None or choice.verb == triage.Verb.PLACE:
        placing.lock_events([item.post_id for item in items])
    locks.rows(Post.objects.filter(pk__in=[item.post_id for item in items]))  # in their order, before any is changed
    outcomes: list[Outcome] = []
    batch = batch or uuid4()
    total = 0
    for item in items:
        outcome = _too_many(item) if total >= MOST_POSTS else _one(item, by, choice, copies=copies, batch=batch)
        total += len(outcome.actions)
        outcomes.append(outcome)
    return outcomes


def _one(item: BulkItem, by: User, choice: Choice | None, *, copies: bool, batch: UUID) -> Outcome:
    own = uuid5(batch, str(item.post_id))  # so that each item can be undone, and repeated, by itself
    try:
        if choice is None:
            actions = triage.take_back(post_id=item.post_id, version=item.version, by=by, copies=copies, batch=own)
        else:
            actions = triage.decide(
                post_id=item.post_id, version=item.version, by=by, choice=choice, copies=copies, batch=own
            )
    except ResponderError as error:
        return Outcome(item, error=error)
    return Outcome(item, tuple(actions))


def _too_many(item: BulkItem) -> Outcome:
    return Outcome(item, error=Invalid(_("Not all copies could be reviewed in one request. Send this one again.")))
