"""Snoozing a text and its copies, for a time or until there are more copies.

A snooze is a row that is over when the clock, or the number of copies, says so: nothing has to run for it.
"""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifier import clock, locks
from monitoring import audit
from responder import triage
from responder.errors import Invalid
from responder.models import Post, Snooze, User
from responder.queries import queue

SPANS = {"15m": timedelta(minutes=15), "1h": timedelta(hours=1)}
LONGEST = timedelta(hours=24)  # applies to snoozes until growth, too
MOST_GROWTH = 1_000


@audit.atomic()
def snooze(*, post_id: int, by: User, span: str = "", grow_by: int = 0) -> Snooze:
    """Snooze a post's text: for `span` (a key of SPANS), or until it has `grow_by` more copies.

    Raises Invalid, Missing, NotPermitted.
    """
    post = _post(post_id, by)
    if post.status != Post.Status.UNREVIEWED:
        raise Invalid(_("This post is already reviewed, so it can't be snoozed."))
    locks.one_at_a_time("snoozes", post.event_id)
    if len(queue.snoozes(post.event)) >= queue.MOST_SNOOZES:
        raise Invalid(_("Too many posts are snoozed. Review some of them first."))
    until, size = _ending(post, span, grow_by)
    values = {"by": by, "at": clock.now(), "until": until, "wake_at_size": size}
    row, _new = Snooze.objects.update_or_create(event=post.event, text_key=post.text_key, defaults=values)
    _record(post, by, "post.snoozed", {"until": until.isoformat(), "wake_at_size": size})
    return row


@audit.atomic()
def wake(*, post_id: int, by: User) -> None:
    """End a post's snooze; does nothing without one. Raises Missing, NotPermitted."""
    post = _post(post_id, by)
    deleted, _rows = Snooze.objects.filter(event=post.event, text_key=post.text_key).delete()
    if deleted:
        _record(post, by, "post.woken", {})


def _ending(post: Post, span: str, grow_by: int) -> tuple[datetime, int | None]:
    if span in SPANS:
        return clock.now() + SPANS[span], None
    if not span and 1 <= grow_by <= MOST_GROWTH:
        return clock.now() + LONGEST, queue.size_of(post) + grow_by
    raise Invalid(_("Send `span` (15m or 1h), or `grow_by` (1 to 1000 more copies)."))


def _post(post_id: int, by: User) -> Post:
    triage.require_triage(by)
    rows = Post.objects.filter(pk=post_id, state=Post.State.CLASSIFIED).select_related("event")
    post = triage.permitted_on(rows.first(), by)
    if post.event is None:
        raise Invalid(_("This post doesn't belong to an event, so it can't be snoozed."))
    return post


def _record(post: Post, by: User, action: str, detail: dict[str, object]) -> None:
    audit.record(actor=f"user:{by.username}", action=action, object_type="post", object_id=str(post.pk), detail=detail)


def words(row: Snooze) -> str:
    """The snooze as text: “Snoozed until 14:20 UTC”."""
    if row.wake_at_size:
        said = ngettext("Snoozed until there is %(n)d copy", "Snoozed until there are %(n)d copies", row.wake_at_size)
        return said % {"n": row.wake_at_size}
    return _("Snoozed until %(time)s UTC") % {"time": f"{row.until:%H:%M}"}


def prune() -> None:
    """Delete snoozes that ended long ago."""
    Snooze.objects.filter(until__lt=clock.now() - LONGEST).delete()
