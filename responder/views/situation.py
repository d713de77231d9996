"""Pages of situation reports: list, draft, edit, versions, sign-off, files, and public links."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from monitoring import audit
from responder import roles
from responder.errors import ResponderError
from responder.forms import ProductForm
from responder.models import Event, SituationReport, SituationVersion, User
from responder.situation import (
    access,
    differences,
    document,
    files,
    forms,
    links,
    pdf,
    publishing,
    sections,
    text_files,
    word_file,
    writing,
)
from responder.views.feeds import tells_refusals
from responder.web import view_state

LISTED, VERSIONS = 100, 200
State = SituationReport.State
KINDS: dict[str, tuple[str, str, Callable[[document.Document], str | bytes]]] = {
    "md": ("md", "text/markdown; charset=utf-8", text_files.markdown),
    "json": ("json", "application/json", text_files.as_json),
    "hxl": ("hxl.csv", "text/csv; charset=utf-8", text_files.hxl),
    "docx": ("docx", word_file.CONTENT_TYPE, word_file.docx),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a report's page: its verb, its form, and what is said when it succeeded."""

    work: Callable[..., Any]
    form: type[ProductForm]
    done: str | Promise


STEPS = {
    "generate": Step(writing.generate_anew, forms.AnewForm, gettext_lazy("The figures are new. Sections that people edited keep their text.")),
    "propose": Step(writing.propose, forms.VersionForm, gettext_lazy("Proposed. Someone who did not write it must sign it off.")),
    "send-back": Step(writing.send_back, forms.ReasonForm, gettext_lazy("The report is a draft again.")),
    "publish": Step(publishing.publish, forms.VersionForm, gettext_lazy("The report is published.")),
    "withdraw": Step(publishing.withdraw, forms.ReasonForm, gettext_lazy("The report is withdrawn. Its public links no longer work.")),
    "link": Step(links.create, forms.LinkForm, gettext_lazy("The public link is ready.")),
}  # fmt: skip


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """The reports of the page's event, the newest first, and a form for the next one."""
    return _index(request)


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.LEAD)
def draft(request: HttpRequest) -> HttpResponse:
    """Draft the next report of the page's event."""
    event, form = _event(request), forms.DraftForm(request.POST)
    if event is None:
        raise Http404
    try:
        report = form.submit(writing.draft, event_id=event.pk, by=_person(request))
    except ResponderError as error:
        return _index(request, form, status=error.status)
    return HttpResponseRedirect(reverse("situation-report", args=[report.pk]))


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def detail(request: HttpRequest, report_id: int) -> HttpResponse:
    """A report, and what this person may do with it."""
    return _page(request, _found(request, report_id))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.LEAD)
def edit(request: HttpRequest, report_id: int) -> HttpResponse:
    """A form with the text of each section."""
    report = _written(request, report_id)
    version = writing.latest(report)
    if request.method != "POST":
        return _form(request, report, version, forms.SectionsForm(initial=forms.initial_sections(report, version)))
    form = forms.SectionsForm(request.POST)
    try:
        form.submit(writing.edit, report_id=report.pk, by=_person(request))
    except ResponderError as error:
        return _form(request, report, version, form, status=error.status)
    messages.success(request, str(gettext_lazy("The report is saved as a new version.")))
    return HttpResponseRedirect(reverse("situation-report", args=[report.pk]))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.VIEW)
def act(request: HttpRequest, report_id: int, verb: str) -> HttpResponse:
    """Take a step; the verb itself judges who may."""
    report, step = _found(request, report_id), STEPS.get(verb)
    if step is None:
        raise Http404
    form = step.form(request.POST, name=verb)
    try:
        form.submit(step.work, report_id=report.pk, by=_person(request))
    except ResponderError as error:
        return _page(request, _found(request, report_id), status=error.status, refused=form)
    messages.success(request, str(step.done))
    return HttpResponseRedirect(reverse("situation-report", args=[report.pk]))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.LEAD)
