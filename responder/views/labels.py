"""Pages of labels in files: upload, preview, what the labels mean, storing, and the download of all labels."""

from collections.abc import Iterator
from typing import Any, cast

from django.contrib import messages
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from classifier import categories, label_files, label_imports
from classifier.label_files import writing
from classifier.label_imports import Found
from classifier.models import LabelImport
from monitoring import audit
from responder import label_uploads as work
from responder import roles
from responder.errors import Invalid, InvalidFields, ResponderError
from responder.label_uploads.forms import FORMAT_NAMES, MAPPED, DraftForm, LabelFileForm
from responder.models import User
from responder.privacy.masking import mask
from responder.spreadsheets import safe
from responder.views.feeds import tells_refusals
from responder.web.executors import EXPORTS

FILES, TEXTS, LISTED = 50, 10, 50
DOWNLOADS = tuple(one for one in label_files.WRITTEN if one != "xlsx")


@require_safe
@never_cache
@roles.requires(roles.MANAGE_LABELS)
def index(request: HttpRequest) -> HttpResponse:
    """The files that were brought, the upload, and the download."""
    return _index(request)


@require_POST
@never_cache
@roles.requires(roles.MANAGE_LABELS)
def send(request: HttpRequest) -> HttpResponse:
    """Upload a file; its preview comes next."""
    form = LabelFileForm(request.POST, files=request.FILES)
    try:
        source = form.submit(work.accept, owner=_person(request))
    except ResponderError as error:
        return _index(request, error.status, form=form)
    return HttpResponseRedirect(reverse("label-file", args=[source.ref]))


@require_safe
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_LABELS)
def detail(request: HttpRequest, ref: str) -> HttpResponse:
    """The preview of a draft, or what a file brought."""
    source = work.find(owner=_person(request), ref=ref)
    if source.state != LabelImport.State.DRAFT:
        return render(request, "labels/detail.html", {"source": source, "report": source.report})
    return _draft(request, source)


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_LABELS)
def change(request: HttpRequest, ref: str) -> HttpResponse:
    """Change how a draft is read, then show it again, or store its labels if nothing changed and that was asked for."""
    source = work.find(owner=_person(request), ref=ref)
    found, _why, names = _looked_into(source)
    form = _form(source, found, names, request.POST)
    if not form.is_valid():
        return _draft(request, source, 400, form=form)
    columns = {name.removeprefix(MAPPED): value for name, value in form.cleaned_data.items() if name.startswith(MAPPED)}
    given = {
        "columns": columns, "labels": form.labels_map(source.options.get("labels", {})), "weight": form.cleaned_data["weight"],
    }  # fmt: skip
    try:
        changed = work.change(source=source, **given)
        if not changed and request.POST.get("do") == "store":
            return _store(request, source)
    except InvalidFields as error:
        form.refuse(error)
        return _draft(request, source, error.status, form=form)
    except ResponderError as error:
        form.refuse(error)
        return _draft(request, source, error.status, form=form)
    if request.POST.get("do") == "store":
        messages.info(request, _("The way the file is read has changed. Check the preview, then store the labels."))
    return HttpResponseRedirect(reverse("label-file", args=[ref]))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_LABELS)
def remove(request: HttpRequest, ref: str) -> HttpResponse:
    """Discard a draft, or erase the labels that a file brought."""
    source = work.find(owner=_person(request), ref=ref)
    erased = work.discard(source=source, by=_person(request))
    said = ngettext("%(count)d label is erased.", "%(count)d labels are erased.", erased) % {"count": erased}
    messages.success(request, said if erased else _("The file is discarded."))
    return HttpResponseRedirect(reverse("labels"))


@require_safe
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_LABELS)
def download(request: HttpRequest) -> HttpResponseBase:
    """All labels that count now, in the format of a tool; texts are masked."""
    form = request.GET.get("format", "csv")
    if form not in DOWNLOADS:
        raise Invalid(_("Choose one of the formats."))
    audit.record(
        actor=f"user:{_person(request).username}", action="labels.exported", object_type="labels", object_id=form
    )
    content = _content(form)
    pieces = EXPORTS.iterate(content) if isinstance(request, ASGIRequest) else content
    answer = StreamingHttpResponse(pieces, content_type="text/csv" if form == "csv" else "application/json")
    suffix = label_files.SUFFIXES.get(form, "jsonl")
    answer["Content-Disposition"] = f'attachment; filename="labels-{form}.{suffix}"'
    return answer


def _content(form: str) -> Iterator[str]:
    def shown(text: str) -> str:
        return cast(str, safe(mask(text))) if form == "csv" else mask(text)

    rows = (
        label_files.LabelledText(
            text=shown(one.text), label=one.label, event=one.event, lang=one.lang, split=one.split, weight=one.weight
        )
        for one in label_imports.standing_rows()
    )
    return writing.lines(form, rows)


def _store(request: HttpRequest, source: LabelImport) -> HttpResponse:
    stored = work.store(source=source, by=_person(request))
    said = _("Labels stored: %(new)d new, %(changed)d changed, %(known)d known already.")
    messages.success(request, said % {"new": stored.new, "changed": stored.changed, "known": stored.known})
    return HttpResponseRedirect(reverse("label-file", args=[source.ref]))


def _index(request: HttpRequest, status: int = 200, *, form: LabelFileForm | None = None) -> HttpResponse:
    context = {
        "form": form or LabelFileForm(), "sources": LabelImport.objects.filter(by=_person(request))[:FILES],
        "megabytes": work.MOST_BYTES // 1_000_000, "most_rows": work.MOST_ROWS,
        "downloads": [(one, FORMAT_NAMES[one]) for one in DOWNLOADS],
    }  # fmt: skip
    return render(request, "labels/index.html", context, status=status)


def _draft(
    request: HttpRequest, source: LabelImport, status: int = 200, *, form: DraftForm | None = None
) -> HttpResponse:
    found, why, names = _looked_into(source)
    context: dict[str, Any] = {
        "source": source,
        "why": why,
        "form": form or _form(source, found, names),
        "found": found,
    }
    if found:
        report = found.report
        context |= {
            "report": report, "format": FORMAT_NAMES.get(found.form, found.form),
            "classes": [(_label(key), count) for key, count in report.classes.most_common()],
            "few": [(_label(key), count) for key, count in report.few.items()],
            "texts": [(mask(one.text), _label(one.label)) for one in found.rows[:TEXTS]],
            "conflicts": [
                (mask(one.text), [(_label(key), lines) for key, lines in one.labels.items()]) for one in report.conflicts[:LISTED]
            ],
            "problems": [(line, mask(reason)) for line, reason in report.problems[:LISTED]],
        }  # fmt: skip
    return render(request, "labels/draft.html", context, status=status)


def _looked_into(source: LabelImport) -> tuple[Found | None, str, list[str]]:
    """(what the file holds, why it can't be read, its columns)."""
    try:
        found = work.preview(source)
    except work.Unreadable as error:
        return None, str(error), error.names
    except ResponderError as error:
        return None, str(error), []
    return found, "", found.names


def _form(source: LabelImport, found: Found | None, names: list[str], data: Any = None) -> DraftForm:
    options = source.options
    initial = {"weight": f"{options.get('weight', 1.0):g}"}
    initial |= {MAPPED + name: column for name, column in options.get("columns", {}).items()}
    labels = list(found.report.unknown_labels) if found else []
    return DraftForm(data, columns=names, found=found.columns if found else {}, labels=labels, initial=initial)


def _label(category: str) -> str:
    return categories.label(category) if category in categories.BY_ID else category


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
