"""Names in the reader's language, for templates."""

from collections.abc import Iterable

from django import template

from responder import terms

register = template.Library()


@register.filter
def role_label(name: str) -> str:
    """The name of a role, as it stands within a sentence."""
    return terms.role(name)


@register.filter
def role_labels(names: Iterable[str]) -> str:
    """The names of roles, separated by commas."""
    return ", ".join(terms.role(name) for name in names)
