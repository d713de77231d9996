"""Signing in, and the choices that follow a person."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from responder import exercise, roles
from responder.models import User


@method_decorator(login_not_required, name="dispatch")
class LogIn(LoginView):
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds the exercise's accounts, so that a newcomer sees which names to try; never their password."""
        names = [f"demo-{role}" for role in roles.ROLES] if exercise.is_on(settings.DATA_DIR) else []
        demo = User.objects.filter(username__in=names, is_active=True).order_by("username")
        return super().get_context_data(
            demo_accounts=[{"username": user.username, "role": user.first_name} for user in demo], **kwargs
        )


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Store the theme (`light`, `dark`, or empty for the device's) and go back to where the person was."""
    theme = request.POST.get("theme", "")
    if theme not in User.Theme.values:
        return HttpResponseBadRequest("theme must be light, dark or empty")
    User.objects.filter(username=request.user.get_username()).update(theme=theme)
    return back(request)


@require_POST
def set_shortcuts(request: HttpRequest) -> HttpResponse:
    """Store whether single keys act (`on`, `off`)."""
    keys = request.POST.get("keys", "")
    if keys not in ("on", "off"):
        return HttpResponseBadRequest("keys must be on or off")
    User.objects.filter(username=request.user.get_username()).update(single_keys=keys == "on")
    return HttpResponse(status=204) if "X-Requested-With" in request.headers else back(request)


def back(request: HttpRequest) -> HttpResponse:
    """To where the person was."""
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(back if safe else settings.LOGIN_REDIRECT_URL)
