"""Bringing the database's tables up to date: by itself on the embedded default, on demand elsewhere."""

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def prepare() -> None:
    """Apply pending migrations on embedded SQLite; elsewhere ask the operator to. Raises CommandError."""
    if settings.ENVIRONMENT.database_url is None:
        call_command("migrate", verbosity=0, interactive=False)
    elif pending():
        raise CommandError("The database has pending migrations: run `responder migrate` first.", returncode=2)


def pending() -> bool:
    """Whether any migration has not been applied."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
