"""References of events: short, unique, and unchanged for the life of an event."""

from django.utils.text import slugify
from django.utils.translation import gettext as _

from responder.errors import Invalid
from responder.models import Event

REF_LIMIT = 64


def unused(name: str) -> str:
    """Return an unused reference for a new event of this name."""
    base = slugify(name)[: REF_LIMIT - 5].strip("-_") or "event"
    taken = set(Event.objects.filter(ref__startswith=base).values_list("ref", flat=True))
    return next(ref for ref in (base, *(f"{base}-{n}" for n in range(2, 10_000))) if ref not in taken)


def chosen(text: str) -> str:
    """Return the reference that a person typed; empty if none. Raises Invalid for a bad one, or one that is taken."""
    ref = text.strip().lower()
    if not ref:
        return ""
    if len(ref) > REF_LIMIT or slugify(ref) != ref:
        raise Invalid(_("Use only letters a to z, digits and hyphens, at most %(most)d.") % {"most": REF_LIMIT})
    if Event.objects.filter(ref=ref).exists():
        raise Invalid(_("Another event has this reference. Choose a different one."))
    return ref
