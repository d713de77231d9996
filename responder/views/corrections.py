"""Pages of corrections for those who may decide on them: the list, one request, and its steps."""

from collections.abc import Sequence
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from classifier import clock
from responder import corrections, roles
from responder.corrections import finding, forms, receipts, wording
from responder.corrections.keeping import LEGAL, OVERDUE
from responder.errors import Missing, ResponderError
from responder.forms import ProductForm
from responder.models import CorrectionJob, CorrectionRequest, Post, User
from responder.privacy.masking import HIDDEN, mask
from responder.queries import items, parts
from responder.queries import posts as post_queries

State = CorrectionRequest.State
TABS: dict[str, Q] = {
    "new": Q(state=State.NEW, suspected=False),
    "checking": Q(state=State.CHECKING, suspected=False),
    "decided": Q(state__in=[State.DECIDED, State.CLOSED], suspected=False),
    "suspected": Q(suspected=True),
}
STEPS: dict[str, tuple[type[ProductForm], Any, str]] = {
    "start": (forms.StepForm, corrections.start, ""),
    "identify": (forms.IdentityForm, corrections.identify, "identity"),
    "plan": (forms.PlanForm, corrections.plan, "plan"),
    "unplan": (forms.UnplanForm, corrections.unplan, ""),
    "carry-out": (forms.StepForm, corrections.carry_out, ""),
    "refuse": (forms.RefuseForm, corrections.refuse, "refuse"),
    "try-again": (forms.StepForm, corrections.try_again, ""),
}


@require_safe
@never_cache
@roles.requires(roles.CORRECT)
def index(request: HttpRequest) -> HttpResponse:
    """Requests of one tab, the oldest first."""
    tab = request.GET.get("tab", "new")
    if tab not in TABS:
        raise Http404
    counts = CorrectionRequest.objects.aggregate(
        **{name: Count("pk", filter=condition) for name, condition in TABS.items()}
    )
    part = parts.paginate(request, _rows(tab), "page", ("received_at", "id"))
    context = {
        "tab": tab, "is_public": settings.PUBLIC_CORRECTIONS, "part": part, "rows": [_row(row) for row in part.rows],
        "tabs": [{"name": name, "label": label, "count": counts[name]} for name, label in _tab_labels().items()],
    }  # fmt: skip
    return render(request, "corrections/index.html", context)


@require_safe
@never_cache
@roles.requires(roles.CORRECT)
def detail(request: HttpRequest, ref: str) -> HttpResponse:
    """One request with the step that comes next; what the person wrote is masked."""
    return _detail(request, ref)


@require_POST
@never_cache
@roles.requires(roles.CORRECT)
def act(request: HttpRequest, ref: str, verb: str) -> HttpResponse:
    """Perform one step of a request. Errors are shown next to their fields."""
    person = cast(User, request.user)
    if verb == "contact":
        return _detail(request, ref, disclosed=_or_404(corrections.disclose, ref=ref, by=person))
    if verb == "search":
        search = forms.SearchForm(request.POST, name="search")
        found = finding.search(_found(ref), search.cleaned_data["query"], by=person) if search.is_valid() else []
        return _detail(request, ref, search=search, found=found)
    if verb not in STEPS:
        raise Http404
    form_class, work, name = STEPS[verb]
    form = form_class(request.POST, name=name)
    try:
        form.submit(work, ref=ref, by=person)
    except Missing as error:
        raise Http404 from error
    except ResponderError as error:
        return _detail(request, ref, error.status, refused=form, name=name, found=_ticked(form))
    messages.success(request, _said()[verb])
    return HttpResponseRedirect(reverse("correction", args=[ref]))


