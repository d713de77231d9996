"""Django's system check for groups that are no roles: whoever is in one expects rights that it doesn't give."""

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.db import Error

from responder import roles
from responder.accounts import people


def register() -> None:
    """Register the check; called once, when the site starts. It runs with `check --database default`."""
    checks.register(groups_are_roles, checks.Tags.database)


def groups_are_roles(databases: Sequence[str] | None = None, **_more: Any) -> list[checks.CheckMessage]:
    """A warning for each group in the database that is not a role."""
    if not databases:
        return []
    try:
        unknown = people.unknown_groups()
    except Error:  # not migrated yet
        return []
    known = ", ".join(roles.ROLES)
    return [
        checks.Warning(
            f"The group “{name}” is not a role, so it allows nothing.",
            hint=f"Roles are: {known}. Give the people in it one of them on the page People.",
            id="responder.W001",
        )
        for name in unknown
    ]
