"""Run as a program by the tests of squashed migrations, on a database of its own: steps, and what was found, as JSON.

python -m tests.migration_steps old=responder.0030_import_jobs pending migrate schema
"""

import json
import re
import sys
from typing import Any

import django
from django.core.management import call_command

OURS = ("responder", "classifier", "monitoring")
POSTGRESQL = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity::text,
               co.collname, pg_get_expr(d.adbin, d.adrelid)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_collation co ON co.oid = a.attcollation
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm') AND a.attnum > 0
          AND NOT a.attisdropped ORDER BY c.relname, a.attname""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), condeferrable, condeferred, convalidated
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
    "triggers": "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
    "sequences": """
        SELECT sequencename, data_type::text, start_value, increment_by FROM pg_sequences
        WHERE schemaname = 'public' ORDER BY 1""",
    "functions": "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
    "extensions": "SELECT extname FROM pg_extension ORDER BY 1",
}
# What `migrate` writes into a new database, without ids, which follow the order of packages.
ROWS = {
    "groups": "SELECT name FROM auth_group ORDER BY 1",
    "content types": "SELECT app_label, model FROM django_content_type ORDER BY 1, 2",
    "permissions": """
        SELECT app_label, model, codename, name FROM auth_permission p
        JOIN django_content_type t ON t.id = p.content_type_id ORDER BY 1, 2, 3""",
}


def old(stop: str = "") -> list[str]:
    """Apply the migrations as they were before they were squashed: all, or of our packages those up to `stop`.

    Arguments:
        stop: "package.name", several with commas between them; the package's last one where it is not named.
    """
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from responder.database import Unsquashed

    executor = MigrationExecutor(connection)
    executor.loader = Unsquashed(connection)
    stops = dict(one.split(".") for one in stop.split(",") if one)
    executor.migrate([(app, stops.get(app, name)) for app, name in executor.loader.graph.leaf_nodes()])
    return recorded()


def recorded() -> list[str]:
    """Our migrations that the database says it has."""
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations() if app in OURS)


def pending() -> bool:
    from responder import database

    return database.pending()


def migrate() -> None:
    call_command("migrate", verbosity=0, interactive=False)


def backup(path: str) -> None:
    call_command("backup", path)


def restore(path: str) -> None:
    call_command("restore", path, "--replace")


def schema() -> dict[str, Any]:
    """All that the database holds besides its migrations, in a form that is compared."""
    from django.db import connection

    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for name, query in (POSTGRESQL if connection.vendor == "postgresql" else {}).items():
            cursor.execute(query)
            found[name] = [list(row) for row in cursor.fetchall()]
        if connection.vendor == "sqlite":
            cursor.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 1, 2")
            for kind, name, table, sql in cursor.fetchall():
                found[f"{kind} {name} on {table}"] = (
                    _parts(sql or "") if kind == "table" else " ".join((sql or "").split())
                )
        for name, query in ROWS.items():
            cursor.execute(query)
            found[name] = [list(row) for row in cursor.fetchall()]
        tables = [one for one in connection.introspection.table_names(cursor) if one != "django_migrations"]
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            found[f"rows of {table}"] = cursor.fetchone()[0]
    return found


def _parts(sql: str) -> dict[str, Any]:
    """A table's columns and constraints in no order: where SQLite copies a table to add a column, that comes first."""
    head, _, body = sql.partition("(")
    body, _, tail = body.rpartition(")")
    parts, part, depth = [], "", 0
    for word in re.split(r"([(),])", body):
        depth += (word == "(") - (word == ")")
        if word == "," and not depth:
            parts.append(" ".join(part.split()))
            part = ""
        else:
            part += word
    parts.append(" ".join(part.split()))
    return {"head": head, "tail": tail, "parts": sorted(parts)}


if __name__ == "__main__":
    django.setup()
    results = []
    for step in sys.argv[1:]:
        action, _, argument = step.partition("=")
        results.append(globals()[action](*([argument] if argument else [])))
    sys.stdout.write("\n" + json.dumps(results))
