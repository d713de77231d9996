"""One file for each package makes what its old migrations make, and any database in between goes on."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, migrations, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from responder.backup import sqlite, work
from responder.database import Unsquashed, known_migrations
from responder.errors import Invalid
from tests import migrated
from tests.migration_steps import OURS
from tests.services import running_postgres

Key = tuple[str, str]
LAST = {"responder": "0051_labelling_keys", "classifier": "0009_labels_and_schemas", "monitoring": "0003_wording"}
SQUASHED = {
    ("responder", "0001_squashed_0051_labelling_keys"),
    ("classifier", "0002_squashed_0009_labels_and_schemas"),
    ("monitoring", "0001_squashed_0003_wording"),
}
# The indexes by SQL that no state of models knows.
BY_SQL = {
    "sqlite": {f"responder_postwords_{end}" for end in ("fts", "ai", "ad", "au")},
    "postgresql": {"responder_postwords_gin"},
}


def _plan(loader: MigrationLoader, *first: Key) -> list[Key]:
    """All migrations in the order of `migrate`, but with `first` and what it needs before the others."""
    plan: dict[Key, None] = {}
    for leaf in (*first, *loader.graph.leaf_nodes()):
        plan |= dict.fromkeys(loader.graph.forwards_plan(leaf))
    return list(plan)


def _state(loader: MigrationLoader) -> ProjectState:
    return loader.project_state(loader.graph.leaf_nodes())


def _columns(state: ProjectState) -> dict[Key, list[str]]:
    return {key: list(model.fields) for key, model in state.models.items()}


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> dict[Key, None]:
    """What the database says it has, for loaders that are made after it was changed."""
    says: dict[Key, None] = {}
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda _: dict(says))
    return says


def test_a_new_database_runs_the_squashed_ones_alone(applied: dict[Key, None]) -> None:
    plan = _plan(MigrationLoader(connection))
    replaced = {key for one in SQUASHED for key in MigrationLoader(None).disk_migrations[one].replaces}  # type: ignore[index]
    assert set(plan) >= SQUASHED and not set(plan) & replaced
    last = {app: max(name for package, name in replaced if package == app) for app in OURS}
    assert last == LAST
    assert ("classifier", "0001_initial") in plan  # `responder` refers to it, and the rest of `classifier` to people


def test_models_are_the_same_and_their_columns_in_the_same_order() -> None:
    old, new = _state(Unsquashed(None)), _state(MigrationLoader(None))
    assert old == new
    assert _columns(old) == _columns(new)


@pytest.mark.parametrize("first", [(), (("responder", LAST["responder"]),)])
def test_wherever_a_database_stopped_it_goes_on(first: tuple[Key, ...], applied: dict[Key, None], db: None) -> None:
    """After each of the old migrations: what is left to apply is what it lacks, and ends with the same models."""
    whole, rest = _state(MigrationLoader(None)), _plan(Unsquashed(None), *first)
    while rest:
        applied[rest.pop(0)] = None
        if rest and rest[0][0] not in OURS:
            continue
        loader = MigrationLoader(connection)
        loader.check_consistent_history(connection)
        left = [key for key in _plan(loader) if key not in loader.applied_migrations]
        unwound = {old for key in left for old in (loader.disk_migrations[key].replaces or [key])}  # type: ignore[index]
        assert unwound == set(rest), list(applied)[-1]
        assert _state(loader) == whole, list(applied)[-1]
    assert not left and set(loader.applied_migrations) >= SQUASHED


class WithNext(MigrationLoader):
    """As if migrations stood on top of the replaced ones, and named those."""

    def load_disk(self) -> None:
        super().load_disk()
        for app, last in LAST.items():
            operation = migrations.AddField("postwords", "next", models.IntegerField(null=True))
            one = migrations.Migration("9999_next", app)
            since = {name for package, name in self.disk_migrations if package == app and name > last}  # type: ignore[union-attr]
            one.dependencies = [(app, name) for name in sorted({last, *since})]
            one.operations = [operation] if app == "responder" else []
            self.disk_migrations[app, "9999_next"] = one  # type: ignore[index]


@pytest.mark.parametrize("share", ["none", "some", "all"])
def test_a_migration_on_top_may_depend_on_a_replaced_one(share: str, applied: dict[Key, None]) -> None:
    old = _plan(Unsquashed(None))
    applied |= dict.fromkeys(old[: {"none": 0, "some": len(old) // 2, "all": len(old)}[share]])
    loader = WithNext(connection)
    for app, last in LAST.items():
        before = loader.graph.forwards_plan((app, "9999_next"))[:-1]
        assert ({(app, last)} if share == "some" and app == "responder" else SQUASHED) & {*before}, app
        assert (app, "9999_next") in loader.graph.leaf_nodes()
    assert "next" in _state(loader).models["responder", "postwords"].fields


def test_models_need_no_further_migration(db: None) -> None:
    said = io.StringIO()
    call_command("makemigrations", *OURS, "--check", "--dry-run", stdout=said)
    assert "No changes detected" in said.getvalue()


def test_a_new_database_records_what_was_replaced(db: None) -> None:
    applied = set(MigrationRecorder(connection).applied_migrations())
    assert applied >= {*SQUASHED, *_plan(Unsquashed(None))}
    executor = MigrationExecutor(connection)
    assert not executor.migration_plan(executor.loader.graph.leaf_nodes())


@pytest.mark.parametrize("last", ["0001_initial", "0002_shortcuts", "0015_webhooks", "0030_import_jobs", ""])
def test_a_backup_may_hold_the_tables_of_old_migrations_and_no_others(last: str) -> None:
    """That of a database which was never migrated again after they were squashed, too."""
    loader = Unsquashed(None)
    names = [key for key in _plan(loader) if not (last and key[0] == "responder" and key[1] > last)]
    manifest = [f"{app}.{name}" for app, name in names]
    expected = loader.project_state(names).apps.get_models(include_auto_created=True)
    assert sqlite._tables(manifest) == {model._meta.db_table for model in expected} | {"django_migrations"}
    assert ("responder_importjob" in sqlite._tables(manifest)) == (not last or last >= "0030")
    work._refuse_what_does_not_fit({"vendor": connection.vendor, "migrations": manifest})


def test_a_backup_of_this_version_holds_the_same_tables() -> None:
    with closing(sqlite.connect(migrated.database())) as copy:
        names = [row[0] for row in copy.execute("SELECT app || '.' || name FROM django_migrations")]
    old = [f"{app}.{name}" for app, name in _plan(Unsquashed(None))]
    assert {f"{app}.{name}" for app, name in SQUASHED} < set(names)
    assert sqlite._tables(names) == sqlite._tables(old)
    sqlite.require_ours(migrated.database(), sorted(names))


def test_a_backup_names_replaced_migrations_whose_files_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    loader = MigrationLoader(None)
    disk = loader.disk_migrations or {}
    gone = {key for one in SQUASHED for key in disk[one].replaces}
    loader.disk_migrations = {key: one for key, one in disk.items() if key not in gone}
    assert known_migrations(loader) == set(disk)
    monkeypatch.setattr(work, "MigrationLoader", lambda _: loader)
    names = [f"{app}.{name}" for app, name in sorted(gone)]
    work._refuse_what_does_not_fit({"vendor": connection.vendor, "migrations": names})
    with pytest.raises(Invalid, match=r"knows responder\.9999_next"):
        work._refuse_what_does_not_fit(
            {"vendor": connection.vendor, "migrations": [*names, "responder.9999_next"], "product": "9"}
        )


@dataclass
class Databases:
    """New databases of one vendor, one for each chain of steps."""

    vendor: str
    folder: Path
    server: str

    def run(self, name: str, *steps: str) -> list[Any]:
        (self.folder / name).mkdir()
        address = ""
        if self.server:
            with psycopg.connect(self.server, autocommit=True) as session:
                session.execute(f'CREATE DATABASE "{name}"')
            address = f"{self.server.rpartition('/')[0]}/{name}"
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("RESPONDER_", "DJANGO_"))}
        ran = subprocess.run(
            [sys.executable, "-m", "tests.migration_steps", *steps],
            cwd=migrated.ROOT, capture_output=True, text=True, timeout=600, check=False,
            env=kept | {
                "RESPONDER_DATA_DIR": str(self.folder / name), "DATABASE_URL": address, "REDIS_URL": "", "PYTHONPATH": str(migrated.ROOT),
                "DJANGO_SETTINGS_MODULE": "responder.settings",
            },
        )  # fmt: skip
        assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
        return json.loads(ran.stdout.splitlines()[-1])  # type: ignore[no-any-return]


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    with ExitStack() as stack:
        server = stack.enter_context(running_postgres()) if request.param == "postgresql" else ""
        yield Databases(request.param, tmp_path, server)


def _differences(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Thing → what only one of the two has; whole schemas are too long to read."""
    different = {}
    for key in found.keys() | expected.keys():
        one, other = found.get(key), expected.get(key)
        if one != other:
            lists = isinstance(one, list) and isinstance(other, list)
            different[key] = (
                ([row for row in one if row not in other], [row for row in other if row not in one])  # type: ignore[union-attr,operator]
                if lists
                else (one, other)
            )
    return different


