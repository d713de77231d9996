"""Checks of what Responder connects to: database, Redis, mail; and whether their clocks agree with ours."""

import smtplib
import time
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from responder.database import known_migrations
from responder.doctor.findings import Check, State

Found = Iterator[tuple[State, str, str]]
OLDEST_POSTGRESQL = 14
TIMEOUT_S = 3.0
CLOCK_WARNING_S, CLOCK_FAILED_S = 2.0, 60.0
BUILT_AT = 1_767_225_600  # 2026-01-01: a clock before it is wrong


def check_database() -> Found:
    """Check that the database answers and is new enough."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            version = _version(cursor)
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        yield "failed", f"The database can't be used: {_line(error)}", "Start it, or correct DATABASE_URL."
        return
    name = "SQLite" if connection.vendor == "sqlite" else "PostgreSQL"
    if connection.vendor == "postgresql" and version < (OLDEST_POSTGRESQL,):
        yield "failed", f"PostgreSQL {_dotted(version)} is too old.", f"Upgrade it to {OLDEST_POSTGRESQL} or newer."
        return
    yield "ok", f"{name} {_dotted(version)} answers.", ""


def check_migrations() -> Found:
    """Check that the tables are those of this version."""
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    known = known_migrations(executor.loader)
    newer = [f"{app}.{name}" for app, name in executor.loader.applied_migrations if (app, name) not in known]
    ours = sorted(name for name in newer if name.split(".")[0] in ("responder", "classifier", "monitoring"))
    if pending:
        yield "failed", f"Migrations that have not been applied: {len(pending)}.", "Run: responder migrate"
    elif ours:
        yield "warning", f"The database is of a newer version ({ours[-1]}).", "Upgrade Responder on this machine."
    else:
        yield "ok", "All migrations are applied.", ""


def check_writes() -> Found:
    """Check that the database accepts writes: it is not a standby, its disk is not full, and nobody holds its lock."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL lock_timeout = '3s'")
            cursor.execute("UPDATE django_migrations SET app = app WHERE id = (SELECT max(id) FROM django_migrations)")
            transaction.set_rollback(True)
    except DatabaseError as error:
        yield (
            "failed",
            f"The database refuses writes: {_line(error)}",
            "Check its disk, its permissions, and whether it is a standby server.",
        )
        return
    yield "ok", "The database takes writes.", ""


def check_redis() -> Found:
    """Check that Redis answers and accepts writes."""
    from redis.exceptions import RedisError

    try:
        with _redis() as client:
            client.set("responder:doctor", 1, ex=5)
            info = client.info()
    except (RedisError, OSError) as error:
        if settings.EMBEDDED_REDIS:
            yield "warning", "The embedded Redis is not running.", "Start `responder up`: it starts Redis too."
        else:
            yield "failed", f"Redis can't be used: {_line(error)}", "Start it, or correct REDIS_URL."
        return
    yield "ok", f"Redis {info.get('redis_version', '?')} answers and takes writes.", ""
    policy = str(info.get("maxmemory_policy", "noeviction"))
    if info.get("maxmemory") and policy != "noeviction":
        yield (
            "warning", f"Redis drops keys when its memory is full ({policy}): wake-ups and limits would be lost.",
            "Set maxmemory-policy noeviction.",
        )  # fmt: skip


def check_clock() -> Found:
    """Check that the clocks of this machine, the database and Redis agree, because leases and links expire by them."""
    if time.time() < BUILT_AT:
        yield "failed", "This machine's clock is years behind.", "Set it: timedatectl set-ntp true"
        return
    others = dict(_other_clocks())
    off = {name: seconds for name, seconds in others.items() if abs(seconds) > CLOCK_WARNING_S}
    for name, seconds in off.items():
        state: State = "failed" if abs(seconds) > CLOCK_FAILED_S else "warning"
        side = "ahead of" if seconds > 0 else "behind"
        yield (
            state,
            f"The clock of {name} is {abs(seconds):.0f} s {side} this machine's clock.",
            "Set both with NTP: timedatectl set-ntp true",
        )
    if not off and others:
        yield "ok", f"The clock agrees with {' and '.join(others)}.", ""
    elif not off:
        yield "ok", "Database and Redis use this machine's clock.", ""


def check_mail() -> Found:
    """Check that the mail server accepts connections, if one is configured."""
    if not settings.ENVIRONMENT.email_host:
        yield "ok", "No mail server is set (RESPONDER_EMAIL_HOST): nothing is mailed.", ""
        return
    from django.core.mail import get_connection

    try:
        mail: Any = get_connection("django.core.mail.backends.smtp.EmailBackend", timeout=TIMEOUT_S)
        mail.open()
        mail.close()
    except (OSError, smtplib.SMTPException) as error:
        yield "failed", f"The mail server can't be used: {_line(error)}", "Correct the settings RESPONDER_EMAIL_…"
        return
    yield "ok", f"The mail server {settings.EMAIL_HOST} takes our connection.", ""
    if settings.EMAIL_HOST_USER and not settings.EMAIL_HOST_PASSWORD:
        yield "warning", "A user name is set for the mail server, but no password.", "Set RESPONDER_EMAIL_PASSWORD."
    if settings.EMAIL_HOST_PASSWORD and not settings.EMAIL_USE_TLS:
        yield "warning", "The password goes to the mail server without TLS.", "Set RESPONDER_EMAIL_TLS=true."
    if settings.DEFAULT_FROM_EMAIL.endswith("@localhost"):
        yield (
            "warning", f"Emails come from {settings.DEFAULT_FROM_EMAIL}: many servers refuse that.",
            "Set RESPONDER_EMAIL_FROM to an address of your domain.",
        )  # fmt: skip


def redis_answers() -> bool:
    """Whether Redis answers."""
    from redis.exceptions import RedisError

    try:
        with _redis() as client:
            return bool(client.ping())
    except (RedisError, OSError):
        return False


def _redis() -> Any:
    import redis

    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=TIMEOUT_S, socket_timeout=TIMEOUT_S)


def _other_clocks() -> Iterator[tuple[str, float]]:
    """(name, seconds ahead of this machine) of the other servers' clocks. Leaves out servers that don't answer."""
    from redis.exceptions import RedisError

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            began = time.time()
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
            yield "the database", float(cursor.fetchone()[0]) - (began + time.time()) / 2
    if not settings.EMBEDDED_REDIS:
        try:
            with _redis() as client:
                began = time.time()
                seconds, micros = client.time()
                yield "Redis", seconds + micros / 1e6 - (began + time.time()) / 2
        except (RedisError, OSError):
            return


def _version(cursor: Any) -> tuple[int, ...]:
    if connection.vendor == "sqlite":
        cursor.execute("SELECT sqlite_version()")
        return tuple(int(part) for part in str(cursor.fetchone()[0]).split("."))
    cursor.execute("SHOW server_version_num")
    number = int(cursor.fetchone()[0])
    return number // 10_000, number % 10_000


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200].rstrip(".?") + "."


CHECKS = (
    Check("database", check_database),
    Check("migrations", check_migrations, needs=("database",)),
    Check("writes", check_writes, needs=("database", "migrations")),
    Check("redis", check_redis),
    Check("clock", check_clock, needs=("database",)),
    Check("mail", check_mail),
)
