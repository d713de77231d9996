"""System checks of our own, which `responder check --database default` and `responder migrate` run."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import Group
from django.core.checks import CheckMessage, Warning
from django.db import connections

from responder import roles


def unknown_groups(databases: Sequence[str] | None = None, **_more: Any) -> list[CheckMessage]:
    """A warning where groups exist that are no role: whoever is in them can do nothing by it."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        if Group._meta.db_table not in connections[alias].introspection.table_names():
            continue  # before the first migration
        if names := roles.unknown_groups(alias):
            found.append(Warning(
                f"These groups are not roles and give nobody any permission: {', '.join(names)}.",
                hint=f"Rename or delete them. The roles are: {', '.join(roles.ROLES)}.",
                id="responder.W001",
            ))  # fmt: skip
    return found
