"""The incidents that must be checked again, with what a volunteer asks in one call."""

from collections.abc import Sequence
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from responder import roles
from responder.models import Incident, User
from responder.privacy.masking import mask
from responder.queries import events, facts, freshness, incidents, items
from responder.web import view_state

SHOWN = 30


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """Stale and contradicted incidents: contradicted ones first, then the most severe, then the oldest."""
    seen = view_state.from_request(request)
    found = freshness.to_recheck(seen.event, seen.filter.visible_events)
    rows = list(found[: SHOWN + 1])
    stated = facts.stated_of([one.pk for one in rows])
    context = {
        "event": events.present(seen.event),
        "notices": seen.notices,
        "rows": [_row(one, stated.get(one.pk, []), cast(User, request.user)) for one in rows[:SHOWN]],
        "more": len(rows) > SHOWN,
        "limits": [
            {"word": word, "hours": freshness.LIMITS[level].total_seconds() / 3600,
             "slow": freshness.LIMITS[level].total_seconds() * freshness.SLOWER / 3600}
            for level, word in items.SEVERITY_WORDS.items()
        ],
    }  # fmt: skip
    return render(request, "incidents/recheck.html", context)


def _row(incident: Incident, stated: Sequence[facts.Stated], reader: User) -> dict[str, Any]:
    post = incident.contradicted_by
    return {
        "incident": incident,
        "shown": incidents.present(incident),
        "contradiction": {"id": post.pk, "text": mask(post.text), "lang": post.lang} if post else None,
        "script": freshness.script(incident, stated),
        "can_work": roles.allows_in(reader, roles.TRIAGE, incident.event_id),
    }
