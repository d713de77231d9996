"""Allocation of version numbers in the database, for registries that can't do it safely.

Azure ML's own numbering gives the same number to four concurrent callers, so a database row decides instead.
"""

from django.db import transaction

from classifier.models import VersionCounter


@transaction.atomic
def allocate(*, name: str, taken: int) -> int:
    """A number above `taken` and above any that was allocated before; a different one for each caller."""
    VersionCounter.objects.get_or_create(name=name)
    counter = VersionCounter.objects.select_for_update(no_key=True).get(name=name)
    counter.last = max(counter.last, taken) + 1
    counter.save(update_fields=["last"])
    return counter.last
