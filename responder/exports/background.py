"""Files that take long: made by the queue, part by part, within bounded memory.

How a file comes to be:
1. `ask` stores the row, and the queue's message with it.
2. `run` claims the row for a while and writes part after part, in the order of ids, so that a post whose rank changes
   meanwhile is in the file once. A part that is written twice is the same; a kill costs one part.
3. After some parts it lets others have their turn; `wake` finds rows whose message or process died.
4. `keeping` gives it to its owner, takes erased posts out of it, and forgets it.
"""

import uuid
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from classifier import clock
from monitoring import audit
from responder import policy
from responder.errors import Invalid, TooMany
from responder.exports import files
from responder.exports.columns import POSTS
from responder.exports.kinds import KINDS
from responder.models import Event, ExportJob, Post, User
from responder.queries import posts
from responder.queries.filters import Filter

log = structlog.get_logger(__name__)
TASK = "responder.jobs.make_export"
MOST_ROWS = 500_000
MOST_UNFINISHED, MOST_KEPT = 3, 20  # of one owner
KEPT = timedelta(hours=24)
PART = 1_000  # posts
PARTS_A_TURN = 20  # then other jobs have theirs, long before django-q's time-out
LEASE = timedelta(minutes=1)  # for one part; renewed with each
MOST_ATTEMPTS = 5  # at one part
OPEN = (ExportJob.State.WAITING, ExportJob.State.RUNNING)


class Lost(Exception):
    """The file was deleted, or is another's work by now."""


@transaction.atomic
def ask(
    *, owner: User, kind: str, wanted: Filter, event: Event | None, actor: str, through_api: bool = False
) -> ExportJob:
    """Have a file made; the row, which says how far it is.

    Arguments:
        owner: whose file it is; nobody else sees it.
        kind: a key of KINDS.
        wanted, event: which posts, as the list shows them now.
        actor: who asks, for the audit log.
        through_api: that a token asks.

    Raises Invalid, TooMany.
    """
    User.objects.select_for_update().get(pk=owner.pk)  # two requests at once count each other
    _require_room(owner)
    newest = Post.objects.order_by("-id").values_list("id", flat=True).first() or 0
    now = clock.now()
    job = ExportJob(
        owner=owner, kind=kind, query=wanted.querystring(), event=event, through_api=through_api, newest_id=newest,
        asked_at=now, woken_at=now, expires_at=now + KEPT,
    )  # fmt: skip
    job.rows = matching(job).count()
    if job.rows > MOST_ROWS:
        given = {"rows": job.rows, "most": MOST_ROWS}
        raise Invalid(_("These are %(rows)d posts; a file holds %(most)d. Choose a shorter time.") % given)
    job.save()
    _send(job)
    detail = {"format": kind, "filter": job.query, "rows": job.rows}
    audit.record(actor=actor, action="export.asked", object_type="export", object_id=str(job.ref), detail=detail)
    return job


def matching(job: ExportJob) -> QuerySet[Post]:
    """The posts that passed the filter when it was asked for, as far as they still do."""
    wanted, _notices = Filter.parse(QueryDict(job.query))
    found = posts.visible().filter(wanted.where(job.asked_at), pk__lte=job.newest_id)
    if job.event_id:
        found = found.filter(event=job.event_id)
    return found.exclude(policy.withheld()) if wanted.q and job.through_api else found


def wake() -> int:
    """Send files again whose message or process died; how many."""
    now = clock.now()
    quiet = Q(lease_until=None) | Q(lease_until__lt=now)
    stuck = ExportJob.objects.filter(quiet, state__in=OPEN, woken_at__lt=now - LEASE)
    sent = 0
    for job in stuck[:100]:
        with transaction.atomic():
            if stuck.filter(pk=job.pk).update(woken_at=now):
                _send(job)
                sent += 1
    return sent


