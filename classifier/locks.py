"""Locks of the database that last until a transaction ends, and the one order in which all of the product takes them.

Two transactions that take the same locks in another order wait for each other for ever, until PostgreSQL ends one of
them. So each takes what it needs of these in this order, and rows of one table by their ids:

1. `one_at_a_time`: a limit, or work that must not happen twice
2. the row of a feed, then its source (`responder.feeds.ingest.one_writer`)
3. incidents of an event (`responder.incidents.base.locked`), events by their ids
4. posts; those that a decision takes along are left out where they are locked (SKIP LOCKED), and so never waited for
5. what belongs to posts or stands alone: suggestions, incidents, label tasks, alerts, tokens, versions of the model,
   runs, webhooks and then their deliveries
6. the audit chain, by `monitoring.audit.atomic`, at the transaction's end

Rows are locked FOR NO KEY UPDATE (`no_key=True`), which lets others refer to them; whoever deletes a row locks it
FOR UPDATE before it touches what belongs to it, and whoever refers to a row that can be deleted asks `kept` first.
SQLite lets one writer in at a time (IMMEDIATE). Why: docs/adr/0018-one-order-of-locks.md.
"""

import zlib
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.transaction import TransactionManagementError

CLASS = 7_201_121  # of PostgreSQL's advisory locks; their number within it is a hash of what is locked


def one_at_a_time(what: str, key: object = "") -> None:
    """Wait until no other transaction does `what` for the same `key`; what it stored is seen afterwards.

    Whoever counts and then inserts calls it before counting: two requests at once count each other.

    Arguments:
        what: such as `webhooks`.
        key: such as the owner's id, where each owner has a limit.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("A lock lasts until a transaction ends: there is none.")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            number = zlib.crc32(f"{what}:{key}".encode()) >> 1
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [CLASS, number])


def rows(found: QuerySet[Any]) -> None:
    """Lock the rows for a change, by their ids; nobody need read them."""
    if connection.features.has_select_for_update:
        list(found.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))


def kept(found: QuerySet[Any]) -> list[int]:
    """Ids of the rows, none of which is deleted before the transaction ends; others may change them meanwhile.

    Whoever stores something that refers to a row asks first: else the row might go in between, and the database refuses
    the whole transaction at its end.

    Arguments:
        found: rows of one table, without others joined to it.
    """
    ids = found.order_by("pk").values_list("pk", flat=True)
    if connection.vendor != "postgresql":
        return list(ids)
    try:
        sql, parameters = ids.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} FOR KEY SHARE", parameters)  # Django has no word for it
        return [pk for (pk,) in cursor.fetchall()]
