"""Permission to approve models for production: members of this group, and superusers."""

from typing import Any

from django.utils.translation import gettext as _

from classifier.errors import NotAllowed

GROUP = "approver"


def may_approve(person: Any) -> bool:
    """Whether `person`, a user, is active and has the role."""
    if not getattr(person, "is_active", False) or not person.is_authenticated:
        return False
    return bool(person.is_superuser) or person.groups.filter(name=GROUP).exists()


def require(person: Any) -> None:
    """Raise NotAllowed if the person may not approve."""
    if not may_approve(person):
        raise NotAllowed(_("Only a person with the role “approver” can do this. Ask an administrator for the role."))
