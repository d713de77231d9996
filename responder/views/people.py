"""Pages of people for administrators: who there is, invitations, roles, sessions, and what helps somebody who can't sign in."""

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.db.models import OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classifier import clock
from responder import roles
from responder.accounts import invitations, password_links, people, sessions, two_factor, wording
from responder.accounts.forms import InviteForm, ResetTwoFactorForm, RolesForm, VersionForm
from responder.errors import Missing, NotPermitted, ResponderError
from responder.models import Invitation, User
from responder.queries import parts
from responder.views import event_roles
from responder.views.feeds import tells_refusals
from responder.views.session import safe_next

SEARCH_LIMIT = 100
SESSIONS = 50


@require_safe
@never_cache
@roles.requires(roles.ADMINISTER)
def index(request: HttpRequest) -> HttpResponse:
    """Everybody with an account, with a search, and the open invitations."""
    asked = request.GET.get("q", "").replace("\0", "").strip()[:SEARCH_LIMIT]
    found = User.objects.annotate(has_two_factor=two_factor.set_up(OuterRef("pk"))).prefetch_related("groups")
    for word in asked.split()[:5]:
        found = found.filter(
            Q(username__icontains=word)
            | Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(email__icontains=word)
        )
    part = parts.paginate(request, found, "people", ("username",))
    context = {
        "asked": asked, "part": part, "rows": [_row(user) for user in part.rows], "unknown": people.unknown_groups(),
        "invitations": parts.paginate(request, invitations.still_open().select_related("invited_by"), "invitations"),
        "now": clock.now(), "two_factor_required": settings.TWO_FACTOR == "required-roles",
    }  # fmt: skip
    return render(request, "people/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@roles.requires(roles.ADMINISTER)
def invite(request: HttpRequest) -> HttpResponse:
    """The form of an invitation; after it the link, which is shown once."""
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "people/invite.html", {"form": form, "next": safe_next(request)})
    try:
        invitation, secret = form.submit(invitations.invite, by=_person(request), host=_host(request))
    except ResponderError as error:
        context = {"form": form, "next": safe_next(request)}
        return render(request, "people/invite.html", context, status=error.status)
    return _invited(request, invitation, secret)


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.ADMINISTER)
def renew_invitation(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Replace the link of an invitation, and show the new one."""
    by_email = request.POST.get("by_email") == "on"
    found = invitations.renew(invitation_id=invitation_id, by=_person(request), by_email=by_email, host=_host(request))
    return _invited(request, *found)


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.ADMINISTER)
def revoke_invitation(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Revoke an invitation."""
    invitations.revoke(invitation_id=invitation_id, by=_person(request))
    messages.success(request, _("The invitation is revoked. Its link no longer works."))
    return HttpResponseRedirect(reverse("people"))


@require_safe
@never_cache
@roles.requires(roles.ADMINISTER)
def detail(request: HttpRequest, person_id: int) -> HttpResponse:
    """One person: roles, state, sessions, two-factor authentication."""
    return _page(request, _found(person_id))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.ADMINISTER)
def set_roles(request: HttpRequest, person_id: int) -> HttpResponse:
    """Change a person's roles."""
    person, form = _found(person_id), RolesForm(request.POST)
    try:
        form.submit(people.set_roles, person=person, by=_person(request))
    except NotPermitted:
        raise
    except ResponderError as error:
        return _page(request, person, error.status, form=form)
    messages.success(request, _("The roles of %(name)s are saved.") % {"name": person.display_name})
    return _back(person)


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.ADMINISTER)
def deactivate(request: HttpRequest, person_id: int) -> HttpResponse:
    """Deactivate a person."""
    said = _("%(name)s can no longer sign in. Their sessions have ended.")
    return _change(request, person_id, people.deactivate, said)


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.ADMINISTER)
def activate(request: HttpRequest, person_id: int) -> HttpResponse:
    """Activate a deactivated person."""
    return _change(request, person_id, people.activate, _("%(name)s can sign in again."))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.ADMINISTER)
