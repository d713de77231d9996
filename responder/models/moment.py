"""A DateTimeField that clamps stored times to a range that is safe to calculate with."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from classifier import clock, time_bounds

PLANNED = timedelta(days=366)  # an exercise is prepared long before it begins


def plannable(moment: datetime) -> None:
    """Raise ValidationError for an implausible time: before 2000, or more than a year ahead."""
    if not time_bounds.EARLIEST <= moment <= clock.now() + PLANNED:
        raise ValidationError(_("Enter a time between the year 2000 and one year from now."))


class MomentField(models.DateTimeField):
    """A DateTimeField that reads impossible times as bounded ones, so that a row of the year 1 or 9999 breaks no page.

    Rows that are written are bounded at the door; this is for those that came another way.
    """

    default_validators = [plannable]

    def from_db_value(self, value: datetime | None, expression: Any, connection: Any) -> datetime | None:
        return None if value is None else time_bounds.clamped(value)

    def deconstruct(self) -> Any:
        """The deconstruction of a DateTimeField: the column is the same, so migrations don't change."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateTimeField", args, kwargs
