"""Tells a browser whose page it got, and refuses what a page of one person sends after somebody else signed in.

A page can stay open, or be kept on a device for use without a network, while another person signs in in the same browser. The
page's scripts therefore name the person that it was made for in every request that changes something.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from responder.web import problems

HEADER = "X-Responder-Person"  # of requests and of responses: the person's number
PRECONDITION_FAILED = 412
Handler = Callable[[HttpRequest], HttpResponse]


class SamePersonMiddleware:
    """Adds the header to what signed-in people get, and answers 412 to a request that names somebody else."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # Set by process_view: asking for the user here would read the session for what needs none.
        if person := getattr(request, "person_number", ""):
            response[HEADER] = person
        return response

    def process_view(self, request: HttpRequest, *_more: Any) -> HttpResponse | None:
        if not request.user.is_authenticated:
            return None
        request.person_number = str(request.user.pk)  # type: ignore[attr-defined]
        named = request.headers.get(HEADER, "")
        if not named or named == request.person_number:  # type: ignore[attr-defined]
            return None
        detail = _("Somebody else is signed in in this browser now. Nothing was sent in their name.")
        return problems.problem(PRECONDITION_FAILED, _("Signed in as somebody else"), detail)
