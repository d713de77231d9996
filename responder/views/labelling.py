"""The labelling page: one text at a time without the model's prediction, and disputes for leads."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classifier import categories
from classifier import labelling as work
from classifier.errors import ClassifierError, LabelError, NotAllowed, TaskGone, TaskTaken
from classifier.models import Label
from responder import roles
from responder.accounts import labelling_keys
from responder.classification import labelling_feedback
from responder.classification.guidelines import GUIDELINES
from responder.errors import InvalidFields
from responder.models import User
from responder.privacy.masking import mask
from responder.views import governed

STATUSES = ((NotAllowed, 403), (TaskGone, 404), (TaskTaken, 409), (LabelError, 400))
MOST_SETTLED = 20  # disagreements on one page
GOAL = 50  # labels of a category, from which on a model can learn it


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


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@roles.requires(roles.TRIAGE, everywhere=True)
def keys(request: HttpRequest) -> HttpResponseBase:
    """The person's keys of the labelling page."""
    person, errors = cast(User, request.user), dict[str, str]()
    if request.method == "POST":
        try:
            if request.POST.get("do") == "reset":
                labelling_keys.reset(person=person)
            else:
                labelling_keys.change(
                    person=person, given={name: str(value)[:20] for name, value in request.POST.items()}
                )
        except InvalidFields as error:
            errors = error.fields
        else:
            messages.success(request, _("Your keys are saved."))
            return HttpResponseRedirect(reverse("labelling"))
    held = labelling_keys.of_person(person)
    rows = [
        {"name": name, "label": labelling_keys.name_of(name, categories.BY_ID.get(name)), "error": errors.get(name, ""),
         "key": request.POST.get(name, "")[:20] if errors else labelling_keys.typed(key)}
        for name, key in held.items()
    ]  # fmt: skip
    context = {"rows": rows, "problems": len(errors)}
    return governed.page(request, "labelling/keys.html", context, 400 if errors else 200)


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
    parts, pairs = work.progress(), work.pairs()
    keys = labelling_keys.of_person(request.user)
    context = {
        "edited": edited,
        "edit_refused": bool(asked) and edited is None,
        "purpose": task.get_purpose_display() if task else "",
        "recent": [
            {"task_id": label.task_id, "label": _label(label.category), "text": mask(label.text)} for label in recent
        ],
        "guidelines": _guidelines(),
        "question": labelling_feedback.question(task) if task else None,
        "categories": _options(keys),
        "keys": keys,
        "shown_keys": {name: labelling_keys.shown(key) for name, key in keys.items()},
        "cant_judge": categories.CANT_JUDGE,
        "goals": _goals(),
        "goal": GOAL,
        "by_label": _by_label(pairs),
        "priorities": categories.PRIORITIES,
        "parts": parts,
        "left": sum(part.left for part in parts),
        "done": sum(part.done for part in parts),
        "total": sum(part.total for part in parts),
        "agreement": work.agreement(pairs),
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
            "says": categories.description_of(one.id),
            "like": GUIDELINES[one.id].like,
            "unlike": GUIDELINES[one.id].unlike,
            "instead": categories.label(GUIDELINES[one.id].instead),
        }
        if one.id in GUIDELINES
        else {"label": one.label, "says": categories.description_of(one.id)}
        for one in categories.offered()
    ]


def _options(keys: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"id": one.id, "label": one.label, "says": categories.description_of(one.id), "key": keys[one.id],
         "shown": labelling_keys.shown(keys[one.id]), "glyph": one.glyph, "css": one.css}
        for one in categories.offered()
    ]  # fmt: skip


def _goals() -> list[dict[str, Any]]:
    """How far each category is from the number of labels that a model can learn it from, the farthest first."""
    counts = work.labels_by_category()
    rows: list[dict[str, Any]] = [
        {"label": one.label, "css": one.css, "done": counts.get(one.id, 0)} for one in categories.offered()
    ]
    return sorted(rows, key=lambda row: row["done"]) if any(row["done"] < GOAL for row in rows) else []


def _by_label(pairs: Sequence[work.Pair]) -> list[dict[str, Any]]:
    """The agreement on each label, the lowest first, with masked texts on which two people differ."""
    return [
        {"label": _label(one.category), "n": one.n, "percent": round(100 * one.share),
         "differing": [{"text": mask(pair.text), "first": _label(pair.first), "second": _label(pair.second)} for pair in one.differing]}
        for one in work.by_label(pairs)
    ]  # fmt: skip


def _label(category: str) -> str:
    return categories.label(category) if category in categories.BY_ID else category


def _disputes(request: HttpRequest) -> list[dict[str, Any]]:
    """Open disputes: both answers, without their authors."""
    tasks = work.disagreements()[:MOST_SETTLED]
    return [
        {
            "question": shown,
            "answers": [{"label": _label(one.category), "priority": one.priority} for one in task.answers],  # type: ignore[attr-defined]
            "own": any(one.by_id == request.user.pk for one in task.answers),  # type: ignore[attr-defined]
        }
        for task, shown in zip(tasks, labelling_feedback.questions(tasks), strict=True)
    ]
