"""Run as a program by the upgrade test, on an installation of its own: an older version's tables, filled, and read again.

Every table of ours gets rows through the models as the migrations of that time describe them, so this works for any time.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import django

OURS = ("monitoring", "classifier", "responder")
ROWS = 24
SINCE = datetime(2026, 1, 5, tzinfo=UTC)
SECRET = "rsp_" + "u" * 40
PASSWORD = "correct horse battery"
TEXT = "We need water in Beira, {n}: ponte caída, 🌊"
# What the rows must be for the product to mean something by them; the rest follows from the columns' kinds.
MEANT: dict[str, Any] = {
    "responder.Post.text": lambda n: TEXT.format(n=n),
    "responder.Post.state": lambda n: "accepted" if n % 4 == 0 else "classified",
    "responder.Post.category": lambda n: "requests_or_urgent_needs",
    "responder.Post.model_category": lambda n: "requests_or_urgent_needs",
    "responder.Post.group": lambda n: "needs",
    "responder.Post.severity": lambda n: 1 + n % 4,
    "responder.Post.band": lambda n: 1 + n % 5,
    "responder.Post.lang": lambda n: "en",  # what the model was not measured in was left to people later
    "responder.Post.radius_km": lambda n: 5.0 + n,  # exact positions were masked on the map later
    "responder.Post.lease_until": lambda n: None,
    "responder.Post.lease_owner": lambda n: "",
    "responder.Post.attempts": lambda n: 0,
    "responder.User.is_superuser": lambda n: n == 0,
    "responder.User.is_active": lambda n: True,
    "responder.ApiToken.digest": lambda n: hashlib.sha256(f"{SECRET}{n or ''}".encode()).hexdigest(),
    "responder.ApiToken.scopes": lambda n: ["predict", "read:posts"],
    "responder.ApiToken.expires_at": lambda n: None,
    "responder.ApiToken.revoked_at": lambda n: None,
    "responder.ApiToken.daily_quota": lambda n: None,
    "responder.Organisation.daily_quota": lambda n: None,
    "responder.IdempotencyRecord.body": lambda n: {"n": n},
}  # fmt: skip


def nodes(since: str) -> list[tuple[str, str]]:
    """The migrations to stand at: the `first` ever landed of each package, or all that do without responder's newest."""
    from django.db import connection

    from responder.database import Unsquashed

    graph = Unsquashed(connection).graph
    newest = max(name for package, name in graph.nodes if package == "responder")
    chosen = []
    for app in {app for app, _ in graph.nodes}:
        names = sorted(name for package, name in graph.nodes if package == app)
        if app in OURS and since == "first":
            names = names[:1]
        names = [name for name in names if ("responder", newest) not in graph.forwards_plan((app, name))]
        chosen.append((app, names[-1]))
    return chosen


def fill(since: str) -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from responder.database import Unsquashed

    executor = MigrationExecutor(connection)
    executor.loader = Unsquashed(connection)
    executor.migrate(nodes(since))
    apps = Unsquashed(connection).project_state(nodes(since)).apps
    for model in _in_order([one for app in OURS for one in apps.get_app_config(app).get_models()]):
        if model._meta.model_name != "auditevent":  # a chain, written by `record`
            for n in range(ROWS):
                _insert(model, n)
    partner = apps.get_model("auth", "Group").objects.create(name="partner")
    apps.get_model("responder", "User").objects.get(pk=1).groups.add(partner)
    _chain()
    print(json.dumps(held()))  # noqa: T201


def _insert(model: Any, n: int) -> None:
    """One row: with a third of its links empty, or with all set, or with none, whichever its constraints allow."""
    from django.db import IntegrityError, transaction

    for empty in (n % 3 == 0, False, True):
        with suppress(IntegrityError), transaction.atomic():
            model._base_manager.create(**{f.attname: _value(f, n, empty) for f in _columns(model)})
            return


def _chain() -> None:
    from monitoring import audit

    for n in range(ROWS):
        audit.record(actor="user:ana", action="old", object_type="post", object_id=str(n), detail={"n": n})


def _in_order(models: list[Any]) -> Iterator[Any]:
    """Each after those that its columns must point to."""
    left = list(models)
    while left:
        waiting = {one._meta.label for one in left}
        ready = [
            one for one in left if not {f.related_model._meta.label for f in _columns(one) if _must(f, one)} & waiting
        ]
        assert ready, waiting
        yield from ready
        left = [one for one in left if one not in ready]


def _must(field: Any, model: Any) -> bool:
    return bool(field.is_relation and not field.null and field.related_model._meta.label != model._meta.label)


def _columns(model: Any) -> list[Any]:
    return [field for field in model._meta.concrete_fields if "AutoField" not in field.get_internal_type()]


def _value(field: Any, n: int, empty: bool) -> Any:
    """A value that the column takes, another one for each row where the column must differ."""
    meant = MEANT.get(f"{field.model._meta.label}.{field.name}")
    if meant:
        return meant(n)
    if field.is_relation:
        return None if field.null and (empty or field.one_to_one) else _other(field, n)
    if field.has_default() and not field.unique and field.name != "password":
        return field.get_default()
    if field.choices:
        return field.choices[n % len(field.choices)][0]
    kinds: dict[str, Any] = {
        "DateTimeField": SINCE + timedelta(hours=n), "DateField": (SINCE + timedelta(days=n)).date(),
        "TimeField": (SINCE + timedelta(hours=n)).time(),
        "JSONField": {"n": n}, "BooleanField": n % 2 == 1, "FloatField": n / 8, "BinaryField": bytes([n, 0, 255]),
    }  # fmt: skip
    kind = field.get_internal_type()
    if kind in ("CharField", "TextField", "SlugField", "EmailField", "URLField"):
        return f"{n}-{field.name}-é"[: field.max_length or 200]
    return kinds.get(kind, n)


def _other(field: Any, n: int) -> Any:
    keys = list(field.related_model._base_manager.order_by("pk").values_list("pk", flat=True)[:ROWS])
    return keys[n % len(keys)] if keys else None


def held(columns: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """Table → number of rows, columns, SHA-256 of what these hold, in order; only `columns` where they are given."""
    from django.db import connection

    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor) if columns is None else columns
        for table in sorted(one for one in tables if one.split("_")[0] in OURS and "_fts" not in one):
            described = connection.introspection.get_table_description(cursor, table)
            names = columns[table] if columns else sorted(one.name for one in described)
            chosen = ", ".join(map(connection.ops.quote_name, names))
            cursor.execute(f"SELECT {chosen} FROM {connection.ops.quote_name(table)}")
            rows = sorted(repr(row) for row in cursor.fetchall())
            digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
            found[table] = {"rows": len(rows), "columns": names, "sha256": digest}
    return found


if __name__ == "__main__":
    django.setup()
    if sys.argv[1] == "fill":
        fill(sys.argv[2])
    else:
        before = json.loads(sys.stdin.read())
        print(json.dumps(held({table: one["columns"] for table, one in before.items()})))  # noqa: T201
