"""What people decided about their reports, and what holds for every report from a person, after the model has answered."""

from collections.abc import Sequence

from classifier import categories
from responder.models import FieldReport, Post

CHOSEN = "chosen when the report was filed"
ASIDE = "aside"
SHOWN_GROUP = "information"  # of a report that the model calls not humanitarian: a person decides that


def settle(posts: Sequence[Post]) -> None:
    """Set the severity that whoever filed a report chose, and keep reports from being set aside; unsaved. At most one query."""
    candidates = {post.pk: post for post in posts if post.source in FieldReport.Kind.values}
    if not candidates:
        return
    for report in FieldReport.objects.filter(post__in=candidates):
        post = candidates[report.post_id]
        if report.severity:
            post.severity, post.severity_reason = report.severity, CHOSEN
        if post.group == ASIDE and post.status == Post.Status.UNREVIEWED:
            found = categories.group_of(post.category)
            post.group = SHOWN_GROUP if found == ASIDE else found
