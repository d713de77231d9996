"""Signing in, and personal settings."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from responder import exercise, roles
from responder.accounts import known_devices, passwords, sign_in
from responder.models import User
from responder.views import errors
from responder.web import client_addresses

LONGEST_NAME = 150


class LogInForm(AuthenticationForm):
    """Django's log-in form with limited lengths."""

    password = forms.CharField(strip=False, max_length=passwords.LONGEST, widget=forms.PasswordInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].validators.append(MaxLengthValidator(LONGEST_NAME))


@method_decorator(login_not_required, name="dispatch")
class LogIn(LoginView):
    redirect_authenticated_user = True
    authentication_form = LogInForm

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign in, within the limits on attempts."""
        try:
            username, address = request.POST.get("username", ""), client_addresses.of_request(request)
            attempt = sign_in.Attempt(
                username=username,
                address=address or client_addresses.UNKNOWN,
                device=known_devices.device_of(request, username),
            )
            with attempt.turn():
                response = super().post(request, *args, **kwargs)
        except sign_in.TooManyTries as error:
            return too_many(request, str(error), error.retry_after_s)
        if request.user.is_authenticated:
            attempt.succeeded()
            # Who is signed in already may have typed any name: a device is known for its own alone.
            known_devices.remember(request, response, request.user.get_username())
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the user names of the exercise's accounts to the context, but not their password."""
        names = [f"demo-{role}" for role in roles.ROLES] if exercise.is_on(settings.DATA_DIR) else []
        demo = User.objects.filter(username__in=names, is_active=True).order_by("username")
        return super().get_context_data(
            demo_accounts=[{"username": user.username, "role": user.first_name} for user in demo],
            public_corrections=settings.PUBLIC_CORRECTIONS,
            **kwargs,
        )


def too_many(request: HttpRequest, detail: str, retry_after_s: int) -> HttpResponse:
    """The 429 page or problem document after too many attempts."""
    response = errors.too_often(request, detail)
    response["Retry-After"] = str(retry_after_s)
    return response


def locked_out(request: HttpRequest, _response: HttpResponse | None, _credentials: Any) -> HttpResponse:
    """The response to a name that django-axes has locked for an address."""
    minutes = int(settings.AXES_COOLOFF_TIME * 60)
    detail = ngettext(
        "Too many sign-in attempts with this name. Try again in %(minutes)d minute.",
        "Too many sign-in attempts with this name. Try again in %(minutes)d minutes.",
        minutes,
    ) % {"minutes": minutes}
    return too_many(request, detail, minutes * 60)


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
    """Redirect to the page the person came from."""
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(back if safe else settings.LOGIN_REDIRECT_URL)
