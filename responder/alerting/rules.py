"""Alert rules: create, change, switch on and off, delete. Leads and administrators do so, in the events that they manage."""

import re
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from classifier import categories, clock, locks
from monitoring import audit
from responder import roles
from responder.errors import Conflict, FieldChecks, Invalid, InvalidFields, Missing, NotPermitted, TooMany
from responder.models import AlertRecipient, AlertRule, Event, User
from responder.models.alerting import MOST_MINUTES, MOST_POSTS, MOST_RADIUS_KM, RULE_NAME_LIMIT
from responder.queries.filters import UNPRINTABLE, Filter

MOST_RULES, MOST_PEOPLE = 100, 5
NAME_MINIMUM = 3
IN_ALL_EVENTS = "all"
FILTER_TYPED_LIMIT = 1_000
SEVERITIES = re.compile(r"(?<!\S)sev:([1-4](?:,[1-4])*)(?!\S)")
ADDRESS = re.compile(r"(https?:/)?/[^\s?]*\?")
Kind = AlertRule.Kind


def visible(person: roles.Person) -> QuerySet[AlertRule]:
    """The rules of the events that the person may see; those of all events are for whoever sees all of them."""
    return roles.within(AlertRule.objects.select_related("event"), roles.events_of(person, roles.VIEW))


def find(rule_id: int, person: roles.Person) -> AlertRule:
    """A rule that the person may see. Raises Missing."""
    rule = visible(person).filter(pk=rule_id).first()
    if rule is None:
        raise Missing(_("This alert rule does not exist. It may have been deleted."))
    return rule


def may_manage(person: roles.Person, rule: AlertRule) -> bool:
    """Whether the person may change this rule."""
    return roles.allows_in(person, roles.MANAGE_ALERT_RULES, rule.event_id)


def listed(person: roles.Person) -> QuerySet[Any]:
    """The rules that the person may see, with their people and `open_firings`, how many groups they fire for now."""
    seen = Q(firings__closed_at=None)
    events = roles.events_of(person, roles.VIEW)
    if events is not None:
        seen &= Q(firings__event__in=events)
    rows = visible(person).annotate(open_firings=Count("firings", filter=seen & Q(firings__isnull=False)))
    return rows.prefetch_related("recipients__person").order_by("name", "pk")


def candidates() -> QuerySet[User]:
    """The people whom a rule can notify: those with a role that lets them view some event."""
    return User.objects.filter(roles.holding(roles.VIEW, OuterRef("pk"))).order_by("first_name", "username")


def read(*, by: User, fields: dict[str, Any]) -> tuple[AlertRule, list[User]]:
    """(the rule, its people in order) of a form's fields, unsaved. Raises InvalidFields, NotPermitted.

    Arguments:
        fields: texts as they were typed: name, kind, event, level, query, posts, radius_km, minutes, severity, escalate_minutes, and
            people, a list of ids in the order of their turn.
    """
    checks = FieldChecks()
    kind = checks.read("kind", _one_of, fields.get("kind", ""), Kind.values) or ""
    rule = AlertRule(
        name=checks.read("name", _name, fields.get("name", "")) or "", kind=kind, created_by=by,
        event=checks.read("event", _event, by, str(fields.get("event", ""))),
        level=checks.read("level", _one_of, fields.get("level", ""), AlertRule.Level.values) or "",
    )  # fmt: skip
    rule.minutes = checks.read("minutes", _number, fields.get("minutes", ""), 1, MOST_MINUTES) or 1
    if kind == Kind.POSTS:
        rule.query = checks.read("query", canonical_query, fields.get("query", "")) or ""
        rule.posts = checks.read("posts", _number, fields.get("posts", ""), 1, MOST_POSTS) or 1
        if str(fields.get("radius_km", "")).strip():
            rule.radius_km = checks.read("radius_km", _number, fields["radius_km"], 1, MOST_RADIUS_KM)
    if kind == Kind.UNANSWERED:
        rule.severity = checks.read("severity", _number, fields.get("severity", ""), 1, 4) or 4
    if kind == Kind.MODEL and not checks.has("event") and rule.event is not None:
        checks.refuse("event", _("The model is the same for all events. Choose all events."))
    if str(fields.get("escalate_minutes", "")).strip():
        rule.escalate_minutes = checks.read("escalate_minutes", _number, fields["escalate_minutes"], 1, MOST_MINUTES)
    event_id = rule.event.pk if rule.event else None
    people = checks.read("people", _people, fields.get("people", []), event_id) or []
    checks.require_valid()
    return rule, people


