"""Exports that take long: written by the queue in parts, within bounded memory.

How a file comes to be:
1. `ask` stores the row, and the queue's message with it.
2. The queue writes part after part (see `long_jobs`), in the order of ids, so that a post whose rank changes meanwhile
   is in the file once.
3. `keeping` gives it to its owner, takes erased posts out of it, and forgets it.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from classifier import clock, locks
from monitoring import audit
from responder import roles
from responder.errors import Invalid, TooMany
from responder.exports import files
from responder.exports.columns import POSTS, only_exported
from responder.exports.kinds import KINDS
from responder.models import Event, ExportJob, Post, User
from responder.privacy import policy
from responder.queries import posts
from responder.queries.filters import Filter
from responder.queueing.long_jobs import JobLost, LongWork

MOST_ROWS = 500_000
MOST_UNFINISHED, MOST_KEPT = 3, 20  # of one owner
KEPT = timedelta(hours=24)
PART = 1_000  # posts


@audit.atomic()
def ask(
    *, owner: User, kind: str, post_filter: Filter, event: Event | None, actor: str, through_api: bool = False
) -> ExportJob:
    """Queue an export. Returns its row, which holds the progress.

    Arguments:
        owner: whose file it is; nobody else sees it.
        kind: a key of KINDS.
        post_filter, event: which posts, as the list shows them now.
        actor: the person, for the audit log.
        through_api: that a token asks.

    Raises Invalid, TooMany.
    """
    locks.one_at_a_time("exports", owner.pk)
    _require_room(owner)
    newest = Post.objects.order_by("-id").values_list("id", flat=True).first() or 0
    now = clock.now()
    job = ExportJob(
        owner=owner, kind=kind, query=post_filter.querystring(), event=event, through_api=through_api, newest_id=newest,
        asked_at=now, woken_at=now, expires_at=now + KEPT,
    )  # fmt: skip
    job.rows = matching(job).count()
    _require_fits(job)
    job.save()
    EXPORTS.send(job)
    detail = {"format": kind, "filter": job.query, "rows": job.rows}
    audit.record(actor=actor, action="export.asked", object_type="export", object_id=str(job.ref), detail=detail)
    return job


def visible_events(owner: User, *, through_api: bool) -> frozenset[int] | None:
    """The ids of the events whose posts the owner may take away; None for all.

    Arguments:
        through_api: whether a token asks.
    """
    return roles.events_of_partner(owner) if through_api else roles.events_of(owner, roles.VIEW)


def matching(job: ExportJob) -> QuerySet[Post]:
    """The posts that passed the filter at the time of the request and still do, of events that the owner may see by now."""
    post_filter, _notices = Filter.parse(QueryDict(job.query), visible_events(job.owner, through_api=job.through_api))
    found = posts.classified().filter(post_filter.where(job.asked_at), pk__lte=job.newest_id)
    if job.event_id:
        found = found.filter(event=job.event_id)
    return found.exclude(policy.withheld()) if post_filter.q and job.through_api else found


def render(job: ExportJob, rows: list[Post]) -> str:
    """A part's text."""
    return KINDS[job.kind].write([POSTS.row(post) for post in rows], POSTS)


def _require_fits(job: ExportJob) -> None:
    most = KINDS[job.kind].most_rows
    if job.rows > MOST_ROWS:
        given = {"rows": job.rows, "most": MOST_ROWS}
        raise Invalid(
            _("Your filter matches %(rows)d posts. Narrow the filter or choose a shorter time range: an export holds "
              "at most %(most)d posts.") % given
        )  # fmt: skip
    if most is not None and job.rows > most:
        raise Invalid(
            _("Your filter matches %(rows)d posts. An Excel file holds at most %(most)d posts. Choose CSV, or narrow the "
              "filter.") % {"rows": job.rows, "most": most}
        )  # fmt: skip


def _require_room(owner: User) -> None:
    jobs = ExportJob.objects.filter(owner=owner)
    if jobs.filter(state__in=ExportJob.OPEN).count() >= MOST_UNFINISHED:
        raise TooMany(
            _("%(most)d of your exports are already running. Wait until one has finished.") % {"most": MOST_UNFINISHED}
        )
    if jobs.count() >= MOST_KEPT:
        raise TooMany(_("You already have %(most)d exports. Delete one first.") % {"most": MOST_KEPT})


class Exports(LongWork[ExportJob, list[Post]]):
    """Files of posts; a part is some of the posts."""

    model, counter = ExportJob, "parts"
    task, group = "responder.jobs.make_export", "exports"
    action, object_type = "export.finished", "export"

    def parts(self, job: ExportJob) -> Iterator[list[Post]]:
        while rows := list(_rest(job)):
            yield rows

    def do(self, job: ExportJob, part: list[Post]) -> None:
        try:
            self._write(job, part)
        except JobLost:
            if not ExportJob.objects.filter(pk=job.pk).exists():
                files.remove(job.ref)
            raise

    def place(self, job: ExportJob) -> str:
        return f"The posts after {job.rows_done}"

    def audit_detail(self, job: ExportJob) -> dict[str, Any]:
        return {"format": job.kind, "rows": job.rows_done}

    def _write(self, job: ExportJob, rows: list[Post]) -> None:
        """Store a part, then say so. Raises JobLost."""
        ids = [post.pk for post in rows]
        path = files.part(job.ref, job.parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        files.store(path, render(job, rows), ids)
        with transaction.atomic():
            # The part is on disk by now, so posts erased from here on are removed from it.
            gone = set(ids) - set(Post.objects.filter(pk__in=ids).values_list("pk", flat=True))
            self.stored(job, rows_done=F("rows_done") + len(rows) - len(gone), last_id=ids[-1])
        if gone:
            left = [post for post in rows if post.pk not in gone]
            files.store_less(path, render(job, left), sorted(set(ids) - gone))


EXPORTS = Exports()
run, wake = EXPORTS.run, EXPORTS.wake


def _rest(job: ExportJob) -> QuerySet[Post]:
    return only_exported(matching(job).filter(pk__gt=job.last_id).order_by("pk"))[:PART]
