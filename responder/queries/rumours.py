"""Rumours for pages: the list with its counts, and one rumour with its posts on both sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from responder import roles
from responder.models import Event, Post, Rumour, RumourPost
from responder.models.rumour import PREFIX
from responder.privacy.masking import mask
from responder.queries import items, posts

PAGE_SIZE = 50
SHOWN_POSTS = 50  # of each side
STATES = ("all", *Rumour.Verdict.values)
REFERENCE_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Side:
    """The posts on one side of a claim: the newest of them, and how many there are."""

    key: str
    label: str
    items: list[items.Item]
    count: int


def matching(event: Event | None, visible_events: frozenset[int] | None, state: str) -> QuerySet[Rumour]:
    """Rumours of an event (None: of all that the reader may see) with a verdict, or `all`; newest first."""
    found = roles.within(Rumour.objects.all(), visible_events)
    found = found.filter(event=event) if event else found
    found = found if state == "all" else found.filter(verdict=state)
    return found.select_related("verdict_by", "opened_by").order_by("-id")


def counted(found: QuerySet[Rumour]) -> QuerySet[Rumour]:
    """`found` with the numbers of posts `in_favour`, `against`, and of those `newer` than the verdict."""
    side = RumourPost.Side
    return found.annotate(
        in_favour=Count("evidence", filter=Q(evidence__side=side.FOR)),
        against=Count("evidence", filter=Q(evidence__side=side.AGAINST)),
        newer=Count("evidence", filter=Q(evidence__at__gt=F("verdict_at"))),
    )


def by_ref(ref: str) -> int | None:
    """The number in `RUM-0042`; None for what is no reference."""
    digits = ref.upper().removeprefix(PREFIX)
    known = ref.upper().startswith(PREFIX) and digits.isdecimal() and digits.isascii()
    return int(digits) if known and len(digits) <= REFERENCE_DIGITS else None


def present(rumour: Any) -> dict[str, Any]:
    """A rumour as pages show it: masked, because people wrote it."""
    return {
        "ref": rumour.ref, "claim": mask(rumour.claim), "verdict": rumour.verdict,
        "verdict_word": rumour.get_verdict_display(), "basis": mask(rumour.basis), "answer": mask(rumour.answer),
        "verdict_by": rumour.verdict_by.display_name if rumour.verdict_by else "", "verdict_at": rumour.verdict_at,
        "opened_by": rumour.opened_by.display_name, "opened_at": rumour.opened_at, "version": rumour.version,
        "in_favour": getattr(rumour, "in_favour", 0), "against": getattr(rumour, "against", 0),
        "newer": getattr(rumour, "newer", 0),
    }  # fmt: skip


def sides(rumour: Rumour) -> list[Side]:
    """The posts for and against the claim; a fixed number of queries."""
    rows = list(rumour.evidence.order_by("-at", "-id"))
    shown = {side: [row.post_id for row in rows if row.side == side][:SHOWN_POSTS] for side in RumourPost.Side.values}
    ids = [post_id for some in shown.values() for post_id in some]
    found: Sequence[Post] = list(posts.with_related(posts.classified().filter(pk__in=ids)))
    by_id = {item["id"]: item for item in items.present_all(found)}
    labels = {"for": _("Posts that state it"), "against": _("Posts that deny it")}
    return [
        Side(side, labels[side], [by_id[one] for one in shown[side] if one in by_id], sum(row.side == side for row in rows))
        for side in RumourPost.Side.values
    ]  # fmt: skip
