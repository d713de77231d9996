"""What posts say about the response: each carries what its incident says, so that the map counts without a join.

`Post.response` is kept here and nowhere else. The incidents' event is locked by whoever changed them.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from classifier import locks
from responder.models import Change, Incident, IncidentPost, Post

Status, Response = Incident.Status, Post.Response
FIELDS = frozenset({"status", "verification", "merged_into_id"})  # of an incident, which `Post.response` follows
# What an incident says to the membership of a post. What was found to be false is nothing to go to.
STATED = Case(
    When(
        Q(incident__verification=Incident.Verification.FALSE)
        | Q(incident__status__in=(Status.ON_THE_WAY, Status.RESOLVED)),
        then=Response.ANSWERED,
    ),
    When(incident__status__in=(Status.CONFIRMED, Status.ASSIGNED), then=Response.WAITS),
    default=Response.NONE,
    output_field=IntegerField(),
)


def follow(incident_ids: Iterable[int]) -> None:
    """Write what these incidents say to the posts that belong to them, or did. One query where nothing changed."""
    _follow(Post.objects.filter(pk__in=IncidentPost.objects.filter(incident__in=set(incident_ids)).values("post")))


def follow_posts(post_ids: Iterable[int]) -> None:
    """As `follow`, for posts whose memberships were deleted."""
    _follow(Post.objects.filter(pk__in=set(post_ids)))


def _follow(posts: QuerySet[Post]) -> None:
    found: Any = outdated(posts)  # its annotation has a dynamic name
    changed = dict(found.values_list("pk", "stated"))
    if not changed:
        return
    locks.rows(Post.objects.filter(pk__in=changed))
    for response in set(changed.values()):
        ids = [pk for pk, stated in changed.items() if stated == response]
        Post.objects.filter(pk__in=ids).update(response=response)
    Change.objects.bulk_create(
        [Change(post_id=pk, kind=Change.Kind.EDITED) for pk in changed], batch_size=500
    )  # so that open maps draw their rings anew


def outdated(posts: QuerySet[Post]) -> QuerySet[Post]:
    """Those of `posts` that carry something else than their incident says, annotated with that as `stated`."""
    accepted = IncidentPost.objects.filter(post=OuterRef("pk"), state=IncidentPost.State.ACCEPTED)
    stated = Coalesce(Subquery(accepted.values(says=STATED)[:1]), Value(Response.NONE), output_field=IntegerField())
    return posts.annotate(stated=stated).exclude(response=F("stated")).order_by("pk")
