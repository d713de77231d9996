"""What every request of a signed-in person goes through: last seen, language, and two-factor authentication where it is required."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from responder.accounts import sessions, two_factor
from responder.web import problems

Handler = Callable[[HttpRequest], HttpResponse]
ALLOWED = frozenset({"two-factor", "two-factor-set-up", "logout", "theme"})  # what the setup itself needs


class AccountsMiddleware:
    """Keeps people who must set up two-factor authentication out of everything else until they have."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_more: Any) -> HttpResponse | None:
        if not request.user.is_authenticated:
            return None
        sessions.seen(request)
        _speak(request)
        match = request.resolver_match
        is_open = getattr(view, "login_required", True) is False or (match is not None and match.url_name in ALLOWED)
        if not two_factor.is_required(request.user) or two_factor.is_set_up(request.user):
            return None
        request.must_set_up_two_factor = True  # type: ignore[attr-defined]
        if is_open:
            return None
        if "text/html" not in request.headers.get("Accept", ""):
            return problems.problem(
                403, _("Not allowed"), _("Your roles require two-factor authentication. Set it up first.")
            )
        back = request.get_full_path() if request.method == "GET" else ""
        query = f"?{urlencode({'next': back})}" if back else ""
        return HttpResponseRedirect(reverse("two-factor") + query)


def _speak(request: HttpRequest) -> None:
    """Use the language of the person's profile instead of the browser's."""
    language = request.user.language  # type: ignore[union-attr]
    if language and language in dict(settings.LANGUAGES):
        translation.activate(language)
        request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
