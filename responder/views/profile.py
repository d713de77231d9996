"""A person's own account: details, password, two-factor authentication, sessions."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from responder import roles
from responder.accounts import confirming, profiles, sessions, sign_in, two_factor, wording
from responder.accounts.forms import ChangePasswordForm, ConfirmForm, ProfileForm, SetUpForm
from responder.errors import Invalid, ResponderError
from responder.models import User
from responder.privacy import secrets
from responder.views.feeds import tells_refusals
from responder.views.session import safe_next, too_many
from responder.web import client_addresses

SESSIONS = 50
SET_UP = "two_factor_set_up"  # the secret of an app that isn't confirmed yet, in the session, encrypted


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """The person's details, and what else can be changed."""
    person = _person(request)
    form = ProfileForm(request.POST if request.method == "POST" else None, person=person)
    if request.method != "POST":
        return _profile(request, form)
    try:
        form.submit(profiles.change, person=person, address=_address(request))
    except sign_in.TooManyTries as error:
        return too_many(request, str(error), error.retry_after_s)
    except ResponderError as error:
        return _profile(request, form, error.status)
    messages.success(request, _("Your profile is saved."))
    return HttpResponseRedirect(reverse("profile"))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def password(request: HttpRequest) -> HttpResponse:
    """Change the person's own password."""
    person, key = _person(request), request.session.session_key or ""
    form = ChangePasswordForm(request.POST if request.method == "POST" else None, person=person)
    if request.method != "POST":
        return render(request, "profile/password.html", {"form": form})
    try:
        form.submit(profiles.change_password, person=person, address=_address(request), session_key=key)
    except sign_in.TooManyTries as error:
        return too_many(request, str(error), error.retry_after_s)
    except ResponderError as error:
        return render(request, "profile/password.html", {"form": form}, status=error.status)
    update_session_auth_hash(request, person)
    sessions.moved(request, key)
    messages.success(request, _("Your password is changed. Your other sessions have ended."))
    return HttpResponseRedirect(reverse("profile"))


@require_safe
@never_cache
def two_factor_page(request: HttpRequest) -> HttpResponse:
    """Two-factor authentication: the setup, or the state once it is set up."""
    return _two_factor(request)


@require_POST
@never_cache
@tells_refusals
def set_up(request: HttpRequest) -> HttpResponse:
    """Set two-factor authentication up with a code of the app; then show the recovery codes, once."""
    person, secret = _person(request), _pending(request)
    form = SetUpForm(request.POST, person=person)
    if not secret:
        return HttpResponseRedirect(reverse("two-factor"))
    try:
        codes = form.submit(_set_up, person=person, secret=secret, address=_address(request))
    except (sign_in.TooManyTries, two_factor.TooManyCodes) as error:
        return too_many(request, str(error), error.retry_after_s)
    except ResponderError as error:
        return _two_factor(request, error.status, set_up=form)
    request.session.pop(SET_UP, None)
    sessions.end_every(person=person, by=person, but=request.session.session_key or "")
    return render(request, "profile/codes.html", {"codes": codes, "next": safe_next(request), "is_new": True})


@require_POST
@never_cache
@tells_refusals
def new_codes(request: HttpRequest) -> HttpResponse:
    """Replace the recovery codes, and show the new ones once."""
    return _confirmed(request, lambda person: render(
        request, "profile/codes.html", {"codes": two_factor.new_codes(user=person), "next": reverse("two-factor")}
    ))  # fmt: skip


@require_POST
@never_cache
@tells_refusals
def switch_off(request: HttpRequest) -> HttpResponse:
    """Switch two-factor authentication off."""

    def switch(person: User) -> HttpResponse:
        two_factor.switch_off(user=person)
        messages.success(request, _("Two-factor authentication is off."))
        return HttpResponseRedirect(reverse("two-factor"))

    return _confirmed(request, switch)


@require_safe
@never_cache
def own_sessions(request: HttpRequest) -> HttpResponse:
    """The browsers in which the person is signed in."""
    found = sessions.open_of(_person(request))[:SESSIONS]
    rows = [
        {"session": one, "browser": wording.browser(one.browser), "is_this": one.session_key == request.session.session_key}
        for one in found
    ]  # fmt: skip
    return render(request, "profile/sessions.html", {"rows": rows, "others": sum(not row["is_this"] for row in rows)})


@require_POST
@never_cache
@tells_refusals
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one of the person's own sessions."""
    person = _person(request)
    sessions.end(person=person, session_id=session_id, by=person)
    messages.success(request, _("The session has ended."))
    return HttpResponseRedirect(reverse("profile-sessions"))


@require_POST
@never_cache
@tells_refusals
def end_others(request: HttpRequest) -> HttpResponse:
    """End all of the person's sessions but this one."""
    person = _person(request)
    count = sessions.end_every(person=person, by=person, but=request.session.session_key or "")
    said = ngettext("%(count)d session has ended.", "%(count)d sessions have ended.", count) % {"count": count}
    messages.success(request, said)
    return HttpResponseRedirect(reverse("profile-sessions"))


def _set_up(*, person: User, secret: str, code: str, password: str, address: str) -> list[str]:
    confirming.require_password(person=person, password=password, address=address)
    return two_factor.activate(user=person, secret=secret, code=code)


def _confirmed(request: HttpRequest, work: Any) -> HttpResponse:
    """Do something about two-factor authentication, once the current password is right."""
    person, form = _person(request), ConfirmForm(request.POST, person=_person(request), name="confirm")
    try:
        form.submit(confirming.require_password, person=person, address=_address(request))
    except sign_in.TooManyTries as error:
        return too_many(request, str(error), error.retry_after_s)
    except ResponderError as error:
        return _two_factor(request, error.status, confirm=form)
    try:
        done: HttpResponse = work(person)
    except Invalid as error:
        form.refuse(error)
        return _two_factor(request, error.status, confirm=form)
    return done


def _two_factor(request: HttpRequest, status: int = 200, **shown: Any) -> HttpResponse:
    person = _person(request)
    context: dict[str, Any] = {
        "is_required": two_factor.is_required(person), "is_set_up": two_factor.is_set_up(person), "next": safe_next(request),
        "confirm": ConfirmForm(person=person, name="confirm"),
    }  # fmt: skip
    if context["is_set_up"]:
        context["codes_left"] = two_factor.codes_left(person)
    else:
        secret = _pending(request) or two_factor.new_secret()
        request.session[SET_UP] = secrets.encrypt(secret)
        address = two_factor.address_of(person, secret)
        context |= {
            "set_up": SetUpForm(person=person), "address": address, "picture": two_factor.picture_of(address),
            "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        }  # fmt: skip
    return render(request, "profile/two_factor.html", context | shown, status=status)


def _pending(request: HttpRequest) -> str:
    sealed = request.session.get(SET_UP, "")
    try:
        return secrets.decrypt(sealed) if sealed else ""
    except secrets.UnknownKey:
        return ""


def _profile(request: HttpRequest, form: ProfileForm, status: int = 200) -> HttpResponse:
    person = _person(request)
    context = {
        "form": form, "held": sorted(roles.role_names(person)), "has_two_factor": two_factor.is_set_up(person),
        "sessions": sessions.open_of(person).count(), "themes": User.Theme.choices,
    }  # fmt: skip
    return render(request, "profile/index.html", context, status=status)


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


def _address(request: HttpRequest) -> str:
    return client_addresses.of_request(request) or ""