def _detail(
    request: HttpRequest, ref: str, status: int = 200, *, disclosed: CorrectionRequest | None = None, refused: Any = None,
    name: str = "", search: Any = None, found: Sequence[int] | None = None,
) -> HttpResponse:  # fmt: skip
    asked = disclosed or _found(ref)
    version, chosen = {"version": asked.version}, list(asked.decisions.all())
    ids = [one.post_id for one in chosen]
    job = CorrectionJob.objects.filter(request=asked).first()
    receipt = receipts.verify(asked.receipt) if asked.receipt else None
    is_checking = asked.state == State.CHECKING
    context: dict[str, Any] = {
        "asked": asked, "words": _words(asked, is_open=disclosed is not None), "disclosed": disclosed is not None,
        "wish": forms.wish(asked), "identity": forms.identity(asked), "refusal": forms.refusal(asked),
        "overdue": _overdue(asked), "is_checking": is_checking, "is_open": asked.state in CorrectionRequest.OPEN,
        "job": job, "receipt": receipt, "done": wording.done(receipt) if receipt else [],
        "remains": wording.remains(receipt) if receipt else [],
        "identity_form": forms.IdentityForm(name="identity", initial=version | {"how": asked.identity}),
        "plan_form": forms.PlanForm(name="plan", initial=version | {"verb": _proposed(asked)}),
        "refuse_form": forms.RefuseForm(name="refuse", initial=version),
        "search_form": search or forms.SearchForm(name="search"), "searched": found is not None,
        "decisions": [{"row": one, "verb": forms.verb(one)} for one in chosen],
    }  # fmt: skip
    if is_checking:
        context |= {"found": _items(found or []), "copies": _items(finding.copies_of([pk for pk in ids if pk])),
                    "ticked": list(found or []) if refused else []}  # fmt: skip
    if refused is not None:
        context |= {f"{name}_form": refused} if name else {"problems": refused.top_errors}
    return render(request, "corrections/detail.html", context, status=status)


def _items(ids: Sequence[int]) -> list[items.Item]:
    rows = list(post_queries.with_related(Post.objects.filter(pk__in=ids)).select_related("event").order_by("-pk"))
    return items.present_all(rows) if rows else []


def _ticked(form: ProductForm) -> list[int] | None:
    sent = form.cleaned_data.get("post") if hasattr(form, "cleaned_data") else None
    return list(sent) if sent else None


def _words(asked: CorrectionRequest, *, is_open: bool) -> dict[str, str]:
    if is_open:
        return {
            "where": asked.where,
            "details": asked.details,
            "contact": asked.contact,
            "checked": asked.identity_words,
        }
    return {
        "where": mask(asked.where), "details": mask(asked.details), "contact": HIDDEN if asked.contact else "",
        "checked": mask(asked.identity_words),
    }  # fmt: skip


def _proposed(asked: CorrectionRequest) -> str:
    return {"safe": "correct", "wrong": "correct", "remove": "mask", "not_me": "mask"}[asked.wish]


def _row(row: CorrectionRequest) -> dict[str, Any]:
    return {"row": row, "wish": forms.wish(row), "overdue": _overdue(row)}


def _overdue(row: CorrectionRequest) -> str:
    """How late a request is: empty, `late` after 72 hours, `legal` after a month."""
    if row.state == State.CLOSED:
        return ""
    age = clock.now() - row.received_at
    return "legal" if age > LEGAL else "late" if age > OVERDUE else ""


def _rows(tab: str) -> QuerySet[CorrectionRequest]:
    return CorrectionRequest.objects.filter(TABS[tab]).select_related("decided_by")


def _tab_labels() -> dict[str, str]:
    return {"new": _("New"), "checking": _("Being checked"), "decided": _("Decided"), "suspected": _("Suspected spam")}


def _said() -> dict[str, str]:
    return {
        "start": _("You are now checking this request. The requester can see that someone is working on it."),
        "identify": _("Identity check saved."), "plan": _("Added to the decision. Nothing has been changed yet."),
        "unplan": _("Removed from the decision."), "carry-out": _("The decision is recorded and is being carried out."),
        "refuse": _("The request is refused. The requester can read your reason."), "try-again": _("Queued again."),
    }  # fmt: skip


def _found(ref: str) -> CorrectionRequest:
    return _or_404(corrections.find, ref=ref)


def _or_404(work: Any, **arguments: Any) -> CorrectionRequest:
    try:
        return cast(CorrectionRequest, work(**arguments))
    except Missing as error:
        raise Http404 from error
