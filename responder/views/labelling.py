"""The labelling page: one text at a time without the model's prediction, and disputes for leads."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from classifier import categories
from classifier import labelling as work
from classifier.errors import ClassifierError, LabelError, NotAllowed, TaskGone, TaskTaken
from classifier.models import Label
from responder import roles
from responder.classification import labelling_feedback
from responder.classification.guidelines import GUIDELINES
from responder.privacy.masking import mask
from responder.views import governed

STATUSES = ((NotAllowed, 403), (TaskGone, 404), (TaskTaken, 409), (LabelError, 400))
MOST_SETTLED = 20  # disagreements on one page


@require_safe
@never_cache
@roles.requires(roles.TRIAGE, everywhere=True)
def page(request: HttpRequest) -> HttpResponseBase:
    """The next text for this person."""
    return _page(request)


@require_POST
@roles.requires(roles.TRIAGE, everywhere=True)
def answer(request: HttpRequest, task_id: int) -> HttpResponseBase:
    """Store the `category` and optional `priority` of the text assigned to this person."""
    return _done(request, task_id, _("Saved."), work.answer, **_chosen(request))


@require_POST
@roles.requires(roles.TRIAGE, everywhere=True)
def skip(request: HttpRequest, task_id: int) -> HttpResponseBase:
    """Skip the text, leaving it to others."""
    return _done(request, task_id, _("Skipped. Someone else will label it."), work.skip)


@require_POST
@roles.requires(roles.TRIAGE, everywhere=True)
def revise(request: HttpRequest, task_id: int) -> HttpResponseBase:
    """Replace one of this person's last ten answers."""
    return _done(
        request, task_id, _("Changed. The earlier answer stays in the history."), work.revise, **_chosen(request)
    )


@require_POST
@roles.requires(roles.LEAD, everywhere=True)
def adjudicate(request: HttpRequest, task_id: int) -> HttpResponseBase:
    """Settle a dispute between two labellers: `category`, `priority` and `reason`."""
    reason = request.POST.get("reason", "")
    return _done(request, task_id, _("Resolved."), work.adjudicate, reason=reason, **_chosen(request))


def _chosen(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in ("category", "priority")}


def _done(
    request: HttpRequest, task_id: int, said: str, verb: Callable[..., Label], **arguments: str
) -> HttpResponseBase:
    try:
        verb(task_id=task_id, by=request.user, **arguments)
    except (LabelError, NotAllowed) as error:
        return _page(request, refused=error, task_id=task_id)
    messages.success(request, said)
    return HttpResponseRedirect(reverse("labelling"))


def _page(request: HttpRequest, *, refused: ClassifierError | None = None, task_id: int = 0) -> HttpResponseBase:
    recent = work.recent(by=request.user)
    asked = request.GET.get("edit", "")
    edited = next((label for label in recent if str(label.task_id) == asked), None)
    task = edited.task if edited else work.next_task(by=request.user)
    parts = work.progress()
    context = {
        "edited": edited,
        "edit_refused": bool(asked) and edited is None,
        "purpose": task.get_purpose_display() if task else "",
        "recent": [
            {"task_id": label.task_id, "label": categories.label(label.category), "text": mask(label.text)}
            for label in recent
        ],
        "guidelines": _guidelines(),
        "question": labelling_feedback.question(task) if task else None,
        "categories": _options(),
        "priorities": categories.PRIORITIES,
        "parts": parts,
        "left": sum(part.left for part in parts),
        "done": sum(part.done for part in parts),
        "total": sum(part.total for part in parts),
        "agreement": work.agreement(),
        "disputes": _disputes(request) if roles.allows_in(request.user, roles.LEAD, None) else None,
        "refused": str(refused) if refused else "",
        "entered": request.POST if refused else {},
        "entered_for": task_id,
    }
    status = next((code for kind, code in STATUSES if isinstance(refused, kind)), 200)
    return governed.page(request, "labelling/index.html", context, status)


def _guidelines() -> list[dict[str, Any]]:
    """The categories with their descriptions, examples and counter-examples."""
    return [
        {
            "label": one.label,
            "says": categories.DESCRIPTIONS[one.id],
            "like": GUIDELINES[one.id].like,
            "unlike": GUIDELINES[one.id].unlike,
            "instead": categories.label(GUIDELINES[one.id].instead),
        }
        for one in categories.CATEGORIES
    ]


def _options() -> list[dict[str, Any]]:
    return [
        {"id": one.id, "label": one.label, "says": categories.DESCRIPTIONS[one.id], "key": one.key, "glyph": one.glyph, "css": one.css}
        for one in categories.CATEGORIES
    ]  # fmt: skip


def _disputes(request: HttpRequest) -> list[dict[str, Any]]:
    """Open disputes: both answers, without their authors."""
    tasks = work.disagreements()[:MOST_SETTLED]
    return [
        {
            "question": shown,
            "answers": [{"label": categories.label(one.category), "priority": one.priority} for one in task.answers],  # type: ignore[attr-defined]
            "own": any(one.by_id == request.user.pk for one in task.answers),  # type: ignore[attr-defined]
        }
        for task, shown in zip(tasks, labelling_feedback.questions(tasks), strict=True)
    ]