@pytest.mark.slow
def test_every_way_to_this_version_makes_the_same_database(databases: Databases, tmp_path: Path) -> None:
    *_, recorded, new = databases.run("new", "migrate", "recorded", "schema")
    assert set(recorded) >= {f"{app}.{name}" for app, name in SQUASHED}
    assert all(name in json.dumps(new) for name in BY_SQL[databases.vendor])

    kept = tmp_path / "whole.tar.gz"
    applied, _, _, restored, pending, _, recorded, old = databases.run(
        "old", "old", f"backup={kept}", f"restore={kept}", "recorded", "pending", "migrate", "recorded", "schema",
    )  # fmt: skip
    squashed = {f"{app}.{name}" for app, name in SQUASHED}
    assert not set(applied) & squashed and restored == applied
    assert not pending and set(recorded) == set(applied) | squashed
    _same(_without_audit(old), _without_audit(new))

    kept = tmp_path / "part.tar.gz"
    stop = "old=responder.0030_import_jobs,classifier.0006_wording,monitoring.0002_reports"
    applied, _, _, restored, pending, _, still, part = databases.run(
        "part", stop, f"backup={kept}", f"restore={kept}", "recorded", "pending", "migrate", "pending", "schema",
    )  # fmt: skip
    assert "responder.0031_corrections" not in applied and restored == applied
    assert pending and not still
    _same(_without_audit(part), _without_audit(new))


# PostgreSQL prints a list of texts in a condition in another way once it was dumped and restored.
PRINTED = re.compile(r"::(?:character varying|text)(?:\[\])?|[()]")


def _same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    one, other = (
        schema | {"indexes": [[*row[:-1], PRINTED.sub("", row[-1])] for row in schema.get("indexes", [])]}
        for schema in (found, expected)
    )
    different = _differences(one, other)
    assert not different, json.dumps(different, indent=1)[:6000]


def _without_audit(schema: dict[str, Any]) -> dict[str, Any]:
    """A backup and a restore are events of the audit log."""
    return {key: value for key, value in schema.items() if key != "rows of monitoring_auditevent"}