def withdraw_link(request: HttpRequest, report_id: int, link_id: int) -> HttpResponse:
    """Withdraw a public link."""
    links.withdraw(report_id=_found(request, report_id).pk, link_id=link_id, by=_person(request))
    messages.success(request, str(gettext_lazy("The link is withdrawn.")))
    return HttpResponseRedirect(reverse("situation-report", args=[report_id]))


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def versions(request: HttpRequest, report_id: int) -> HttpResponse:
    """The versions of a report, the newest first; for people who write or sign reports."""
    report = _signed(request, report_id)
    rows = report.versions.select_related("by").defer("sections")[:VERSIONS]
    return render(request, "situation/versions.html", {"report": report, "rows": rows})


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def version(request: HttpRequest, report_id: int, number: int) -> HttpResponse:
    """One version, and how it differs from the one before."""
    report = _signed(request, report_id)
    rows = SituationVersion.objects.filter(report=report).select_related("report__event", "facts", "by")
    newer, older = rows.filter(number=number).first(), rows.filter(number=number - 1).first()
    if newer is None:
        raise Http404
    changed, figures = differences.between(older, newer) if older else ([], [])
    context = {
        "report": report, "version": newer, "older": older, "changed": changed, "figures": figures,
        "doc": document.of_version(newer), "internal": True,
    }  # fmt: skip
    return render(request, "situation/version.html", context)


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def paper(request: HttpRequest, report_id: int) -> HttpResponse:
    """The report as a page to print."""
    return render(request, "situation/paper.html", {"doc": _readable(request, report_id)})


@require_safe
@never_cache
@tells_refusals
@roles.requires(roles.VIEW)
def file(request: HttpRequest, report_id: int, kind: str) -> HttpResponse:
    """The report as a file: Markdown, JSON, HXL or DOCX, or the finished PDF."""
    doc = _readable(request, report_id)
    if kind == "pdf":
        return _download(doc, "pdf", "application/pdf", files.read(doc.report, actor=_actor(request)))
    if kind not in KINDS:
        raise Http404
    ending, content_type, write = KINDS[kind]
    audit.record(
        actor=_actor(request), action="situation.downloaded", object_type="situation", object_id=doc.report.ref,
        detail={"format": kind, "version": doc.report.version},
    )  # fmt: skip
    return _download(doc, ending, content_type, write(doc))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.VIEW)
def ask_pdf(request: HttpRequest, report_id: int) -> HttpResponse:
    """Queue the PDF."""
    files.ask(report=_readable(request, report_id).report, by=_person(request))
    return HttpResponseRedirect(reverse("situation-report", args=[report_id]) + "#files")


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def pdf_state(request: HttpRequest, report_id: int) -> HttpResponse:
    """The part of the page that changes while the PDF is made."""
    report = _readable(request, report_id).report
    return render(request, "situation/_pdf.html", {"report": report} | _pdf(report))


@login_not_required
@require_safe
@never_cache
def public(request: HttpRequest, key: str) -> HttpResponse:
    """A published report, for whoever has its link; 410 once the link is withdrawn or expired."""
    link = links.find(key)
    if link is None:
        raise Http404
    if not links.shows(link):
        response = render(request, "situation/gone.html", status=410)
    else:
        doc = document.of_version(_latest(link.report))
        response = render(request, "situation/paper.html", {"doc": doc, "is_public": True, "link": link})
    response["Referrer-Policy"] = "no-referrer"  # the address is the secret
    response["X-Robots-Tag"] = "noindex"
    return response


def _index(request: HttpRequest, form: ProductForm | None = None, *, status: int = 200) -> HttpResponse:
    event, person = _event(request), _person(request)
    rows = access.visible(person).filter(event=event) if event else access.visible(person)
    may_write = event is not None and access.may_write(person, event.pk)
    context: dict[str, Any] = {
        "reports": rows.select_related("event", "created_by", "published_by")[:LISTED], "of": event,
        "may_write": may_write,
    }  # fmt: skip
    if may_write and event:
        context["form"] = form or forms.DraftForm(initial=forms.initial_period(event))
    return render(request, "situation/index.html", context, status=status)


