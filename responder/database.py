"""The database: its tables brought up to date, its connections shared by threads of the web process, room to count."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

POOL = {"min_size": 1, "max_size": 8, "timeout": 10}
SQLITE_SUFFIXES = ("-wal", "-shm", "-journal")
STATEMENT_S = 60  # a request's longest statement; of one that takes longer, nobody waits for the answer any more


def pool_connections() -> None:
    """Let this process's threads share connections to PostgreSQL, instead of opening one for each request.

    Each statement has a time limit, too: there are few connections, and one that a slow query keeps serves nobody else.

    For the web process alone. Others fork, which a pool and its threads do not survive, or keep a thread and with it
    a connection for hours, which would use up the pool.
    """
    for alias in connections:
        database = connections.settings[alias]
        if database["ENGINE"] == "django.db.backends.postgresql":
            options = database["OPTIONS"]
            options["pool"] = POOL
            options["options"] = f"{options.get('options', '')} -c statement_timeout={STATEMENT_S}s".strip()


def prepare() -> None:
    """Apply pending migrations on SQLite; elsewhere ask the operator to. Raises CommandError."""
    if connection.vendor == "sqlite":
        call_command("migrate", verbosity=0, interactive=False)
    elif pending():
        raise CommandError("The database has pending migrations: run `responder migrate` first.", returncode=2)


def pending() -> bool:
    """Whether any migration has not been applied."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


class Unsquashed(MigrationLoader):
    """Loads migrations without the squashed ones that replace others, as if each of those were applied in part."""

    def build_graph(self) -> None:
        self.replace_migrations = False
        super().build_graph()
        for key, migration in self.replacements.items():
            self.graph.remove_replacement_node(key, list(migration.replaces))
        self.replacements = {}


def known_migrations(loader: MigrationLoader) -> set[tuple[str, str]]:
    """Package and name of each migration of this version, and of each that a squashed one replaces."""
    migrations = loader.disk_migrations or {}
    return {*migrations, *(replaced for migration in migrations.values() for replaced in migration.replaces)}


def sqlite_files() -> tuple[Path, ...]:
    """The database's file and those that SQLite keeps beside it; none on PostgreSQL, or in memory."""
    if connection.vendor != "sqlite" or not isinstance(connection.settings_dict["NAME"], Path):
        return ()
    path: Path = connection.settings_dict["NAME"]
    return (path, *(path.with_name(path.name + suffix) for suffix in SQLITE_SUFFIXES))


@contextmanager
def room_to_count() -> Iterator[None]:
    """Memory for a query that counts many rows by expressions.

    PostgreSQL cannot guess how many values an expression has: it expects as many groups as rows, and with its usual
    4 MB sorts 100,000 rows on disk (141 ms) where it could count a few hundred groups in memory (89 ms).
    """
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")
        yield
