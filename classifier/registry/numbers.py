"""The next free number of a model's versions, where the place that keeps them gives none safely.

Azure ML's own numbering gives four callers at once the same number: a row of the database decides instead.
"""

from django.db import transaction

from classifier.models import VersionCounter


@transaction.atomic
def allocate(*, name: str, taken: int) -> int:
    """A number above `taken` and above any that was given before; a different one for each caller."""
    VersionCounter.objects.get_or_create(name=name)
    counter = VersionCounter.objects.select_for_update(no_key=True).get(name=name)
    counter.last = max(counter.last, taken) + 1
    counter.save(update_fields=["last"])
    return counter.last
