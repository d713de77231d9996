"""Pages that import files of posts: upload, preview, progress, and the report of every row."""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import Any, cast

from django.contrib import messages
from django.core.handlers.asgi import ASGIRequest
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from classifier.tables import UnusableInput
from responder import imports, roles
from responder.errors import Missing, ResponderError
from responder.imports import problem_words
from responder.imports.forms import ReadingForm, UploadForm, initial
from responder.imports.options import zone_of
from responder.imports.preview import Preview
from responder.imports.reading import UnclearColumns
from responder.imports.report import Problem, Report
from responder.models import ImportJob, Post, User
from responder.privacy import masking
from responder.queries import events as event_queries
from responder.spreadsheets import safe
from responder.views.feeds import tells_refusals
from responder.web.executors import EXPORTS

EVENTS = 200
LISTED = 100  # problems on the page; the file has all
PROBLEM_COLUMNS = ("line", "kind", "reason")
PROBLEMS_AT_ONCE = 500
DELIMITERS = {"\t": gettext_lazy("tab"), " ": gettext_lazy("space")}


@require_safe
@never_cache
@roles.requires(roles.MANAGE_SOURCES)
def index(request: HttpRequest) -> HttpResponse:
    """The page with the form and the person's imports."""
    return _index(request)


@require_safe
@never_cache
@roles.requires(roles.MANAGE_SOURCES)
def state(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes while files are imported."""
    return render(request, "imports/_jobs.html", _jobs(request))


@require_POST
@never_cache
@roles.requires(roles.MANAGE_SOURCES)
def send(request: HttpRequest) -> HttpResponse:
    """Upload a file; its preview comes next."""
    person, form = _person(request), _upload_form(request, request.POST, files=request.FILES)
    try:
        job = form.submit(imports.accept, owner=person, actor=_actor(request))
    except ResponderError as error:
        return _index(request, error.status, form=form)
    return HttpResponseRedirect(reverse("import", args=[job.ref]))


@require_safe
@never_cache
@roles.requires(roles.MANAGE_SOURCES)
def detail(request: HttpRequest, ref: str) -> HttpResponse:
    """The preview of a draft, or the progress and the report of an import."""
    job = _own(request, ref)
    return _draft(request, job) if job.is_draft else render(request, "imports/detail.html", _shown(job))


@require_safe
@never_cache
@roles.requires(roles.MANAGE_SOURCES)
def progress(request: HttpRequest, ref: str) -> HttpResponse:
    """The part of an import's page that changes while it runs."""
    return render(request, "imports/_report.html", _shown(_own(request, ref)))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_SOURCES)
def change(request: HttpRequest, ref: str) -> HttpResponse:
    """Change how a draft's file is read, and show the preview again."""
    job, form = _own(request, ref), ReadingForm(request.POST, columns=(), guessed={})
    try:
        form.submit(imports.change, job=job, actor=_actor(request))
    except ResponderError as error:
        return _draft(request, job, error.status, refused=form)
    return HttpResponseRedirect(reverse("import", args=[ref]))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_SOURCES)
def start(request: HttpRequest, ref: str) -> HttpResponse:
    """Start an import, unless what was chosen has not been previewed yet."""
    job, form = _own(request, ref), ReadingForm(request.POST, columns=(), guessed={})
    if not job.is_draft:
        return HttpResponseRedirect(reverse("import", args=[ref]))
    try:
        if form.submit(imports.change, job=job, actor=_actor(request)):
            messages.info(request, _("The way the file is read has changed. Check the preview, then import."))
            return HttpResponseRedirect(reverse("import", args=[ref]))
    except ResponderError as error:
        return _draft(request, job, error.status, refused=form)
    try:
        found = imports.preview_of(job)
    except UnusableInput:
        return _draft(request, job, 400)
    imports.start(job=job, actor=_actor(request), rows_expected=_rows(job, found)[0])
    messages.success(request, _("The import has started. You can leave this page."))
    return HttpResponseRedirect(reverse("import", args=[ref]))


@require_POST
@never_cache
@roles.requires(roles.MANAGE_SOURCES)
def cancel(request: HttpRequest, ref: str) -> HttpResponse:
    """Cancel an import."""
    if imports.cancel(job=_own(request, ref), actor=_actor(request)):
        messages.success(request, _("The import is cancelled. Posts that were already imported are kept."))
    return HttpResponseRedirect(reverse("import", args=[ref]))


@require_POST
@never_cache
@roles.requires(roles.MANAGE_SOURCES)
def delete(request: HttpRequest, ref: str) -> HttpResponse:
    """Delete a draft, or an import's report."""
    job = _own(request, ref)
    imports.delete(job=job, actor=_actor(request))
    said = _("%(name)s is deleted. Nothing was imported from it.") if job.is_draft else _(
        "%(name)s and its report are deleted. The imported posts are kept."
    )  # fmt: skip
    messages.success(request, said % {"name": job.name})
    return HttpResponseRedirect(reverse("imports"))


