"""Roles and their abilities. Default deny: an ability that no role has belongs to superusers only.

A role is a Django group of the same name, so that administrators grant roles in the admin. Whoever acts only for organisations
that are not active has no role until one of them is active again.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Exists, Q
from django.http import HttpRequest, HttpResponseBase

VIEW = "view"  # read the map, lists and analytics
TRIAGE = "triage"  # decide on posts
LEAD = "lead"  # run incidents and reports
REVEAL = "reveal masked details"  # with a reason, for a while, on the record
CORRECT = "decide on corrections"  # of people named in posts
APPROVE = "approve"  # let a model into production
READ_RECORDS = "read records"  # read every record in the admin
USE_API = "use api"  # hold API tokens
MANAGE_EVENTS = "manage events"  # create, change, close and re-open them
MANAGE_SOURCES = "manage sources"  # feeds and imports
ADMINISTER = "administer"  # people, their roles and the organisation's settings

ROLES: dict[str, frozenset[str]] = {
    "viewer": frozenset({VIEW}),
    "reviewer": frozenset({VIEW, TRIAGE}),
    "lead": frozenset({VIEW, TRIAGE, LEAD, REVEAL, CORRECT, MANAGE_EVENTS, MANAGE_SOURCES}),
    "approver": frozenset({VIEW, APPROVE}),
    "auditor": frozenset({VIEW, READ_RECORDS}),
    "partner": frozenset({USE_API}),
    "administrator": frozenset({VIEW, MANAGE_EVENTS, MANAGE_SOURCES, ADMINISTER}),
}

Person = Any  # a User, or Django's AnonymousUser
# Of people: that they act for nobody, or for an active organisation.
NOT_PAUSED = Q(memberships=None) | Q(memberships__organisation__is_active=True)


def role_names(user: Person) -> frozenset[str]:
    """The names of the roles that `user` holds; one query per request, then remembered on the user."""
    if not user.is_authenticated:
        return frozenset()
    if not hasattr(user, "_role_names"):
        paused = Exists(user.memberships.all()) & ~Exists(user.memberships.filter(organisation__is_active=True))
        rows = list(user.groups.annotate(is_paused=paused).values_list("name", "is_paused"))
        user._is_paused = any(is_paused for _, is_paused in rows) and not user.is_superuser
        user._role_names = frozenset() if user._is_paused else ROLES.keys() & {name for name, _ in rows}
    return frozenset(user._role_names)


def is_paused(user: Person) -> bool:
    """Whether `user` holds roles, but acts only for inactive organisations; uses the query of `role_names`."""
    role_names(user)
    return bool(getattr(user, "_is_paused", False))


def allows(user: Person, ability: str) -> bool:
    """Whether `user` is active and holds a role with `ability`, or is a superuser."""
    if not user.is_active:
        return False
    return bool(user.is_superuser) or any(ability in ROLES[name] for name in role_names(user))


def holding(ability: str, user: Any) -> Exists:
    """For a query: whether `user`, an expression, is active and holds a role with `ability`, or is a superuser."""
    names = [name for name, abilities in ROLES.items() if ability in abilities]
    people = get_user_model()._default_manager.filter(pk=user, is_active=True)
    return Exists(people.filter(Q(is_superuser=True) | (Q(groups__name__in=names) & NOT_PAUSED)))


def standing(user: Any) -> Exists:
    """For a query: whether `user`, an expression, is active and acts for an active organisation, or for none."""
    people = get_user_model()._default_manager.filter(pk=user, is_active=True)
    return Exists(people.filter(Q(is_superuser=True) | NOT_PAUSED))


def make_groups(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Make a group for each role that has none, after migrations."""
    if Group._meta.db_table not in connections[using].introspection.table_names():
        return  # one app alone was migrated
    groups = Group.objects.using(using)
    missing = ROLES.keys() - set(groups.filter(name__in=ROLES).values_list("name", flat=True))
    groups.bulk_create([Group(name=name) for name in sorted(missing)], ignore_conflicts=True)


def grant(*, user: Person, role: str) -> None:
    """Give `user` a role; KeyError if there is no such role."""
    ROLES[role]
    group, _ = Group.objects.get_or_create(name=role)
    user.groups.add(group)
    user.__dict__.pop("_role_names", None)


def requires(ability: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Decorate a view: signed-in people without `ability` get 403. Anonymous ones never come this far."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not allows(request.user, ability):
                raise PermissionDenied(
                    f"Your role doesn't let you do this: {ability}. Ask an administrator for a role that does."
                )
            return view(request, *args, **kwargs)

        guarded.required_ability = ability  # type: ignore[attr-defined]
        return guarded

    return decorate
