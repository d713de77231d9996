"""Roles and their abilities. Default deny: an ability that no role has belongs to superusers only.

A role is a Django group of the same name, so that administrators grant roles in the admin; whoever is in the group holds the
role in all events. A viewer, a reviewer or a lead can also hold the role in single events (EventRole), and then sees and
changes only what belongs to them. Whoever acts only for organisations that are not active has no role until one of them is
active again.

Three questions, all answered by one query per request:
- `allows`: may this person do it in some event? Pages ask so before they show anything.
- `allows_in`: may they do it in this event? Everything that reads or changes a row asks so.
- `events_of`: in which events may they do it? Lists ask so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BigIntegerField, CharField, Exists, OuterRef, Q, QuerySet, Value
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

VIEW = "view"  # read the map, lists and analytics
TRIAGE = "triage"  # decide on posts
LEAD = "lead"  # run incidents and reports
REVEAL = "reveal masked details"  # with a reason, for a while, on the record
CORRECT = "decide on corrections"  # of people named in posts
APPROVE = "approve"  # let a model into production
READ_RECORDS = "read records"  # read every record in the admin
USE_API = "use api"  # hold API tokens
MANAGE_EVENTS = "manage events"  # create, change, close and reopen them
MANAGE_SOURCES = "manage sources"  # feeds and imports
MANAGE_ALERT_RULES = "manage alert rules"  # who is notified of what
MANAGE_LABELS = "manage labels"  # label schemas, and labels from files
ADMINISTER = "administer"  # people, their roles and the organisation's settings

ROLES: dict[str, frozenset[str]] = {
    "viewer": frozenset({VIEW}),
    "reviewer": frozenset({VIEW, TRIAGE}),
    "lead": frozenset(
        {VIEW, TRIAGE, LEAD, REVEAL, CORRECT, MANAGE_EVENTS, MANAGE_SOURCES, MANAGE_ALERT_RULES, MANAGE_LABELS}
    ),
    "approver": frozenset({VIEW, APPROVE}),
    "auditor": frozenset({VIEW, READ_RECORDS}),
    "partner": frozenset({USE_API}),
    "administrator": frozenset({VIEW, MANAGE_EVENTS, MANAGE_SOURCES, MANAGE_ALERT_RULES, MANAGE_LABELS, ADMINISTER}),
}
EVENT_ROLES = ("viewer", "reviewer", "lead")  # can be held in single events
# What a role in a single event gives. The rest is about no event, or about all of them: a correction request may concern
# any post in which a person is named.
EVENT_ABILITIES = frozenset({VIEW, TRIAGE, LEAD, REVEAL, MANAGE_EVENTS, MANAGE_SOURCES, MANAGE_ALERT_RULES})

ABILITY_TEXTS: dict[str, str | Promise] = {
    VIEW: gettext_lazy("View the map, lists, incidents and analytics"),
    TRIAGE: gettext_lazy("Review posts, work on incidents and label texts"),
    LEAD: gettext_lazy("Assign, verify, resolve and merge incidents, publish alerts"),
    REVEAL: gettext_lazy("Reveal masked details of a post, with a reason, for 15 minutes"),
    CORRECT: gettext_lazy("Decide on correction requests of people named in posts"),
    APPROVE: gettext_lazy("Approve or roll back a model in production"),
    READ_RECORDS: gettext_lazy("Read the audit log and all records"),
    USE_API: gettext_lazy("Use the API: tokens, webhooks and files"),
    MANAGE_EVENTS: gettext_lazy("Create, edit, close and reopen events"),
    MANAGE_SOURCES: gettext_lazy("Set up feeds and import files"),
    MANAGE_ALERT_RULES: gettext_lazy("Set up alert rules: who is notified of what"),
    MANAGE_LABELS: gettext_lazy("Name and divide the categories, and bring labels from files"),
    ADMINISTER: gettext_lazy("Manage people, their roles and the organisation's settings"),
}
ROLE_TEXTS: dict[str, str | Promise] = {
    "viewer": gettext_lazy("Follows the situation and changes nothing"),
    "reviewer": gettext_lazy("Reviews posts and works on incidents"),
    "lead": gettext_lazy("Runs an event: its incidents, alerts, sources and reviewers"),
    "approver": gettext_lazy("Decides which model is used in production"),
    "auditor": gettext_lazy("Reads all records"),
    "partner": gettext_lazy("Connects another organisation's software"),
    "administrator": gettext_lazy("Manages people, events and sources, and needs no superuser account"),
}

Person = Any  # a User, or Django's AnonymousUser
# Of people: that they act for nobody, or for an active organisation.
NOT_PAUSED = Q(memberships=None) | Q(memberships__organisation__is_active=True)


@dataclass(frozen=True, slots=True)
class HeldRoles:
    """The roles that one person holds.

    Arguments:
        everywhere: names of the roles in all events.
        in_events: id of an event → names of the roles in it.
        refs: id of an event → its reference.
        is_paused: that they hold roles, but act only for inactive organisations; the others are empty then.
    """

    everywhere: frozenset[str] = frozenset()
    in_events: Mapping[int, frozenset[str]] = field(default_factory=dict)
    refs: Mapping[int, str] = field(default_factory=dict)
    is_paused: bool = False


def held_by(user: Person) -> HeldRoles:
    """The roles that `user` holds; one query per request, then remembered on the user."""
    if not user.is_authenticated:
        return HeldRoles()
    if not hasattr(user, "_held_roles"):
        user._held_roles = _read(user)
    return user._held_roles  # type: ignore[no-any-return]


def _read(user: Person) -> HeldRoles:
    paused = Exists(user.memberships.all()) & ~Exists(user.memberships.filter(organisation__is_active=True))
    in_all = user.groups.annotate(is_paused=paused, none=Value(None, BigIntegerField()), ref=Value("", CharField()))
    in_one = user.event_roles.annotate(is_paused=paused)
    found = in_all.order_by().values_list("name", "none", "ref", "is_paused")
    rows = list(found.union(in_one.order_by().values_list("role", "event_id", "event__ref", "is_paused"), all=True))
    if any(is_paused for *_row, is_paused in rows) and not user.is_superuser:
        return HeldRoles(is_paused=True)
    in_events: dict[int, set[str]] = {}
    for role, event, _ref, _paused in rows:
        if event is not None and role in EVENT_ROLES:
            in_events.setdefault(event, set()).add(role)
    return HeldRoles(
        everywhere=frozenset(ROLES.keys() & {role for role, event, _ref, _paused in rows if event is None}),
        in_events={event: frozenset(names) for event, names in in_events.items()},
        refs={event: ref for _role, event, ref, _paused in rows if event is not None},
    )


def forget(user: Person) -> None:
    """Forget the roles that were remembered on `user`, after they changed."""
    user.__dict__.pop("_held_roles", None)


def role_names(user: Person) -> frozenset[str]:
    """The names of the roles that `user` holds, in all events or in some."""
    held = held_by(user)
    return held.everywhere.union(*held.in_events.values())


def is_paused(user: Person) -> bool:
    """Whether `user` holds roles, but acts only for inactive organisations."""
    return held_by(user).is_paused


def allows(user: Person, ability: str) -> bool:
    """Whether `user` is active and holds a role with `ability` in at least one event, or is a superuser.

    That is enough to show a page. What the page shows or changes is asked for by `allows_in` and `events_of`.
    """
    found = events_of(user, ability)
    return found is None or bool(found)


def allows_in(user: Person, ability: str, event: Any) -> bool:
    """Whether `user` may do this in one event.

    Arguments:
        event: an Event or its id. None stands for what belongs to no event, or to all of them: only a role in all events counts.
    """
    found = events_of(user, ability)
    return found is None or getattr(event, "pk", event) in found


def events_of(user: Person, ability: str) -> frozenset[int] | None:
    """The ids of the events in which `user` has `ability`; None for all events, also those that are still to come."""
    if not user.is_active:
        return frozenset()
    if user.is_superuser:
        return None
    held = held_by(user)
    if any(ability in ROLES[name] for name in held.everywhere):
        return None
    if ability not in EVENT_ABILITIES:
        return frozenset()
    return frozenset(event for event, names in held.in_events.items() if any(ability in ROLES[name] for name in names))


def visible_events(user: Person) -> QuerySet[Any] | None:
    """The events that `user` may see; None for all."""
    found = events_of(user, VIEW)
    return None if found is None else apps.get_model("responder", "Event")._default_manager.filter(pk__in=found)


def events_of_partner(owner: Person) -> frozenset[int] | None:
    """The ids of the events that an owner of tokens or webhooks may read through the API; None for all.

    The role partner opens all events. An administrator limits a partner to single events by giving them roles in these.
    """
    found = events_of(owner, VIEW)
    return found if found else None


def limiting_roles(owner: Any) -> Exists:
    """For a query: whether `owner`, an expression, holds roles in single events, so that `events_of_partner` may limit them."""
    return Exists(apps.get_model("responder", "EventRole")._default_manager.filter(person=owner))


def within(found: QuerySet[Any], events: frozenset[int] | None, field: str = "event") -> QuerySet[Any]:
    """Restrict `found` to these events; None means all events and leaves it as it is.

    Arguments:
        field: lookup of the event. Rows without one are in no event.
    """
    return found if events is None else found.filter(**{f"{field}__in": events})


def holding(ability: str, user: Any, event: Any = None, *, everywhere: bool = False) -> Exists:
    """For a query: whether `user`, an expression, is active and holds a role with `ability`, or is a superuser.

    Arguments:
        event: an expression for the event in which they need it; None where any event will do.
        everywhere: whether only a role in all events counts.
    """
    names = [name for name, abilities in ROLES.items() if ability in abilities]
    people = get_user_model()._default_manager.filter(pk=user, is_active=True)
    held = Q(groups__name__in=names)
    if ability in EVENT_ABILITIES and not everywhere:
        in_one = [name for name in EVENT_ROLES if name in names]
        rows = apps.get_model("responder", "EventRole")._default_manager.filter(person=OuterRef("pk"), role__in=in_one)
        if event is not None:  # from within the query of people, the outer one is another step away
            rows = rows.filter(event=OuterRef(event) if isinstance(event, OuterRef) else event)
        held |= Q(Exists(rows))
    return Exists(people.filter(Q(is_superuser=True) | (held & NOT_PAUSED)))


def standing(user: Any) -> Exists:
    """For a query: whether `user`, an expression, is active and acts for an active organisation, or for none."""
    people = get_user_model()._default_manager.filter(pk=user, is_active=True)
    return Exists(people.filter(Q(is_superuser=True) | NOT_PAUSED))


def make_groups(using: str = DEFAULT_DB_ALIAS, **_more: Any) -> None:
    """Make a group for each role that has none, after migrations."""
    if Group._meta.db_table not in connections[using].introspection.table_names():
        return  # one app alone was migrated
    groups = Group.objects.using(using)
    missing = ROLES.keys() - set(groups.filter(name__in=ROLES).values_list("name", flat=True))
    groups.bulk_create([Group(name=name) for name in sorted(missing)], ignore_conflicts=True)


def unknown_groups(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """The names of groups that are not roles, and so give no permission."""
    return list(Group.objects.using(using).exclude(name__in=ROLES).order_by("name").values_list("name", flat=True))


def grant(*, user: Person, role: str) -> None:
    """Give `user` a role in all events; KeyError if there is no such role."""
    ROLES[role]
    group, _made = Group.objects.get_or_create(name=role)
    user.groups.add(group)
    forget(user)


def requires(
    ability: str, *, everywhere: bool = False
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Decorate a view: signed-in people without `ability` get 403. Anonymous visitors are redirected before.

    Arguments:
        everywhere: for pages about all events together: a role in single events is not enough.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not (allows_in(request.user, ability, None) if everywhere else allows(request.user, ability)):
                raise PermissionDenied(
                    _("Your role doesn't let you do this: %(ability)s. Ask an administrator for a role that does.")
                    % {"ability": ability}
                )
            return view(request, *args, **kwargs)

        guarded.required_ability = ability  # type: ignore[attr-defined]
        guarded.required_everywhere = everywhere  # type: ignore[attr-defined]
        return guarded

    return decorate
