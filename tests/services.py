"""PostgreSQL and Redis of the tests' own: on free ports, in temporary folders, stopped again."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import redis


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _binary(name: str) -> str:
    found = shutil.which(name) or next(
        (str(p) for p in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None
    )
    assert found, f"{name} is missing: run scripts/system_packages.sh"
    return found


@contextmanager
def running_redis(folder: Path, *, tls: Sequence[Path] = ()) -> Iterator[str]:
    """A Redis server; yields its URL. With the files of authority, certificate and key it speaks TLS alone."""
    port = free_port()
    listen = ["--port", str(port)]
    if tls:
        files = zip(("--tls-ca-cert-file", "--tls-cert-file", "--tls-key-file"), map(str, tls), strict=True)
        listen = [
            "--port",
            "0",
            "--tls-port",
            str(port),
            "--tls-auth-clients",
            "no",
            *(w for pair in files for w in pair),
        ]
    server = subprocess.Popen(
        [
            _binary("redis-server"),
            *listen,
            "--bind",
            "127.0.0.1",
            "--dir",
            str(folder),
            "--save",
            "",
        ],
        stdout=subprocess.DEVNULL,
    )
    url = f"rediss://localhost:{port}/0" if tls else f"redis://127.0.0.1:{port}/0"
    try:
        client = redis.Redis.from_url(url)
        _until(lambda: bool(client.ping()), redis.ConnectionError)
        client.close()
        yield url
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def running_postgres() -> Iterator[str]:
    """A PostgreSQL server; yields the URL of an empty database whose owner may create others."""
    port = free_port()
    as_owner: list[str] = []
    # Not under pytest's own folder, which is closed to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="responder-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            as_owner = ["runuser", "-u", "postgres", "--"]
            shutil.chown(folder, "postgres")
        init = ["-D", str(folder / "pg"), "-A", "trust", "-U", "tester", "--no-sync", "-E", "UTF8"]
        _do([*as_owner, _binary("initdb"), *init])
        options = f"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        control = [*as_owner, _binary("pg_ctl"), "-D", str(folder / "pg"), "-w", "-l", str(folder / "pg.log")]
        _do([*control, "-o", options, "start"])
        try:
            yield f"postgres://tester@127.0.0.1:{port}/postgres"
        finally:
            _do([*control, "-m", "immediate", "stop"])


def _do(command: list[str]) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    assert ran.returncode == 0, f"{command}: {ran.stdout}{ran.stderr}"


def _until(ready: object, *errors: type[Exception], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if ready():  # type: ignore[operator]
                return
        except errors:
            pass
        assert time.monotonic() < deadline, "the service did not start"
        time.sleep(0.05)