def run(job_id: int) -> None:
    """Write some parts of a file; twice at once does it once."""
    job = _claim(job_id)
    if job is None:
        return
    try:
        _turn(job)
    except Lost:
        log.info("an export was deleted or taken over", export=str(job.ref))
    except Exception:
        _mine(job).update(lease_until=None)
        raise


def render(job: ExportJob, rows: list[Post]) -> str:
    """A part's text."""
    kind = KINDS[job.kind]
    return kind.between.join(kind.write(POSTS.row(post), POSTS) for post in rows)


def _require_room(owner: User) -> None:
    jobs = ExportJob.objects.filter(owner=owner)
    if jobs.filter(state__in=OPEN).count() >= MOST_UNFINISHED:
        raise TooMany(_("%(most)d of your files are being made. Ask when one is done.") % {"most": MOST_UNFINISHED})
    if jobs.count() >= MOST_KEPT:
        raise TooMany(_("%(most)d of your files are kept. Delete one first.") % {"most": MOST_KEPT})


def _send(job: ExportJob) -> None:
    """Put the queue's message, a row of the same database: it is there with the caller's transaction, or not at all."""
    async_task(TASK, job.pk, group="exports", task_name=str(job.ref))


def _claim(job_id: int) -> ExportJob | None:
    now, me = clock.now(), uuid.uuid4().hex
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    taken = ExportJob.objects.filter(free, pk=job_id, state__in=OPEN).update(
        state=ExportJob.State.RUNNING, lease_owner=me, lease_until=now + LEASE, attempts=F("attempts") + 1
    )
    job = ExportJob.objects.filter(pk=job_id, lease_owner=me).first() if taken else None
    if job and job.attempts > MOST_ATTEMPTS:
        _finish(job, ExportJob.State.FAILED, f"The posts after {job.rows_done} failed {MOST_ATTEMPTS} times.")
        return None
    return job


def _turn(job: ExportJob) -> None:
    for _number in range(PARTS_A_TURN):
        rows = list(_rest(job))
        if not rows:
            _finish(job, ExportJob.State.DONE)
            return
        _write(job, rows)
    with transaction.atomic():
        if _mine(job).update(lease_until=None, woken_at=clock.now()):
            _send(job)


def _rest(job: ExportJob) -> QuerySet[Post]:
    rest = matching(job).filter(pk__gt=job.last_id).order_by("pk")[:PART]
    return rest.select_related("event", "model_version")


def _write(job: ExportJob, rows: list[Post]) -> None:
    """Store a part, then say so. Raises Lost."""
    ids = [post.pk for post in rows]
    path = files.part(job.ref, job.parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    files.store(path, render(job, rows), ids)
    with transaction.atomic():
        # The part lies on the disk by now: what is erased from here on is taken out of it.
        gone = set(ids) - set(Post.objects.filter(pk__in=ids).values_list("pk", flat=True))
        stored = _mine(job).update(
            rows_done=F("rows_done") + len(rows) - len(gone), parts=F("parts") + 1, last_id=ids[-1], attempts=0,
            lease_until=clock.now() + LEASE,
        )  # fmt: skip
    if not stored:
        if not ExportJob.objects.filter(pk=job.pk).exists():
            files.remove(job.ref)
        raise Lost
    if gone:
        files.store_less(path, render(job, [post for post in rows if post.pk not in gone]), sorted(set(ids) - gone))
    job.refresh_from_db()


def _finish(job: ExportJob, state: str, error: str = "") -> None:
    with transaction.atomic():
        if _mine(job).update(state=state, error=error, finished_at=clock.now(), lease_until=None):
            detail = {"format": job.kind, "rows": job.rows_done, "state": str(state)}
            audit.record(
                actor="system:jobs",
                action="export.finished",
                object_type="export",
                object_id=str(job.ref),
                detail=detail,
            )


def _mine(job: ExportJob) -> Any:
    """The file's row, if it still is this process' and where it left it."""
    return ExportJob.objects.filter(
        pk=job.pk, lease_owner=job.lease_owner, parts=job.parts, state=ExportJob.State.RUNNING
    )
