"""Shared code of the learning loop's pages: their tabs and error pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from classifier import approvers
from classifier.errors import GovernanceError, NotAllowed
from classifier.models import ApprovalRequest
from responder import roles


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponseBase:
    """Render a page of the learning loop, with its tabs and this person's permissions."""
    shared = {"tabs": _tabs(request), "may_approve": approvers.may_approve(request.user)}
    return render(request, template, shared | context, status=status)


def _tabs(request: HttpRequest) -> list[dict[str, Any]]:
    waiting = ApprovalRequest.objects.filter(state=ApprovalRequest.State.OPEN).count()
    tabs = [
        (_("Health"), "model", 0, roles.VIEW, True),
        (_("Model card"), "model-card", 0, roles.VIEW, False),
        (_("Approvals"), "approvals", waiting, roles.VIEW, True),
        (_("Training runs"), "runs", 0, roles.VIEW, True),
        (_("Monitoring"), "monitoring", 0, roles.VIEW, True),
        (_("Labelling"), "labelling", 0, roles.TRIAGE, True),
    ]
    return [
        {
            "label": label,
            "url": reverse(name),
            "count": count,
            "current": request.path.startswith(reverse(name)) and (name != "model" or request.path == reverse("model")),
        }
        for label, name, count, ability, everywhere in tabs
        if (roles.allows_in(request.user, ability, None) if everywhere else roles.allows(request.user, ability))
    ]


def tells_refusals(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Decorate a view, to show GovernanceError as a 409 page and missing permission as 403."""

    @wraps(view)
    def telling(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except NotAllowed as error:
            raise PermissionDenied(str(error)) from error
        except GovernanceError as error:
            context = {"title": _("This is not possible right now"), "detail": str(error)}
            return render(request, "409.html", context, status=409)

    telling.required_ability = getattr(view, "required_ability", None)  # type: ignore[attr-defined]
    return telling


def done(request: HttpRequest, said: str, to: str, *args: Any) -> HttpResponseBase:
    """Redirect to a page with a success message."""
    messages.success(request, said)
    return redirect(to, *args)
