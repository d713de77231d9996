"""Posts as texts to label: candidates for the week's queue, and the context shown to labellers.

Hides how posts become candidates. The text of a task is shown masked and without anything that the model said.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from classifier import categories, clock, labelling, weekly
from classifier.labelling import Candidate
from classifier.models import LabelTask
from responder.models import Post
from responder.privacy.masking import mask
from responder.queries import items, posts

PERIOD = timedelta(days=7)
MOST = 50_000  # posts that are considered; of more, every nth


@dataclass(frozen=True, slots=True)
class Question:
    """A text as the person who labels it sees it."""

    task_id: int
    text: str
    lang: str
    lang_name: str
    posted_at: datetime | None


def candidates(since: datetime) -> list[Candidate]:
    """Posts that were classified since a moment, in two queries."""
    found = posts.classified().filter(classified_at__gte=since).exclude(model_category="").order_by("id")
    step = -(-found.count() // MOST) or 1
    columns = (
        "pk", "text", "event__ref", "lang", "model_category", "probabilities", "severity", "model_version_id",
    )  # fmt: skip
    rows = found.annotate(turn=F("pk") % step).filter(turn=0).values_list(*columns)
    return [
        Candidate(f"post:{pk}", text, event or "", lang, category, probabilities, _priority(severity), version)
        for pk, text, event, lang, category, probabilities, severity, version in rows
    ]


def fill_queue(week: str | None = None) -> dict[str, int]:
    """Fill the week's labelling queue from the posts of the last seven days. Idempotent.

    Arguments:
        week: ISO week, as 2026-W48; the present one by default.
    """
    week = week or weekly.week_of(clock.now())
    return labelling.fill(week=week, candidates=candidates(clock.now() - PERIOD), seed=zlib.crc32(week.encode()))


def question(task: LabelTask) -> Question:
    """The question of a labelling task; one query."""
    return questions([task])[0]


def questions(tasks: Sequence[LabelTask]) -> list[Question]:
    """The questions of several labelling tasks; one query for all."""
    times = dict(Post.objects.filter(pk__in=[_post_id(task) for task in tasks]).values_list("pk", "created_at"))
    return [
        Question(task.pk, mask(task.text), task.lang, items.language_name(task.lang), times.get(_post_id(task)))
        for task in tasks
    ]


def _post_id(task: LabelTask) -> int:
    """The id of the post that a task's text belongs to; 0 if it belongs to something else."""
    kind, _, number = task.subject.partition(":")
    return int(number) if kind == "post" and number.isdecimal() else 0


def _priority(severity: int | None) -> str:
    return categories.PRIORITIES[severity - 1] if severity else ""