@audit.atomic()
def create(*, by: User, **fields: Any) -> AlertRule:
    """Create a rule; it is on. Raises InvalidFields, NotPermitted, TooMany."""
    rule, people = read(by=by, fields=fields)
    locks.one_at_a_time("alert rules")
    if AlertRule.objects.count() >= MOST_RULES:
        raise TooMany(_("There are already %(most)d alert rules. Delete one first.") % {"most": MOST_RULES})
    _save(rule)
    _set_people(rule, people)
    _record("created", rule, by)
    return rule


@audit.atomic()
def change(*, rule_id: int, version: int, by: User, **fields: Any) -> AlertRule:
    """Change a rule. What it has fired stays. Raises Conflict, InvalidFields, Missing, NotPermitted."""
    rule = _opened(rule_id, version, by)
    new, people = read(by=by, fields=fields)
    names = (
        "name",
        "kind",
        "event_id",
        "level",
        "query",
        "posts",
        "radius_km",
        "minutes",
        "severity",
        "escalate_minutes",
    )
    changed = [name for name in names if getattr(rule, name) != getattr(new, name)]
    before = list(rule.recipients.values_list("person", flat=True))
    if not changed and before == [one.pk for one in people]:
        raise Invalid(_("Nothing was changed."))
    for name in names:
        setattr(rule, name, getattr(new, name))
    if {"kind", "event_id", "query", "posts", "radius_km"} & set(
        changed
    ):  # other groups: what is open means nothing any more
        rule.on_since = clock.now()
        rule.firings.filter(closed_at=None).update(closed_at=rule.on_since)
    rule.version += 1
    _save(rule)
    _set_people(rule, people)
    _record("changed", rule, by, fields=sorted(changed))
    return rule


@audit.atomic()
def switch(*, rule_id: int, version: int, by: User, is_on: bool) -> AlertRule:
    """Switch a rule on or off; off, it ends what it has open. Raises Conflict, Missing, NotPermitted."""
    rule = _opened(rule_id, version, by)
    if rule.is_on != is_on:
        now = clock.now()
        rule.is_on, rule.version = is_on, rule.version + 1
        rule.on_since = now if is_on else rule.on_since
        rule.save(update_fields=["is_on", "on_since", "version"])
        if not is_on:
            rule.firings.filter(closed_at=None).update(closed_at=now)
        _record("switched_on" if is_on else "switched_off", rule, by)
    return rule


@audit.atomic()
def delete(*, rule_id: int, version: int, by: User) -> str:
    """Delete a rule with all that it has fired. Returns its name. Raises Conflict, Missing, NotPermitted."""
    rule = _opened(rule_id, version, by)
    AlertRule.objects.select_for_update().get(pk=rule.pk)
    _record("deleted", rule, by)
    rule.delete()
    return rule.name


def canonical_query(text: str) -> str:
    """A filter as the query string stores it. Raises Invalid with the first thing that cannot be used.

    Arguments:
        text: as the search box takes it, or the address of a filtered page.
    """
    text = UNPRINTABLE.sub(" ", text).strip()
    if len(text) > FILTER_TYPED_LIMIT:
        raise Invalid(_("A filter can have at most %(most)d characters.") % {"most": FILTER_TYPED_LIMIT})
    query = QueryDict(mutable=True)
    if ADDRESS.match(text):
        query.update(QueryDict(text.partition("?")[2].partition("#")[0]))
    else:
        query["q"] = text
    found, notices = Filter.parse(query, None)
    if notices:
        raise Invalid(str(notices[0]))
    kept = QueryDict(found.querystring(), mutable=True)
    for name in ("event", "t"):  # the rule says where and when
        kept.pop(name, None)
    return kept.urlencode(safe=",")


