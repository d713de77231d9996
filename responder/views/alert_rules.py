"""Pages of alert rules: the list, one rule with what it fired, and the form with its preview."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from responder import roles
from responder.alerting import previewing, rules, wording
from responder.alerting.forms import RuleForm, initial
from responder.errors import Conflict, Missing, NotPermitted, ResponderError
from responder.forms import version
from responder.models import AlertFiring, AlertRule, User
from responder.queries import events, parts
from responder.views.feeds import tells_refusals

EVENTS, PEOPLE = 200, 500  # choices of the form
Kind = AlertRule.Kind


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """The rules of the events that the person may see."""
    rows = [
        {"rule": rule, "condition": wording.condition(rule), "people": [one.person for one in rule.recipients.all()],
         "open": rule.open_firings}
        for rule in rules.listed(_person(request))
    ]  # fmt: skip
    may_manage = roles.allows(request.user, roles.MANAGE_ALERT_RULES)
    return render(request, "rules/index.html", {"rows": rows, "may_manage": may_manage})


@require_safe
@never_cache
@tells_refusals
@roles.requires(roles.VIEW)
def detail(request: HttpRequest, rule_id: int) -> HttpResponse:
    """One rule, its people, and what it fired."""
    rule = rules.find(rule_id, _person(request))
    fired = AlertFiring.objects.filter(rule=rule).select_related("acknowledged_by")
    fired = roles.within(fired, roles.events_of(request.user, roles.VIEW))
    context = {
        "rule": rule, "condition": wording.condition(rule), "may_manage": rules.may_manage(request.user, rule),
        "people": [one.person for one in rule.recipients.select_related("person")],
        "part": parts.paginate(request, fired, "fired"),
    }  # fmt: skip
    return render(request, "rules/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_ALERT_RULES)
def new(request: HttpRequest) -> HttpResponse:
    """A form for a new rule, with what it would have fired."""
    kind = _kind((request.POST if request.method == "POST" else request.GET).get("kind", ""))
    if request.method != "POST":
        return _form(request, _made(request, kind, initial=initial(None, kind, request.GET)), kind)
    form = _made(request, kind, request.POST)
    try:
        if request.POST.get("do") == "preview":
            return _previewed(request, form, kind)
        rule = form.submit(rules.create, by=_person(request))
    except NotPermitted:
        raise
    except ResponderError as error:
        return _form(request, form, kind, status=error.status)
    messages.success(request, _("The alert rule “%(name)s” is on.") % {"name": rule.name})
    return HttpResponseRedirect(reverse("rule", args=[rule.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_ALERT_RULES)
def edit(request: HttpRequest, rule_id: int) -> HttpResponse:
    """A form for a change of a rule, with what it would have fired."""
    rule = rules.find(rule_id, _person(request))
    if not rules.may_manage(request.user, rule):
        raise Missing(_("This alert rule does not exist. It may have been deleted."))
    if request.method != "POST":
        shown = _made(request, rule.kind, rule=rule, initial=initial(rule, rule.kind, request.GET))
        return _form(request, shown, rule.kind, rule=rule)
    form = _made(request, rule.kind, request.POST, rule=rule)
    try:
        if request.POST.get("do") == "preview":
            return _previewed(request, form, rule.kind, rule)
        loaded = version(request.POST.get("version", ""))
        form.submit(rules.change, rule_id=rule.pk, version=loaded, by=_person(request))
    except (NotPermitted, Missing):
        raise
    except ResponderError as error:
        if not form.is_bound or not form.errors:
            form.refuse(error)
        return _form(
            request, form, rule.kind, rule=rule, status=error.status, conflict=isinstance(error, Conflict)
        )  # fmt: skip
    messages.success(request, _("The alert rule is saved."))
    return HttpResponseRedirect(reverse("rule", args=[rule.pk]))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_ALERT_RULES)
def switch(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Switch a rule on or off."""
    is_on, loaded = request.POST.get("on") == "1", version(request.POST.get("version", ""))
    rule = rules.switch(rule_id=rule_id, version=loaded, by=_person(request), is_on=is_on)
    messages.success(request, _("The alert rule is on.") if rule.is_on else _("The alert rule is off."))
    return HttpResponseRedirect(reverse("rule", args=[rule_id]))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_ALERT_RULES)
def delete(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Delete a rule with what it fired."""
    loaded = version(request.POST.get("version", ""))
    name = rules.delete(rule_id=rule_id, version=loaded, by=_person(request))
    messages.success(request, _("The alert rule “%(name)s” is deleted.") % {"name": name})
    return HttpResponseRedirect(reverse("rules"))


def _previewed(request: HttpRequest, form: RuleForm, kind: str, rule: AlertRule | None = None) -> HttpResponse:
    """The form again, with what the rule would have fired. Raises Invalid where the form is not valid."""

    def look_back(**fields: Any) -> previewing.Preview:
        unsaved, _people = rules.read(by=_person(request), fields=fields)
        return previewing.preview(unsaved)

    found = form.submit(look_back)
    return _form(request, form, kind, rule=rule, preview=found)


def _made(request: HttpRequest, kind: str, data: Any = None, *, rule: AlertRule | None = None, **more: Any) -> RuleForm:
    managed = roles.events_of(request.user, roles.MANAGE_ALERT_RULES)
    choices = list(roles.within(events.open_events().defer("area"), managed, "pk")[:EVENTS])
    if rule and rule.event and rule.event not in choices:
        choices.append(rule.event)
    people = rules.candidates()[:PEOPLE]
    return RuleForm(data, kind=kind, events=choices, all_events=managed is None, people=people, rule=rule, **more)


def _form(request: HttpRequest, form: RuleForm, kind: str, *, status: int = 200, **shown: Any) -> HttpResponse:
    kinds = [{"name": name, "label": label, "current": name == kind} for name, label in wording.KIND_LABELS.items()]
    context = {"form": form, "kind": kind, "kinds": kinds, "kind_label": wording.KIND_LABELS[kind]}
    return render(request, "rules/form.html", context | shown, status=status)


def _kind(name: str) -> str:
    return name if name in Kind.values else Kind.POSTS.value


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
