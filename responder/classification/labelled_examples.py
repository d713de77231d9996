"""Texts that people labelled, as examples beside an answer: decisions made on this site, then the bundled exercise.

Research collections are never among them: their terms do not allow showing them.
"""

from collections.abc import Collection
from functools import cache

from django.db.models import Q

from classifier import categories
from classifier.explain import MOST_LABELLED, Labelled
from responder import roles
from responder.models import Post
from responder.queries import posts

SITE, EXERCISE = "site", "exercise"


def all_labelled(
    *, without_sources: Collection[str] = (), visible_events: frozenset[int] | None = None
) -> list[Labelled]:
    """Decisions, newest first, then the exercise's gold labels; 2,000 at most.

    Arguments:
        visible_events: ids of the events that the reader may see; None for all.
        without_sources: posts of these sources, or of `source:…`, are left out.
    """
    return [*_decided(without_sources, visible_events), *gold()][:MOST_LABELLED]


@cache
def gold() -> tuple[Labelled, ...]:
    """The exercise's posts with their right categories; reposts teach nothing and would fill the places of others."""
    from responder.demo import exercise

    return tuple(
        Labelled(row["text"], row["category"], EXERCISE) for row in exercise.gold_rows() if not row["repost_of"]
    )


def _decided(without_sources: Collection[str], visible_events: frozenset[int] | None) -> list[Labelled]:
    """Confirmed and corrected posts; those without a clear answer explain nothing."""
    unwanted = Q()
    for source in without_sources:
        unwanted |= Q(source__iexact=source) | Q(source__istartswith=f"{source}:")
    rows = (
        roles.within(posts.classified(), visible_events)
        .filter(status__in=[Post.Status.CONFIRMED, Post.Status.CORRECTED])
        .filter(category__in=[one for one in categories.BY_ID if one != categories.CANT_JUDGE])
        .exclude(unwanted)
        .order_by("-reviewed_at", "-id")
    )
    return [Labelled(text, label, SITE) for text, label in rows.values_list("text", "category")[:MOST_LABELLED]]
