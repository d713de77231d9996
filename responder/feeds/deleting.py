"""Deleting a feed. The posts that it read stay; what goes is its configuration, its token, its gaps and its bill."""

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder.errors import Conflict, Invalid
from responder.feeds import configuring, intake
from responder.feeds.connectors import registry
from responder.models import Feed, FeedTest, Post, User
from responder.queueing import leases


@audit.atomic()
def delete(*, feed_id: int, version: int, by: User) -> str:
    """Delete a paused feed and return its name. The audit log keeps its settings, and what it read and cost.

    Raises Conflict if somebody changed it meanwhile, Invalid while it is read, tested or its posts wait, Missing, NotPermitted.
    """
    feed = configuring.find_for_change(feed_id, by=by)
    if feed.version != version:
        raise Conflict(by=_("Someone"), what=_("changed this feed"), at=None, version=feed.version)
    if why := obstacle(feed):
        raise Invalid(why)
    billed = feed.usage.aggregate(posts=Sum("posts"), money=Sum("money"))
    configuring.record("feed.deleted", feed, by, posts=str(billed["posts"] or 0), money=f"{billed['money'] or 0:.4f}")
    name = feed.name
    feed.delete()
    return name


def obstacle(feed: Feed) -> str:
    """Why the feed can't be deleted now; empty if it can."""
    if feed.wanted:
        return _("Pause the feed first.")
    if (
        feed.lease_owner
        and not Feed.objects.filter(leases.free(clock.now(), longest=intake.LEASE), pk=feed.pk).exists()
    ):
        return _("A worker is still closing the connection. Try again in a few seconds.")
    if FeedTest.objects.filter(feed=feed, state__in=FeedTest.OPEN).exists():
        return _("A test of this feed is running. Try again when it has ended.")
    own = Q(source=feed.kind) | Q(source__startswith=f"{feed.kind}:")
    if Post.objects.filter(own, event=feed.event_id, state=Post.State.ACCEPTED).exists():
        return _("Posts of this source are still waiting for classification. Try again when none are left.")
    return ""


def ends_deletion_checks(feed: Feed) -> bool:
    """Whether nobody would ask this source any more which of its posts were deleted there."""
    kind = registry.find(feed.kind)
    asks = kind is not None and kind.deletions is not None and feed.seen_at is not None
    others = Feed.objects.filter(kind=feed.kind, address=feed.address).exclude(pk=feed.pk).exclude(seen_at=None)
    return asks and not others.exists()
