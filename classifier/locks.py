"""Database locks that last until a transaction ends, and the one order in which the whole product takes them.

Two transactions that take the same locks in different orders deadlock, and PostgreSQL aborts one of them. So each
transaction takes the locks that it needs in this order, and rows of one table by their ids:

1. `one_at_a_time`: a limit, or work that must not be done twice
2. the row of a feed, then its source (`responder.feeds.ingest.one_writer`)
3. incidents of an event (`responder.incidents.base.locked`), events by their ids
4. posts; further posts of a decision are skipped if they are locked (SKIP LOCKED), so nothing waits for them
5. dependents of posts, and others: suggestions, incidents, label tasks, alerts, tokens, versions of the model,
   runs, webhooks and then their deliveries
6. the audit chain, by `monitoring.audit.atomic`, at the transaction's end

Rows are locked FOR NO KEY UPDATE (`no_key=True`), which allows others to reference them. Code that deletes a row locks
it FOR UPDATE before it changes dependent rows, and code that references a deletable row calls `kept` first. SQLite
allows one writer at a time (IMMEDIATE). The reasons are in docs/adr/0018-one-order-of-locks.md.
"""

import zlib
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.transaction import TransactionManagementError

CLASS = 7_201_121  # class of PostgreSQL's advisory locks; the number within it is a hash of `what` and `key`


def one_at_a_time(what: str, key: object = "") -> None:
    """Wait until no other transaction does `what` for the same `key`. Its changes are visible afterwards.

    Code that counts rows and then inserts one calls it before counting; otherwise two concurrent requests could both
    stay under the limit.

    Arguments:
        what: such as `webhooks`.
        key: such as the owner's id, if each owner has a limit.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("A lock lasts until a transaction ends: there is none.")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            number = zlib.crc32(f"{what}:{key}".encode()) >> 1
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [CLASS, number])


def rows(found: QuerySet[Any]) -> None:
    """Lock the rows for a change, ordered by id, without loading them."""
    if connection.features.has_select_for_update:
        list(found.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))


def kept(found: QuerySet[Any]) -> list[int]:
    """Ids of those rows that no transaction can delete before this one ends. Others may still change them.

    Code that stores a reference to a row calls this first: otherwise the row could be deleted in between, and the
    database would reject the whole transaction at its end.

    Arguments:
        found: rows of one table, without joins.
    """
    ids = found.order_by("pk").values_list("pk", flat=True)
    if connection.vendor != "postgresql":
        return list(ids)
    try:
        sql, parameters = ids.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} FOR KEY SHARE", parameters)  # Django has no method for it
        return [pk for (pk,) in cursor.fetchall()]
