"""Signing in, and personal settings."""

from typing import Any

from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from responder import exercise, roles
from responder.accounts import changes, known_devices, passwords, sign_in, two_factor
from responder.accounts.forms import CodeForm
from responder.accounts.stages import TwoFactorStage
from responder.errors import InvalidFields, ResponderError
from responder.models import User
from responder.views import errors
from responder.web import client_addresses

LONGEST_NAME = 150
LONGEST_NEXT = 2_000


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
    is_right = False  # whether the password was

    def form_valid(self, form: Any) -> HttpResponse:
        """Continue after a correct password: with the second factor, or signed in."""
        self.is_right = True
        return begin_session(self.request, form.get_user(), self.get_success_url(), method="password")

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
        if self.is_right or request.user.is_authenticated:
            attempt.succeeded()
        if request.user.is_authenticated:
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
            single_sign_on=settings.OIDC_NAME,
            forgot=settings.MAIL_IS_CONFIGURED,
            **kwargs,
        )


def begin_session(request: HttpRequest, user: User, url: str, *, method: str = "invitation") -> HttpResponse:
    """Sign in somebody whose first factor was correct; if they have a second one, redirect to its page instead."""
    record_authentication(request, user, method=method)
    response: HttpResponse = perform_login(request, Login(user=user, redirect_url=url))
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@login_stage_required(stage=TwoFactorStage.key, redirect_urlname="login")
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for a code of the authenticator app, or a recovery code; then the person is signed in."""
    stage: Any = request._login_stage  # type: ignore[attr-defined]
    if not stage.is_current:
        return HttpResponseRedirect(reverse("login"))
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "accounts/second_factor.html", {"form": form})
    try:
        form.submit(_check_code, user=stage.login.user)
    except two_factor.TooManyCodes as error:
        return too_many(request, str(error), error.retry_after_s)
    except ResponderError as error:
        return render(request, "accounts/second_factor.html", {"form": form}, status=error.status)
    response: HttpResponse = stage.exit()
    known_devices.remember(request, response, stage.login.user.get_username())
    return response


def _check_code(*, user: User, code: str) -> None:
    if not two_factor.verify(user=user, code=code):
        changes.count_failure(user)
        raise InvalidFields({"code": _("This code isn't correct. Enter the code that your app shows now.")})
    two_factor.uncount_guesses(user)


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


def safe_next(request: HttpRequest) -> str:
    """The page to go on to, if `next` names one of this site; otherwise empty."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    safe = len(url) <= LONGEST_NEXT and url_has_allowed_host_and_scheme(
        url, {request.get_host()}, require_https=request.is_secure()
    )
    return url if safe else ""
