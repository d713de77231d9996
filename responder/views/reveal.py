"""The page that reveals a masked post for a while after a reason was given."""

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from responder import roles
from responder.errors import ResponderError
from responder.field_reports import contacts
from responder.models import FieldReport, User
from responder.privacy import reveal
from responder.queries import items
from responder.web import view_state


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@roles.requires(roles.REVEAL)
def page(request: HttpRequest, post_id: int) -> HttpResponse:
    """Ask for a reason, then show the post unmasked until the reveal expires."""
    person = cast(User, request.user)
    item = items.find(post_id, person)
    if item is None:
        raise Http404
    problem, status = "", 200
    if request.method == "POST":
        try:
            reveal.ask(post_id=post_id, reason=request.POST.get("reason", ""), by=person)
            return HttpResponseRedirect(reverse("reveal", args=[post_id]))
        except ResponderError as error:
            problem, status = str(error), error.status
    standing = reveal.standing(post_id=post_id, by=person)
    contact, contact_problem = _contact(post_id) if standing else (None, "")
    context = {
        "item": item,
        "standing": standing,
        "contact": contact,
        "contact_problem": contact_problem,
        "problem": problem,
        "reason": request.POST.get("reason", "")[: reveal.LONGEST_REASON],
        "zone": view_state.from_request(request).zone,
    }
    return render(request, "reveal/page.html", context, status=status)


def _contact(post_id: int) -> tuple[contacts.Contact | None, str]:
    """The person behind a report, or why it can't be read; None for other posts."""
    report = FieldReport.objects.filter(post=post_id).first()
    if report is None or not report.contact:
        return None, ""
    try:
        return contacts.decrypted(report.contact), ""
    except ResponderError as error:
        return None, str(error)
