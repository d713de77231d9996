"""Posts that were set aside after classifying or grouping them failed five times; people can retry them."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from classifier import locks
from monitoring import audit
from responder import roles
from responder.errors import Invalid, NotPermitted
from responder.incidents import failures
from responder.models import Post, User

MOST_POSTS = 500


@audit.atomic()
def retry(*, post_ids: Sequence[int], by: User) -> int:
    """Requeue posts with five new attempts. Returns the number. Raises Invalid, NotPermitted."""
    if not roles.allows(by, roles.LEAD):
        raise NotPermitted(_("Only a lead can retry posts."))
    if not 1 <= len(post_ids) <= MOST_POSTS:
        raise Invalid(_("Choose 1 to %(most)d posts.") % {"most": MOST_POSTS})
    led = roles.events_of(by, roles.LEAD)
    if led is not None:
        post_ids = list(Post.objects.filter(pk__in=post_ids, event__in=led).values_list("pk", flat=True))
        if not post_ids:
            return 0
    rows = Post.objects.filter(pk__in=post_ids, state=Post.State.QUARANTINED)
    locks.rows(rows)
    count = rows.update(state=Post.State.ACCEPTED, attempts=0, error="", lease_owner="", lease_until=None)
    count += failures.retry(post_ids)
    audit.record(
        actor=f"user:{by.username}", action="post.retried", object_type="post", object_id="batch",
        detail={"posts": sorted(post_ids), "count": count},
    )  # fmt: skip
    return count