@require_safe
@never_cache
@roles.requires(roles.MANAGE_SOURCES)
def problems(request: HttpRequest, ref: str) -> HttpResponseBase:
    """All problems of an import as CSV: lines and reasons, without the rows' content."""
    job = _own(request, ref)
    lines = _problem_lines(job)
    content = EXPORTS.iterate(lines) if isinstance(request, ASGIRequest) else lines
    answer = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="import-problems-{job.created_at:%Y%m%dT%H%M%SZ}.csv"'
    return answer


def _problem_lines(job: ImportJob) -> Iterator[str]:
    yield "\ufeff" + ",".join(PROBLEM_COLUMNS) + "\r\n"
    found = iter(imports.problems_of(job))
    while some := list(islice(found, PROBLEMS_AT_ONCE)):
        lines = io.StringIO()
        csv.writer(lines).writerows([one.line, one.kind, safe(one.sentence)] for one in some)
        yield lines.getvalue()


def _index(request: HttpRequest, status: int = 200, **shown: Any) -> HttpResponse:
    context = {"megabytes": imports.limit() // 1_000_000, "form": _upload_form(request)}
    return render(request, "imports/index.html", context | _jobs(request) | shown, status=status)


def _jobs(request: HttpRequest) -> dict[str, Any]:
    rows = [_shown(job) for job in imports.owned_by(_person(request))]
    return {"rows": rows, "going_on": any(row["is_going_on"] for row in rows)}


def _shown(job: ImportJob) -> dict[str, Any]:
    report = Report.from_json(job.report)
    return {
        "job": job, "report": report, "percent": round(100 * job.progress), "problems": report.problems[:LISTED],
        "kinds": problem_words.counted(report), "grave": report.bad + report.conflicts + report.lossy, "is_going_on": not job.is_over and not job.is_draft,
        "outcome": report.verdict if job.is_done else job.get_state_display(), "event": job.event,
    }  # fmt: skip


def _draft(
    request: HttpRequest, job: ImportJob, status: int = 200, *, refused: ReadingForm | None = None
) -> HttpResponse:
    found, why, columns = None, "", list[str]()
    try:
        found = imports.preview_of(job)
        columns = found.columns
    except UnclearColumns as error:
        why, columns = str(error), list(error.columns)
    except UnusableInput as error:
        why = imports.named(job, str(error))
    guessed = (
        {name: column for name, column in found.understanding.columns.items() if name not in job.mapping}
        if found
        else {}
    )
    data = refused.data if refused else None
    form = ReadingForm(
        data, columns=columns, guessed=guessed, found=found.reading.encoding if found else "", initial=initial(job)
    )
    context = {"job": job, "form": form, "columns": columns, "found": found, "why": why, "zone": zone_of(job) or "UTC"}
    if found:
        context |= _preview(job, found)
    return render(request, "imports/draft.html", context, status=status)


def _preview(job: ImportJob, found: Preview) -> dict[str, Any]:
    words = {
        Post.TimeSource.SOURCE: _("stated"), Post.TimeSource.SNOWFLAKE: _("From its ID"),
        Post.TimeSource.IMPORT: _("Time of import"),
    }  # fmt: skip
    posts = [
        {
            "post": post, "id": _id(post.source_id), "text": masking.mask(post.text), "author": masking.mask_author(post.author),
            "time_source": words[Post.TimeSource(post.time_source)], "repairs": [masking.mask(one) for one in post.repairs],
        }
        for post in found.posts
    ]  # fmt: skip
    rows, is_exact = _rows(job, found)
    listed = [
        Problem(one.line, one.kind, masking.mask(one.sentence), one.lossy) for one in found.report.problems[:LISTED]
    ]
    return {
        "posts": posts, "rows": rows, "is_exact": is_exact, "problems": listed, "report": found.report,
        "kinds": problem_words.counted(found.report), "delimiter": DELIMITERS.get(found.reading.delimiter, found.reading.delimiter),
    }  # fmt: skip


def _id(source_id: str) -> str:
    """Return a displayable ID. Only counters and snowflakes are shown unmasked, because others may be phone numbers or addresses."""
    return source_id if source_id.isdecimal() and not 6 < len(source_id) < 16 else masking.mask(source_id)


def _rows(job: ImportJob, found: Preview) -> tuple[int | None, bool]:
    """Return (number of rows in the file, whether it is exact)."""
    if found.is_whole:
        return found.rows, True
    return (None if job.is_spreadsheet else max(found.rows, job.lines - found.reading.skipped - 1)), False


def _upload_form(request: HttpRequest, data: Any = None, **more: Any) -> UploadForm:
    importable = roles.events_of(request.user, roles.MANAGE_SOURCES)
    events = list(roles.within(event_queries.open_events(), importable, "pk")[:EVENTS])
    return UploadForm(data, events=events, may_create=importable is None, **more)


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


def _actor(request: HttpRequest) -> str:
    return f"user:{_person(request).username}"


def _own(request: HttpRequest, ref: str) -> ImportJob:
    try:
        return imports.find(owner=_person(request), ref=ref)
    except Missing as error:
        raise Http404 from error
