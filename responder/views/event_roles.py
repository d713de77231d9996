"""A person's roles in single events: administrators grant and revoke them."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from responder import roles
from responder.accounts import event_roles
from responder.errors import ResponderError
from responder.forms import CheckedField, ProductForm
from responder.models import EventRole, User
from responder.views.feeds import tells_refusals


class EventRoleForm(ProductForm):
    """A role in one event."""

    event = CheckedField(label=gettext_lazy("Event"), widget=forms.Select)
    role = CheckedField(label=gettext_lazy("Role"), widget=forms.Select(choices=EventRole.Role.choices))

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        choices = [(str(event.pk), event.name) for event in event_roles.events_to_choose()]
        self.fields["event"].widget.choices = choices  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@roles.requires(roles.ADMINISTER)
def page(request: HttpRequest, person_id: int) -> HttpResponse:
    """A person's roles in single events, and the form that grants one."""
    person = User.objects.filter(pk=person_id).first()
    if person is None:
        raise Http404
    form, status = EventRoleForm(request.POST or None, name="event-role"), 200
    if request.method == "POST":
        try:
            granted = form.submit(event_roles.grant, person_id=person_id, by=_user(request))
        except ResponderError as error:
            status = error.status
        else:
            said = _("%(person)s is now %(role)s in %(event)s.")
            messages.success(request, said % {
                "person": person.display_name, "role": granted.role, "event": granted.event.name})  # fmt: skip
            return HttpResponseRedirect(reverse("person", args=[person_id]))
    return render(request, "people/event_roles.html", shown(person, form), status=status)


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.ADMINISTER)
def revoke(request: HttpRequest, person_id: int, event_role_id: int) -> HttpResponse:
    """Take a role in one event from a person."""
    event_roles.revoke(person_id=person_id, event_role_id=event_role_id, by=_user(request))
    messages.success(request, _("The role is revoked. Open pages of this person stop within seconds."))
    return HttpResponseRedirect(reverse("person", args=[person_id]))


def shown(person: User, form: EventRoleForm | None = None) -> dict[str, Any]:
    """What the fragment `people/_event_roles.html` shows of a person; two queries."""
    held = roles.held_by(person)
    return {
        "person": person,
        "event_roles": event_roles.of_person(person),
        "event_role_form": form or EventRoleForm(name="event-role"),
        "roles_everywhere": sorted(held.everywhere),
        "is_limited": event_roles.limits(person),
    }


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