def as_typed(text: str) -> str:
    """A filter in the search box's language; what can't be used is returned as it is, for the form to refuse.

    Arguments:
        text: as `canonical_query` takes it.
    """
    try:
        return _typed(canonical_query(text))
    except Invalid:
        return text


def typed_query(rule: AlertRule) -> str:
    """The rule's filter in the search box's language, as the form shows it, with severities by their names."""
    return _typed(rule.query)


def _typed(query: str) -> str:
    typed = Filter.parse(QueryDict(query), None)[0].text()
    return SEVERITIES.sub(lambda found: f"sev:{_severity_names(found[1])}", typed)


def _severity_names(numbers: str) -> str:
    return ",".join(categories.PRIORITIES[int(one) - 1].lower() for one in numbers.split(","))


def _opened(rule_id: int, version: int, by: User) -> AlertRule:
    rule = find(rule_id, by)
    if not may_manage(by, rule):
        raise NotPermitted(_("Your role doesn't let you change this alert rule."))
    held = AlertRule.objects.select_for_update(no_key=True).filter(pk=rule.pk).first()
    if held is None:
        raise Missing(_("This alert rule does not exist. It may have been deleted."))
    if held.version != version:
        raise Conflict(by=_("Somebody else"), what=_("changed this alert rule"), at=None, version=held.version)
    return held


def _save(rule: AlertRule) -> None:
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError as error:
        raise InvalidFields({"name": _("Another alert rule has this name.")}) from error


def _set_people(rule: AlertRule, people: Sequence[User]) -> None:
    rule.recipients.all().delete()
    AlertRecipient.objects.bulk_create(
        AlertRecipient(rule=rule, person=person, position=number) for number, person in enumerate(people, start=1)
    )


def _name(text: str) -> str:
    name = " ".join(UNPRINTABLE.sub(" ", text).split())
    if not NAME_MINIMUM <= len(name) <= RULE_NAME_LIMIT:
        limits = {"least": NAME_MINIMUM, "most": RULE_NAME_LIMIT}
        raise Invalid(_("Enter a name of %(least)d to %(most)d characters.") % limits)
    return name


def _one_of(value: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise Invalid(_("Choose one of the options."))
    return value


def _number(text: Any, least: int, most: int) -> int:
    digits = str(text).strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 6 and least <= int(digits) <= most):
        raise Invalid(_("Enter a whole number from %(least)d to %(most)d.") % {"least": least, "most": most})
    return int(digits)


def _event(by: User, text: str) -> Event | None:
    if text == IN_ALL_EVENTS:
        if not roles.allows_in(by, roles.MANAGE_ALERT_RULES, None):
            raise Invalid(_("Choose one of the events that you manage."))
        return None
    managed = roles.within(Event.objects.defer("area"), roles.events_of(by, roles.MANAGE_ALERT_RULES), "pk")
    found = managed.filter(pk=int(text)).first() if text.isascii() and text.isdecimal() and len(text) <= 18 else None
    if found is None:
        raise Invalid(_("Choose one of the events that you manage."))
    return found


def _people(ids: Sequence[Any], event_id: int | None) -> list[User]:
    wanted = [int(one) for one in ids if str(one).isascii() and str(one).isdecimal() and len(str(one)) <= 18]
    wanted = list(dict.fromkeys(wanted))
    if not wanted:
        raise Invalid(_("Choose at least one person to notify."))
    if len(wanted) > MOST_PEOPLE:
        raise Invalid(_("Choose at most %(most)d people.") % {"most": MOST_PEOPLE})
    found = User.objects.filter(Q(pk__in=wanted), is_active=True).in_bulk()
    people = [found[one] for one in wanted if one in found]
    if len(people) < len(wanted) or not all(roles.allows_in(one, roles.VIEW, event_id) for one in people):
        raise Invalid(_("Choose people whose role lets them see the event."))
    return people


def _record(verb: str, rule: AlertRule, by: User, **more: Any) -> None:
    detail = {"kind": rule.kind, "name": rule.name, "version": rule.version} | more
    audit.record(
        actor=f"user:{by.username}", action=f"alert_rule.{verb}", object_type="alert_rule", object_id=str(rule.pk),
        detail=detail,
    )  # fmt: skip
