"""Public pages of one-time links: an account from an invitation, and a new password."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from responder import roles, terms
from responder.accounts import invitations, known_devices, password_links
from responder.accounts.forms import AcceptForm, ForgotForm, SetPasswordForm
from responder.errors import Missing, ResponderError
from responder.views.session import begin_session, too_many
from responder.web import client_addresses


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """The form with which somebody who was invited makes an account, and then is signed in."""
    invitation = invitations.open_by_secret(token)
    if invitation is None:
        return _gone(request, invitations.gone())
    wishes = {"name": invitation.name, "email": invitation.email}
    if request.method != "POST":
        return _accept(request, invitation.roles, AcceptForm(initial=wishes))
    form = AcceptForm(request.POST)
    try:
        person = form.submit(invitations.accept, secret=token)
    except Missing as error:
        return _gone(request, error)
    except ResponderError as error:
        return _accept(request, invitation.roles, form, error.status)
    response = begin_session(request, person, settings.LOGIN_REDIRECT_URL)
    known_devices.remember(request, response, person.username)
    return _private(response)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def set_password(request: HttpRequest, token: str) -> HttpResponse:
    """The form with which a person sets a new password; afterwards they sign in as usual."""
    link = password_links.open_by_secret(token)
    if link is None:
        return _gone(request, password_links.gone())
    form = SetPasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        try:
            form.submit(password_links.use, secret=token)
        except Missing as error:
            return _gone(request, error)
        except ResponderError as error:
            return _set(request, link.person, form, error.status)
        messages.success(request, _("Your password is set. Sign in with it."))
        return _private(HttpResponseRedirect(reverse("login")))
    return _set(request, link.person, form)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def forgot(request: HttpRequest) -> HttpResponse:
    """The form for a forgotten password. The answer is the same whether the account exists or not."""
    if not settings.MAIL_IS_CONFIGURED:
        raise Http404
    form = ForgotForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "accounts/forgot.html", {"form": form})
    address = client_addresses.of_request(request) or ""
    try:
        form.submit(password_links.ask, address=address, host=f"{request.scheme}://{request.get_host()}")
    except password_links.TooManyRequests as error:
        return too_many(request, str(error), error.retry_after_s)
    except ResponderError as error:
        return render(request, "accounts/forgot.html", {"form": form}, status=error.status)
    return render(request, "accounts/forgot.html", {"is_asked": True})


def _accept(request: HttpRequest, names: list[str], form: AcceptForm, status: int = 200) -> HttpResponse:
    named = [{"name": terms.role(name), "meaning": roles.ROLE_TEXTS.get(name, "")} for name in names]
    return _private(render(request, "accounts/accept.html", {"form": form, "roles": named}, status=status))


def _set(request: HttpRequest, person: Any, form: SetPasswordForm, status: int = 200) -> HttpResponse:
    return _private(render(request, "accounts/set_password.html", {"form": form, "person": person}, status=status))


def _gone(request: HttpRequest, error: Missing) -> HttpResponse:
    return _private(render(request, "accounts/gone.html", {"detail": str(error)}, status=error.status))


def _private(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
