"""Pages for classifying files: upload, progress, and download of the predictions."""

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from responder import prediction_jobs, roles
from responder.errors import Missing, NotReady, ResponderError
from responder.models import PredictionJob, User
from responder.prediction_jobs.forms import FileForm

LISTED = 20  # bad and repaired rows of each job


@require_safe
@never_cache
@roles.requires(roles.USE_API)
def page(request: HttpRequest) -> HttpResponse:
    """The page with the form and the person's files."""
    return _page(request)


@require_safe
@never_cache
@roles.requires(roles.USE_API)
def state(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes while files are classified."""
    return render(request, "files/_jobs.html", _jobs(request))


@require_POST
@never_cache
@roles.requires(roles.USE_API)
def send(request: HttpRequest) -> HttpResponseBase:
    """Upload a file."""
    person, form = cast(User, request.user), FileForm(request.POST, files=request.FILES)
    try:
        job = form.submit(prediction_jobs.accept, owner=person, actor=f"user:{person.username}")
    except ResponderError as error:
        return _page(request, error.status, form=form)
    messages.success(request, _("%(name)s is uploaded and queued. You can leave this page.") % {"name": job.name})
    return HttpResponseRedirect(reverse("files"))


@require_safe
@never_cache
@roles.requires(roles.USE_API)
def result(request: HttpRequest, ref: str, form: str) -> HttpResponseBase:
    """The predictions as a download."""
    if form not in prediction_jobs.CONTENT_TYPES:
        raise Http404
    try:
        return prediction_jobs.response(request, _own(request, ref), form, for_people=True)
    except NotReady as error:
        return render(request, "409.html", {"title": error.title, "detail": str(error)}, status=error.status)


@require_POST
@never_cache
@roles.requires(roles.USE_API)
def delete(request: HttpRequest, ref: str) -> HttpResponse:
    """Cancel or delete a job."""
    job = _own(request, ref)
    prediction_jobs.delete(job=job, actor=f"user:{cast(User, request.user).username}")
    messages.success(request, _("%(name)s and its predictions are deleted.") % {"name": job.name})
    return HttpResponseRedirect(reverse("files"))


def _page(request: HttpRequest, status: int = 200, **shown: Any) -> HttpResponse:
    size, lines = prediction_jobs.bounds()
    limits = {"megabytes": size // 1_000_000, "lines": lines, "form": FileForm()}
    return render(request, "files/index.html", limits | _jobs(request) | shown, status=status)


def _jobs(request: HttpRequest) -> dict[str, Any]:
    jobs = list(prediction_jobs.owned_by(cast(User, request.user)))
    rows = [
        {
            "job": job,
            "percent": round(100 * job.progress),
            "bad": job.bad_rows[:LISTED],
            "repaired": job.repaired_rows[:LISTED],
        }
        for job in jobs
    ]
    return {"jobs": rows, "going_on": any(not job.is_over for job in jobs)}


def _own(request: HttpRequest, ref: str) -> PredictionJob:
    try:
        return prediction_jobs.find(owner=cast(User, request.user), ref=ref)
    except Missing as error:
        raise Http404 from error
