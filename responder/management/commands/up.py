"""responder up: everything on one machine: web, worker with beat, queue; with --demo also a live exercise."""

import multiprocessing
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connections
from django.urls import reverse

from classifier import serving
from classifier.errors import ModelUnavailable
from responder import exercise, installation
from responder.errors import Missing
from responder.first_run import links
from responder.processes import launcher
from responder.settings.paths import redis_socket
from responder.settings.production import LOCAL_HOSTS
from responder.web import assets


class Command(BaseCommand):
    help = "Start everything on one machine; Ctrl-C stops it."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="create demo accounts and play the exercise")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, **options: Any) -> None:
        host, port = options["host"], options["port"]
        if not 0 < port < 65536:
            raise CommandError("--port must be between 1 and 65535", returncode=2)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # until the processes run
        try:
            if options["demo"]:
                _refuse_real_use()
            lock = launcher.hold_lock(settings.DATA_DIR)
            leftovers = launcher.stop_leftovers(settings.DATA_DIR)
            if leftovers:
                self.stdout.write(f"Stopped {leftovers} processes left over from an earlier start.")
            launcher.require_free_port(host, port)
            with lock:
                sys.exit(self._run(host, port, demo=options["demo"]))
        except exercise.NotForTheDemo as error:
            raise CommandError(str(error), returncode=2) from error
        except (launcher.CannotStart, ModelUnavailable) as error:
            raise CommandError(str(error)) from error

    def _run(self, host: str, port: int, *, demo: bool) -> int:
        self._prepare()
        installation.remember(settings.DATA_DIR, settings.ENV_FILE)
        url = launcher.local_url(host, port)
        credentials = exercise.prepare(settings.DATA_DIR) if demo else None
        exercise.switch(settings.DATA_DIR, on=demo)
        connections.close_all()  # the processes that follow are forks of this one
        socket = redis_socket(settings.DATA_DIR) if settings.EMBEDDED_REDIS else None
        if socket:
            launcher.private_folder(socket.parent)
            (settings.DATA_DIR / "redis").mkdir(exist_ok=True)
        processes = launcher.commands(data_dir=settings.DATA_DIR, host=host, port=port, redis_socket=socket, demo=demo)
        return launcher.run(
            processes, data_dir=settings.DATA_DIR, announce=lambda: self._announce(url, credentials), url=url,
            site=_allowed_host(),
        )  # fmt: skip

    def _prepare(self) -> None:
        self.stdout.write("Preparing the database …")
        call_command("migrate", verbosity=0, interactive=False)
        _try_model()
        assets.collect()

    def _announce(self, url: str, credentials: exercise.Credentials | None) -> None:
        public = _public_url(url)
        lines = ["", f"  Responder is running at {public}/   (Ctrl-C stops it)"]
        if public != url:
            lines.append(f"  Your proxy reaches it at {url}/")
        lines.append("")
        if credentials:
            lines += credentials.describe(url)
        else:
            lines += _first_steps(public)
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def _refuse_real_use() -> None:
    """Refuse before anything is migrated. Raises NotForTheDemo."""
    with suppress(DatabaseError):  # no tables yet; `exercise.prepare` asks again after the migrations
        exercise.refuse_real_use()


def _allowed_host() -> str:
    """A host name that the settings allow."""
    names = [name.strip(".") for name in settings.ALLOWED_HOSTS if name.strip(".") != "*"]
    return next(iter(names), "localhost")


def _public_url(url: str) -> str:
    """The address that people open, where the settings tell it; else the one on this machine."""
    own = [name.strip(".") for name in settings.ALLOWED_HOSTS if "*" not in name and name not in LOCAL_HOSTS]
    return f"https://{own[0]}" if own and settings.SECURE_SSL_REDIRECT else url


def _first_steps(url: str) -> list[str]:
    """Lines for an installation that nobody can administer yet; else none."""
    try:
        path = reverse("first-run-start", args=[links.issue()])
    except Missing:
        return []
    except DatabaseError as error:  # locked for long, or gone since the start
        return [f"  The database can't be used now ({error}). To set Responder up: responder init", ""]
    finally:
        connections.close_all()  # those of the thread that announces
    return [
        "  Nobody can administer this installation yet. Open this link within a day; it works once:",
        f"  {url}{path}",
        "",
    ]


def _try_model() -> None:
    """Load the model in production once, to detect a broken one early. Raises ModelUnavailable.

    A child process does it: the launcher stays for weeks, and would keep the 220 MB.
    """
    connections.close_all()
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork"), _leave_interrupts) as child:
        child.submit(_load_model).result()


def _load_model() -> None:
    serving.current()


def _leave_interrupts() -> None:
    """Ctrl-C reaches this child too; its parent ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