def password_link(request: HttpRequest, person_id: int) -> HttpResponse:
    """Create a password reset link, and show it once."""
    person = _found(person_id)
    secret = password_links.make(person=person, by=_person(request))
    link = request.build_absolute_uri(reverse("password-set", args=[secret]))
    hours = int(password_links.VALID.total_seconds() // 3600)
    return _page(request, person, link=link, hours=hours)


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.ADMINISTER)
def reset_two_factor(request: HttpRequest, person_id: int) -> HttpResponse:
    """Reset two-factor authentication of somebody who has lost their device."""
    person, form = _found(person_id), ResetTwoFactorForm(request.POST, name="reset")
    try:
        form.submit(two_factor.reset, person=person, by=_person(request))
    except NotPermitted:
        raise
    except ResponderError as error:
        return _page(request, person, error.status, reset=form)
    said = _("Two-factor authentication of %(name)s is reset, and their sessions have ended.")
    messages.success(request, said % {"name": person.display_name})
    return _back(person)


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.ADMINISTER)
def end_session(request: HttpRequest, person_id: int, session_id: int) -> HttpResponse:
    """End one session of a person."""
    person = _found(person_id)
    people.require_changeable(person)
    sessions.end(person=person, session_id=session_id, by=_person(request))
    messages.success(request, _("The session has ended."))
    return _back(person)


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.ADMINISTER)
def end_sessions(request: HttpRequest, person_id: int) -> HttpResponse:
    """End all sessions of a person."""
    person = _found(person_id)
    people.require_changeable(person)
    count = sessions.end_every(person=person, by=_person(request))
    said = ngettext("%(count)d session has ended.", "%(count)d sessions have ended.", count) % {"count": count}
    messages.success(request, said)
    return _back(person)


def _change(request: HttpRequest, person_id: int, verb: Callable[..., None], said: str) -> HttpResponse:
    person, form = _found(person_id), VersionForm(request.POST)
    form.submit(verb, person=person, by=_person(request))
    messages.success(request, said % {"name": person.display_name})
    return _back(person)


def _invited(request: HttpRequest, invitation: Invitation, secret: str) -> HttpResponse:
    link = request.build_absolute_uri(reverse("invitation-accept", args=[secret])) if secret else ""
    context = {"invitation": invitation, "link": link, "next": safe_next(request)}
    return render(request, "people/invited.html", context)


def _page(request: HttpRequest, person: User, status: int = 200, **shown: Any) -> HttpResponse:
    held = list(person.groups.values_list("name", flat=True))
    context = {
        "person": person, "may_change": not person.is_superuser, "is_self": person.pk == request.user.pk,
        "form": RolesForm(initial={"roles": held, "version": person.version}),
        "reset": ResetTwoFactorForm(name="reset"), "state": VersionForm(initial={"version": person.version}, name="state"),
        "unknown": sorted(set(held) - roles.ROLES.keys()), "has_two_factor": two_factor.is_set_up(person),
        "needs_two_factor": two_factor.is_required(person),
        "sessions": [
            {"session": one, "browser": wording.browser(one.browser)} for one in sessions.open_of(person)[:SESSIONS]
        ],
    }  # fmt: skip
    return render(request, "people/detail.html", context | event_roles.shown(person) | shown, status=status)


def _row(user: User) -> dict[str, Any]:
    held = sorted(group.name for group in user.groups.all())
    return {
        "person": user, "roles": [name for name in roles.ROLES if name in held],
        "unknown": [name for name in held if name not in roles.ROLES], "seen_at": user.last_seen_at or user.last_login,
    }  # fmt: skip


def _found(person_id: int) -> User:
    try:
        return people.find(person_id)
    except Missing as error:
        raise Http404 from error


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


def _host(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def _back(person: User) -> HttpResponse:
    return HttpResponseRedirect(reverse("person", args=[person.pk]))
