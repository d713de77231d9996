"""A score by which posts in languages that the model can't read wait: cues that need no language.

Points (`of_post`): a place on the map 3; a number 1, and 1 more for a second one or a telephone number; an exclamation
mark 1, and 1 more for a second one; a distress sign such as 🆘 2; a link, which also stands for pictures and videos, 1;
a priority rule whose words occur 4. Relations (`of_relations`): 1 for the first
copy, one more each time their number grows fourfold, at most 4; the same for answers and quotations.

Capitals do not count: most of the scripts in question have none. The score orders a waiting list; it says nothing about
what a post means and is shown to nobody.
"""

import re
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Count, F, Min, Q

from classifier.categories import UNMEASURED
from classifier.letters import NO_WORDS
from responder.models import Post
from responder.queueing import bulk_rows

PLACE, LINK, SIGN, RULE = 3, 1, 2, 4
MOST_MARKS = 2  # numbers, and exclamation marks, that count
MOST_RELATED = 4
FOURFOLD = 2  # bits
TELEPHONE = 7  # digits
NUMBER = re.compile(r"\d[\d .,:/-]*")
EXCLAMATION = re.compile("[!！‼❗❕⁉՜]")
SIGNS = re.compile("🆘|🚨|⚠|☎|📞|🚑|🚒|🩸|🔥|🌊")
RULE_REASON = "rule: "
WAITING = Q(group=UNMEASURED, status=Post.Status.UNREVIEWED, state=Post.State.CLASSIFIED)
Key = tuple[int, str]


def of_post(post: Post) -> int:
    """Return the points for the post's content, without its relations to other posts."""
    text = NO_WORDS.sub(" ", post.text)
    numbers = NUMBER.findall(text)
    points = PLACE if post.located else 0
    points += min(MOST_MARKS, len(numbers) + any(sum(map(str.isdigit, one)) >= TELEPHONE for one in numbers))
    points += min(MOST_MARKS, len(EXCLAMATION.findall(text)) + text.count("‼"))
    points += SIGN if SIGNS.search(text) else 0
    points += LINK if post.links else 0
    return points + (RULE if post.severity_reason.startswith(RULE_REASON) else 0)


def of_relations(count: int) -> int:
    """The points of this many copies, or answers: 1 → 1, 4 → 2, 16 → 3, 64 → 4."""
    return min(MOST_RELATED, (count.bit_length() + 1) // FOURFOLD) if count else 0


def count_relations(posts: Sequence[Post]) -> int:
    """Rescore unreviewed posts that the newly stored `posts` copy, reply to or quote. Returns the number changed.

    Of many copies, only the new ones and the first one, which represents them in the queue, are rescored.
    """
    fresh = [post for post in posts if post.group == UNMEASURED]
    named = {(post.source, post.related_to) for post in posts if post.related_to}
    if not fresh and not named:
        return 0
    firsts = _first_copies(fresh)
    with transaction.atomic():
        rows = Post.objects.filter(WAITING, _any_of(fresh, firsts, named)).order_by("pk")
        waiting = list(rows.select_for_update(no_key=True))
        changed = _rescored(waiting)
        bulk_rows.update(changed, ["cues"])
    return len(changed)


def _any_of(fresh: Sequence[Post], firsts: Iterable[int], named: Iterable[tuple[str, str]]) -> Q:
    found = Q(pk__in={post.pk for post in fresh} | set(firsts))
    by_source: dict[str, list[str]] = {}
    for source, source_id in named:
        by_source.setdefault(source, []).append(source_id)
    for source, ids in by_source.items():
        found |= Q(source=source, source_id__in=ids)
    return found


def _first_copies(fresh: Sequence[Post]) -> list[int]:
    keys = {(post.event_id, post.text_key) for post in fresh if post.event_id is not None}
    if not keys:
        return []
    rows = (
        Post.objects.filter(WAITING, event__in={event for event, _ in keys}, text_key__in={key for _, key in keys})
        .order_by()
        .values("event_id", "text_key")
        .annotate(first=Min("id"))
    )
    return [row["first"] for row in rows]


def _rescored(waiting: Sequence[Post]) -> list[Post]:
    """Return the posts of `waiting` whose score changed, with the new score."""
    copies, answers = _copies(waiting), _answers(waiting)
    changed = []
    for post in waiting:
        copied = copies.get((post.event_id or 0, post.text_key), 1) - 1
        score = of_post(post) + of_relations(copied) + of_relations(answers.get((post.source, post.source_id), 0))
        if score != post.cues:
            post.cues = score
            changed.append(post)
    return changed


def _copies(waiting: Sequence[Post]) -> dict[Key, int]:
    """(event, text) → visible posts with this text."""
    rows = (
        Post.objects.filter(
            state=Post.State.CLASSIFIED,
            event__in={post.event_id for post in waiting if post.event_id},
            text_key__in={post.text_key for post in waiting},
        )
        .order_by()
        .values_list("event_id", "text_key")
        .annotate(count=Count("id"))
    )
    return {(event_id, key): count for event_id, key, count in rows}


def _answers(waiting: Sequence[Post]) -> dict[tuple[str, str], int]:
    """(source, id there) → posts that answer, quote or repeat it."""
    rows = (
        Post.objects.filter(
            source__in={post.source for post in waiting}, related_to__in={post.source_id for post in waiting}
        )
        .exclude(related_to="")
        .exclude(related_to=F("source_id"))
        .order_by()
        .values_list("source", "related_to")
        .annotate(count=Count("id"))
    )
    return {(source, source_id): count for source, source_id, count in rows}
