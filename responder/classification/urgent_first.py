"""Which new posts are classified before the others while many wait.

Reports that people send to this organisation always are. Of other posts, those whose words say that lives are in danger
are, as far as the rules for priority see it in any language; they are only asked while many posts wait, since the oldest
come soon enough otherwise. This decides the order of the work and nothing else: the model and the rules judge each post
when its turn comes.
"""

from collections.abc import Sequence

from classifier import priority
from responder.models import FieldReport, Post

MANY = 512  # posts that wait; two batches


def mark(posts: Sequence[Post]) -> None:
    """Set `goes_first` on new posts, unsaved. One query."""
    many_wait = len(posts) and Post.objects.filter(state=Post.State.ACCEPTED).order_by()[:MANY].count() == MANY
    for post in posts:
        post.goes_first = post.source in FieldReport.Kind.values or bool(many_wait and _says_danger(post))


def _says_danger(post: Post) -> bool:
    return any(rule.priority == "Critical" for rule in priority.rules(post.text, post.lang))
