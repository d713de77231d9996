"""Many rows in one statement. PostgreSQL gets them as one JSON parameter, several times cheaper than a parameter a value.

Elsewhere Django's own bulk operations do the same.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models

AT_ONCE = 500


def insert(
    rows: Sequence[models.Model],
    *,
    ignore: bool = False,
    unique: Sequence[str] = (),
    replace: Sequence[str] = (),
) -> None:
    """Insert unsaved rows of one model, without setting their ids.

    Arguments:
        ignore: leave rows as they are that are there already.
        unique, replace: names of the fields that say which row is there already, and of those that it gets anew.
    """
    if not rows:
        return
    model = type(rows[0])
    if connection.vendor != "postgresql":
        conflicts = (
            {"update_conflicts": True, "unique_fields": unique, "update_fields": replace}
            if replace else {"ignore_conflicts": ignore}
        )  # fmt: skip
        model._default_manager.bulk_create(rows, batch_size=AT_ONCE, **conflicts)  # type: ignore[arg-type]
        return
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    names = ", ".join(_quoted(field.column) for field in fields)
    sql = f"INSERT INTO {_table(model)} ({names}) SELECT {names} FROM {_rows(model)}"  # noqa: S608  names of our own columns
    if replace:
        changes = ", ".join(f"{column} = EXCLUDED.{column}" for column in _columns(model, replace))
        sql += f" ON CONFLICT ({', '.join(_columns(model, unique))}) DO UPDATE SET {changes}"
    elif ignore:
        sql += " ON CONFLICT DO NOTHING"
    _run(sql, fields, rows)


def update(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Update these fields of existing rows."""
    if not rows:
        return
    model = type(rows[0])
    if connection.vendor != "postgresql":
        # An upsert: the CASE lists of bulk_update are many times slower.
        model._default_manager.bulk_create(
            rows, update_conflicts=True, unique_fields=["pk"], update_fields=names, batch_size=AT_ONCE
        )
        return
    key = model._meta.pk
    assert key
    changes = ", ".join(f"{column} = fresh.{column}" for column in _columns(model, names))
    same = f"old.{_quoted(key.column)} = fresh.{_quoted(key.column)}"
    sql = f"UPDATE {_table(model)} AS old SET {changes} FROM {_rows(model)} AS fresh WHERE {same}"  # noqa: S608  ditto
    _run(sql, [key, *(model._meta.get_field(name) for name in names)], rows)


def _run(sql: str, fields: Sequence[Any], rows: Sequence[models.Model]) -> None:
    pairs = [(field.column, field.attname) for field in fields]
    content = [{column: getattr(row, name) for column, name in pairs} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(sql, [json.dumps(content, default=_plain, ensure_ascii=False)])


def _rows(model: type[models.Model]) -> str:
    return f"json_populate_recordset(NULL::{_table(model)}, %s)"


def _columns(model: type[models.Model], names: Sequence[str]) -> list[str]:
    return [_quoted(model._meta.get_field(name).column) for name in names]  # type: ignore[union-attr, arg-type]


def _table(model: type[models.Model]) -> str:
    return _quoted(model._meta.db_table)


def _quoted(name: str | None) -> str:
    assert name
    return connection.ops.quote_name(name)


def _plain(value: object) -> str:
    """The value in the form that PostgreSQL reads from JSON."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"{type(value).__name__} cannot be written in bulk")