def _page(
    request: HttpRequest, report: SituationReport, status: int = 200, *, refused: ProductForm | None = None
) -> HttpResponse:
    """The page of a report; `refused` is the form that was just sent, with what was typed."""
    person = _person(request)
    view_state.show_event(request, report.event)
    if not access.may_read(person, report):
        return render(request, "situation/withdrawn.html", {"report": report}, status=410)
    may_write, may_sign = access.may_write(person, report.event_id), access.may_sign(person, report.event_id)
    wrote = report.writers.filter(pk=person.pk).exists()
    is_draft, is_proposed = report.state == State.DRAFT, report.state == State.PROPOSED
    context = {
        "report": report, "doc": document.of_version(_latest(report)), "internal": True, "refused": refused,
        "writers": list(report.writers.all()[:50]), "may_edit": may_write and is_draft, "may_see_versions": may_sign,
        "may_publish": may_sign and is_proposed and not wrote, "wrote": may_sign and is_proposed and wrote,
        "may_send_back": may_sign and is_proposed, "may_withdraw": may_write and not report.is_withdrawn,
        "forms": {name.replace("-", "_"): _step_form(name, step, report, refused) for name, step in STEPS.items()},
    } | _pdf(report)  # fmt: skip
    if may_write and report.state == State.PUBLISHED:
        context["links"] = [
            {"link": link, "url": _public_url(request, link) if link.is_open else ""}
            for link in report.links.select_related("created_by")[:50]
        ]
    return render(request, "situation/detail.html", context, status=status)


def _step_form(name: str, step: Step, report: SituationReport, refused: ProductForm | None) -> ProductForm:
    if refused is not None and refused.form_name == name:
        return refused
    return step.form(name=name, initial={"version": report.version, "days": links.USUAL_DAYS})


def _form(
    request: HttpRequest, report: SituationReport, version: SituationVersion, form: ProductForm, *, status: int = 200
) -> HttpResponse:
    view_state.show_event(request, report.event)
    doc = document.of_version(_latest(report))
    context = {
        "report": report, "form": form, "version": version, "figures": doc.figures.values(),
        "parts": sections.PARTS, "is_draft": report.state == State.DRAFT,
    }  # fmt: skip
    return render(request, "situation/edit.html", context, status=status)


def _pdf(report: SituationReport) -> dict[str, Any]:
    job = files.of_report(report)
    return {
        "pdf": job, "pdf_percent": round(100 * job.progress) if job else 0, "pdf_why_not": pdf.why_not(),
        "pdf_is_over": job is None or job.is_over,
    }  # fmt: skip


def _download(doc: document.Document, ending: str, content_type: str, content: str | bytes) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    name = f"situation-{doc.report.event.ref}-{doc.report.number}"
    exercise = "exercise-" if doc.is_exercise else ""
    response["Content-Disposition"] = f'attachment; filename="{exercise}{name}.{ending}"'
    return response


def _public_url(request: HttpRequest, link: Any) -> str:
    return request.build_absolute_uri(reverse("situation-public", args=[links.key_of(link)]))


def _event(request: HttpRequest) -> Event | None:
    return view_state.from_request(request).event


def _found(request: HttpRequest, report_id: int) -> SituationReport:
    rows = access.visible(request.user).select_related(
        "event", "created_by", "proposed_by", "published_by", "withdrawn_by"
    )
    report = rows.filter(pk=report_id).first()
    if report is None:
        raise Http404
    return report


def _readable(request: HttpRequest, report_id: int) -> document.Document:
    """The report's document, for people who may read it now."""
    report = _found(request, report_id)
    if not access.may_read(request.user, report):
        raise Http404
    return document.of_version(_latest(report))


def _written(request: HttpRequest, report_id: int) -> SituationReport:
    report = _found(request, report_id)
    if not access.may_write(request.user, report.event_id):
        raise Http404
    return report


def _signed(request: HttpRequest, report_id: int) -> SituationReport:
    report = _found(request, report_id)
    if not access.may_sign(request.user, report.event_id):
        raise Http404
    view_state.show_event(request, report.event)
    return report


def _latest(report: SituationReport) -> SituationVersion:
    found = writing.latest(report)
    found.report = report
    return found


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


def _actor(request: HttpRequest) -> str:
    return f"user:{_person(request).username}"
