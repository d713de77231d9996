"""Bulk decisions on up to 200 posts; each succeeds or fails on its own."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from responder import roles
from responder import triage as work
from responder.errors import Conflict, Invalid, ResponderError
from responder.triage import bulk
from responder.triage.bulk import BulkItem, Outcome
from responder.views import triage as one
from responder.web import problems

ID_DIGITS = 18
ITEMS_LIMIT = bulk.MOST_ITEMS * (ID_DIGITS + one.VERSION_DIGITS + 2)


@require_POST
@roles.requires(roles.TRIAGE)
def decide(request: HttpRequest) -> HttpResponse:
    """Apply `verb` (confirm, category, dismiss, severity, undo) to `items`: `id:version,id:version,…`."""
    try:
        outcomes = bulk.decide(
            items=_items(request.POST.get("items", "")),
            by=one.user(request),
            choice=one.choice(request, request.POST.get("verb", "")),
            copies=request.POST.get("copies", "1") == "1",
            batch=one.key(request),
        )
    except ResponderError as error:
        return problems.from_error(error)
    done = [outcome for outcome in outcomes if outcome.actions]
    return JsonResponse(
        {
            "results": [_result(outcome) for outcome in outcomes],
            "done": len(done),
            "refused": len(outcomes) - len(done),
            "posts": sum(len(outcome.actions) for outcome in done),
            "what": work.describe(done[0].actions[0]) if done else "",
        }
    )


def _items(text: str) -> list[BulkItem]:
    parts = [part.partition(":") for part in text[: ITEMS_LIMIT + 1].split(",") if part]
    if len(text) > ITEMS_LIMIT or len(parts) > bulk.MOST_ITEMS:
        raise Invalid(_("Send 1 to %(most)d posts at a time.") % {"most": bulk.MOST_ITEMS})
    if not all(post_id.isdecimal() and len(post_id) <= ID_DIGITS for post_id, _colon, _version in parts):
        raise Invalid(_("Send `items` as id:version,id:version."))
    found = {int(post_id): one.version(version) for post_id, _colon, version in parts}
    return [BulkItem(post_id, version) for post_id, version in found.items()]


def _result(outcome: Outcome) -> dict[str, Any]:
    if outcome.error is None:
        first = outcome.actions[0]
        return {"id": first.post_id, "status": 200, "version": first.version, "posts": len(outcome.actions)}
    result: dict[str, Any] = {"id": outcome.item.post_id, "status": outcome.error.status, "detail": str(outcome.error)}
    return result | (one.conflict(outcome.error) if isinstance(outcome.error, Conflict) else {})
