"""Stores the offers of posts, when they are understood and again when they were edited."""

from collections.abc import Sequence

from classifier import offers
from responder.models import Offer, Post
from responder.models.offer import SAID_LIMIT


def note(posts: Sequence[Post]) -> None:
    """Store what these posts offer. What people decided about an offer stays. Idempotent, within a transaction.

    An edited post that offers nothing any more loses its offer while that is open.
    """
    found = {post.pk: offers.find(post.text, post.lang) for post in posts}
    edited = [post.pk for post in posts if post.edited_at]
    if edited:
        Offer.objects.filter(post__in=edited, state=Offer.State.OPEN).delete()
    rows = [
        Offer(post=post, event_id=post.event_id, kinds=offer.kinds, said=offer.said[:SAID_LIMIT])
        for post in posts
        if (offer := found[post.pk])
    ]
    Offer.objects.bulk_create(rows, ignore_conflicts=True)
