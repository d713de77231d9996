"""Finished exports: visible to their owner for a day, without posts that were erased since."""

from collections.abc import Iterator, Sequence

from django.core.handlers.asgi import ASGIRequest
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder import roles
from responder.errors import Missing, NotReady
from responder.exports import background, files, limits, stream
from responder.exports.background import visible_events
from responder.exports.columns import POSTS, only_exported
from responder.exports.kinds import KINDS
from responder.exports.sheets import About
from responder.models import ExportJob, Post, User
from responder.queueing import retained_jobs
from responder.web.executors import EXPORTS


def owned_by(owner: User, *, through_api: bool = False) -> QuerySet[ExportJob]:
    """A person's files, the newest first. A file of events that its owner may no longer see is not among them."""
    mine = ExportJob.objects.filter(owner=owner, expires_at__gt=clock.now()).select_related("event")
    mine = roles.within(mine, visible_events(owner, through_api=through_api))
    return mine.filter(through_api=True) if through_api else mine


def find(*, owner: User, ref: str, through_api: bool = False) -> ExportJob:
    """The person's file with this reference. Raises Missing for anyone but the owner."""
    if (job := retained_jobs.find(owned_by(owner, through_api=through_api), ref)) is None:
        raise Missing(_("This export does not exist. It may have expired."))
    return job


def response(request: HttpRequest, job: ExportJob, *, actor: str, for_people: bool = False) -> StreamingHttpResponse:
    """Return the file as a download, and record it in the audit log.

    Arguments:
        for_people: whether a person opens the file, perhaps with Excel.

    Raises NotReady while the file is being made, and TooManyExports.
    """
    if not job.is_done:
        raise NotReady(_("The export is not ready yet. Try again in a few seconds."))
    return limits.counted(job.owner_id, lambda: _download(request, job, actor, for_people=for_people))


def _download(request: HttpRequest, job: ExportJob, actor: str, *, for_people: bool) -> StreamingHttpResponse:
    rows = sum(len(files.ids_of(files.part(job.ref, number))) for number in range(job.parts))
    detail = {"format": job.kind, "filter": job.query, "rows": rows, "export": str(job.ref)}
    audit.record(
        actor=actor, action="posts.exported", object_type="event", object_id=job.event.ref if job.event else "",
        detail=detail,
    )  # fmt: skip
    pieces = _pieces(job, for_people=for_people)
    content = EXPORTS.iterate(pieces) if isinstance(request, ASGIRequest) else pieces
    answer = StreamingHttpResponse(content, content_type=KINDS[job.kind].content_type)
    _title, name = stream.named(job.event)
    ending = KINDS[job.kind].ending
    answer["Content-Disposition"] = f'attachment; filename="{name}-{job.asked_at:%Y%m%dT%H%M%SZ}.{ending}"'
    answer["X-Row-Count"] = str(rows)
    return answer


def delete(*, job: ExportJob, actor: str) -> None:
    """Cancel and delete an export."""
    with audit.atomic():
        if ExportJob.objects.filter(pk=job.pk).delete()[0]:
            audit.record(actor=actor, action="export.deleted", object_type="export", object_id=str(job.ref))
    files.remove(job.ref)


def take_out(post_ids: Sequence[int]) -> int:
    """Remove erased posts from parts. Returns the number of changed parts."""
    written, gone = 0, set(post_ids)
    for ref, path in files.parts_with(gone):
        left = [pk for pk in files.ids_of(path) if pk not in gone]
        job = ExportJob.objects.filter(ref=ref).first()
        if job is None:
            files.remove(ref)
            continue
        rows = only_exported(Post.objects.filter(pk__in=left).order_by("pk"))
        files.store_less(path, background.render(job, list(rows)), left)
        written += 1
    return written


def rewrite(post_ids: Sequence[int]) -> int:
    """Rewrite the parts that contain these posts, after their texts changed. Returns the number of parts. Idempotent."""
    written = 0
    for ref, path in files.parts_with(set(post_ids)):
        job = ExportJob.objects.filter(ref=ref).first()
        if job is None:
            files.remove(ref)
            continue
        rows = list(
            Post.objects.filter(pk__in=files.ids_of(path))
            .select_related("event", "model_version")
            .defer("event__area")
            .order_by("pk")
        )
        files.store_less(path, background.render(job, rows), [post.pk for post in rows])
        written += 1
    return written


def forget() -> int:
    """Delete expired exports, and folders without a row. Returns the number of exports."""
    return retained_jobs.forget(ExportJob.objects.all(), root=files.root(), delete=delete)


def size_of(job: ExportJob) -> int | None:
    """The bytes of a finished file; None for a workbook, which is packed when it is sent."""
    kind = KINDS[job.kind]
    if kind.pack or not job.is_done:
        return None
    sizes = [size for number in range(job.parts) if (size := files.size(files.part(job.ref, number)))]
    frame = len(_beginning(job, for_people=True)) + len(stream.encoded(kind.end))
    return frame + sum(sizes) + len(stream.encoded(kind.between)) * max(0, len(sizes) - 1)


def _pieces(job: ExportJob, *, for_people: bool = False) -> Iterator[bytes]:
    title, _name = stream.named(job.event)
    about = About(title, job.query, job.asked_at, stream.described(job.event))
    return stream.packed(KINDS[job.kind], _content(job, for_people=for_people), POSTS, about)


def _content(job: ExportJob, *, for_people: bool) -> Iterator[bytes]:
    kind = KINDS[job.kind]
    yield _beginning(job, for_people=for_people)
    between = b""
    for number in range(job.parts):
        if text := files.read(files.part(job.ref, number)):
            yield between + text
            between = stream.encoded(kind.between)
    yield stream.encoded(kind.end)


def _beginning(job: ExportJob, *, for_people: bool) -> bytes:
    title, _name = stream.named(job.event)
    return stream.beginning(KINDS[job.kind], title, POSTS, for_people=for_people)
