"""The web server: uvicorn with every limit of this product. `python -m responder.processes.server --host … --port …`."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

import uvicorn

from responder.installation import UnusableSettings

KEEP_ALIVE_S = 5
BESIDE_STREAMS = 1_000  # connections besides the event streams that a process holds


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m responder.processes.server", description="The web server.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--graceful-seconds", type=int, default=3, help="seconds that running requests have to finish")
    parser.add_argument("--log-level", default="warning", choices=["debug", "info", "warning", "error"])
    options = parser.parse_args(arguments)
    try:
        bounds = limits()
    except UnusableSettings as error:
        print(error, file=sys.stderr)  # noqa: T201  nothing reads logs yet
        sys.exit(2)
    # uvicorn raises the signal that stopped it once more when it has ended: that is a success.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        "responder.asgi:application", host=options.host, port=options.port, log_level=options.log_level,
        timeout_graceful_shutdown=options.graceful_seconds, **bounds,
    )  # fmt: skip


def limits() -> dict[str, Any]:
    """uvicorn's options that do not depend on where it listens."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "responder.settings")
    from django.conf import settings

    from responder.web.connections import BoundedConnection

    return {
        "http": BoundedConnection,
        "ws": "none",
        "lifespan": "off",
        "access_log": False,
        "server_header": False,
        "proxy_headers": True,
        "forwarded_allow_ips": list(settings.TRUSTED_PROXIES),
        "timeout_keep_alive": KEEP_ALIVE_S,
        "limit_concurrency": settings.LIVE_MAX_CLIENTS + BESIDE_STREAMS,
    }


if __name__ == "__main__":
    main()
