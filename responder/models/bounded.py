"""Columns whose stored values are checked when they are read, so that an invalid row breaks no page.

What is written is bounded at the door; this is for rows that came another way, such as a broken restore. A value
outside the bounds is read as if there were none. Migrations see Django's own fields, since the columns are the same.
"""

import math
from typing import Any

from django.db import models

MOST_KM = 20_100  # half way round the Earth


class BoundedFloatField(models.FloatField):
    """A FloatField that reads values outside `least` and `most`, and NaN, as None."""

    def __init__(self, *args: Any, least: float = -math.inf, most: float = math.inf, **kwargs: Any) -> None:
        self.least, self.most = least, most
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: float | None, expression: Any, connection: Any) -> float | None:
        sound = value is not None and math.isfinite(value) and self.least <= value <= self.most
        return value if sound else None

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.FloatField", args, kwargs


class TextListField(models.JSONField):
    """A JSONField that is read as a list of texts; what else it holds is left out."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> list[str]:
        found = super().from_db_value(value, expression, connection)
        return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


class SharesField(models.JSONField):
    """A JSONField that is read as a mapping of names to numbers from 0 to 1; what else it holds is left out."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> dict[str, float]:
        found = super().from_db_value(value, expression, connection)
        return {name: share for name, share in found.items() if _is_share(share)} if isinstance(found, dict) else {}

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


class TextsField(models.JSONField):
    """A JSONField that is read as a mapping of names to texts; what else it holds is left out."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> dict[str, str]:
        found = super().from_db_value(value, expression, connection)
        return {name: text for name, text in found.items() if isinstance(text, str)} if isinstance(found, dict) else {}

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
