"""Soft claims: who has which post open. They expire on their own.

A claim is a lease of 90 seconds (`Claim.LEASE`): the page renews it while the post is open, leaving the post gives it
back, and a browser that crashed loses it when the lease ends. It is no lock: anybody may still decide, and versions
settle who was first.
"""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from classifier import clock, locks, moments
from responder import roles, triage
from responder.errors import Missing
from responder.models import Claim, Post, User
from responder.queries import posts

SHOWN = 200


def take(*, post_id: int, by: User) -> Claim:
    """Claim a post or renew the claim. Returns the other person's claim if somebody else holds it.

    Raises Missing, NotPermitted.
    """
    triage.require_triage(by)
    if roles.events_of(by, roles.TRIAGE) is not None:
        triage.permitted_on(posts.classified().filter(pk=post_id).first(), by)
    now = clock.now()
    free = Q(user=by) | moments.over("until", now, longest=Claim.LEASE)
    if not Claim.objects.filter(free, post=post_id).update(user=by, until=now + Claim.LEASE):
        _create(post_id, by)
    claim = Claim.objects.filter(post=post_id).select_related("user").first()
    if claim is None:  # given back a moment ago
        return Claim(post_id=post_id, user=by, until=now)
    return claim


def _create(post_id: int, by: User) -> None:
    try:
        with transaction.atomic():
            if not locks.kept(Post.objects.filter(pk=post_id, state=Post.State.CLASSIFIED)):
                raise Missing(_("This post does not exist. It may have been erased."))
            Claim.objects.create(post_id=post_id, user=by, until=clock.now() + Claim.LEASE)
    except IntegrityError:
        return  # somebody holds it


def release(*, post_id: int, by: User) -> None:
    """Release one's claim; does nothing without one."""
    Claim.objects.filter(post=post_id, user=by).delete()


def of_others(by: User, post_ids: Iterable[int]) -> list[Claim]:
    """Other people's current claims on those of these posts that this person may review."""
    rows = Claim.objects.filter(
        moments.standing("until", clock.now(), longest=Claim.LEASE), post__in=list(post_ids)[:SHOWN]
    ).exclude(user=by)
    rows = roles.within(rows, roles.events_of(by, roles.TRIAGE), "post__event")
    return list(rows.select_related("user"))


def prune() -> None:
    """Delete claims whose lease has ended."""
    Claim.objects.filter(moments.over("until", clock.now() - Claim.LEASE, longest=2 * Claim.LEASE)).delete()
