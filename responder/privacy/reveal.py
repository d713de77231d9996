"""Revealing a masked post: by role, with a reason, one post at a time, for 15 minutes, audited."""

from datetime import timedelta

from django.utils.translation import gettext as _

from classifier import clock, locks, moments
from monitoring import audit
from responder import roles
from responder.errors import Invalid, Missing, NotPermitted, TooMany
from responder.models import Post, Reveal, User

LASTS = timedelta(minutes=15)
AN_HOUR = timedelta(hours=1)
MOST_AN_HOUR = 30
SHORTEST_REASON, LONGEST_REASON = 10, 300


@audit.atomic()
def ask(*, post_id: int, reason: str, by: User) -> Reveal:
    """Let `by` see the post unmasked for 15 minutes.

    Raises Invalid for a reason that says nothing, Missing, NotPermitted, TooMany after 30 in an hour.
    """
    if not roles.allows(by, roles.REVEAL):
        raise NotPermitted(_not_permitted())
    reason = " ".join(reason.split())[: LONGEST_REASON + 1]
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Invalid(_("Enter a reason of 10 to 300 characters. Auditors can read it."))
    locks.one_at_a_time("reveals", by.pk)
    rows = Post.objects.filter(pk=post_id, state=Post.State.CLASSIFIED)
    if not locks.kept(roles.within(rows, roles.events_of(by, roles.VIEW))):
        raise Missing(_("This post does not exist. It may have been erased."))
    if (events := roles.events_of(by, roles.REVEAL)) is not None and not rows.filter(event__in=events).exists():
        raise NotPermitted(_not_permitted())
    now = clock.now()
    if Reveal.objects.filter(moments.recent("at", now, within=AN_HOUR), by=by).count() >= MOST_AN_HOUR:
        raise TooMany(_("You have revealed masked details 30 times in the last hour. Wait, or ask another lead."))
    made = Reveal.objects.create(post_id=post_id, by=by, reason=reason, at=now, until=now + LASTS)
    audit.record(
        actor=f"user:{by.username}",
        action="post.revealed",
        object_type="post",
        object_id=str(post_id),
        detail={"reason": reason, "until": made.until.isoformat(), "reveal": made.pk},
    )
    return made


def _not_permitted() -> str:
    return _("Your role doesn't let you see masked details. Ask a lead.")


def standing(*, post_id: int, by: User) -> Reveal | None:
    """The active reveal of this post for `by`, or None, also if they lost the role."""
    rows = Reveal.objects.filter(moments.standing("until", clock.now(), longest=LASTS), post=post_id, by=by.pk)
    return roles.within(rows, roles.events_of(by, roles.REVEAL), "post__event").select_related("post").first()
