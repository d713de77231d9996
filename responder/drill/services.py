"""PostgreSQL and Redis of a drill's own: on free ports, in a temporary folder, killed and started again at will."""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psycopg

STARTS_WITHIN_S = 30


class CannotDrill(Exception):
    """The drill cannot run here. The message says what is missing."""


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Redis:
    """A Redis without persistence: a kill also flushes it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server, and wait until it listens."""
        command = [
            _binary("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", "",
        ]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        _until_listening(self.port)

    def kill(self) -> None:
        """Kill the server with SIGKILL."""
        if self.process:
            self.process.kill()
            self.process.wait()


class Postgres:
    """A PostgreSQL cluster of the drill's own.

    Arguments:
        durable: whether a commit waits for the disk. Where only processes are killed, never the machine, what was
            written is in the kernel's hands, synced or not.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder, self.port, self.durable = folder, free_port(), durable
        self.data = folder / "pg"
        self.as_owner: list[str] = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self.as_owner = [_binary("runuser"), "-u", "postgres", "--"]
            shutil.chown(folder, "postgres")
        init = ["-D", str(self.data), "-A", "trust", "-U", "drill", "--no-sync", "-E", "UTF8"]
        _do([*self.as_owner, _binary("initdb"), *init])

    def url(self, name: str) -> str:
        """The address of one of its databases."""
        return f"postgres://drill@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Start the server, also after a kill, and wait until it responds."""
        deadline = time.monotonic() + STARTS_WITHIN_S
        while True:
            try:
                _do([*self._control(), "-o", self._options(), "start"])
                return
            except CannotDrill:  # processes of the killed one are still there
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def kill(self) -> None:
        """Kill the postmaster with SIGKILL; committed data must survive."""
        os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def stop(self) -> None:
        """Stop the server."""
        with suppress(CannotDrill):
            _do([*self._control(), "-m", "immediate", "stop"])

    def create(self, name: str, template: str = "template0") -> None:
        """Create a database, as a copy of another."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())

    def _control(self) -> list[str]:
        return [*self.as_owner, _binary("pg_ctl"), "-D", str(self.data), "-w", "-l", str(self.folder / "pg.log")]

    def _options(self) -> str:
        sync = "on" if self.durable else "off"
        return f"-c port={self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c fsync={sync}"


def _binary(name: str) -> str:
    found = shutil.which(name) or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None
    )
    if not found:
        raise CannotDrill(f"{name} is not installed here: the drill starts a PostgreSQL and a Redis of its own.")
    return found


def _do(command: list[str]) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)  # noqa: S603
    if ran.returncode:
        raise CannotDrill(f"{Path(command[-1]).name}: {(ran.stdout + ran.stderr)[-300:]}")


def _until_listening(port: int) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise CannotDrill("Redis did not start.")
