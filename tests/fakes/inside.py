"""Addresses inside a network, and listeners on loopback that count who connects."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

# Ways to write, hide or reach what is not public.
INSIDE = """
127.0.0.1 127.1 127.0.1 0.0.0.0 0 127.255.255.254 2130706433 0x7f000001 0x7f.1 017700000001 0177.0.0.1 127.0.0.1. localhost
LOCALHOST localhost. [::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:0:127.0.0.1] [::127.0.0.1]
[64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::127.0.0.1] [2002:7f00:1::] [2002:7f00:0001::1] [2001:0:7f00:1::]
[fe80::1] [fe80::1%25lo] [fc00::1] [fd00:ec2::254] [ff02::1] [100::1] [2001:db8::1] 169.254.169.254 169.254.170.2
2852039166 0xa9fea9fe [::ffff:169.254.169.254] [64:ff9b::a9fe:a9fe] [2002:a9fe:a9fe::] 10.0.0.1 10.255.255.255 172.16.0.1
172.31.255.255 192.168.0.1 192.168.1.1 100.64.0.1 100.100.100.200 198.18.0.1 192.0.0.192 192.0.2.1 198.51.100.1
203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 0.1.2.3 [::ffff:10.0.0.1] [::ffff:0a00:0001]
""".split()


class Inside:
    """What was reached: `opened` holds every address that a socket was opened to, `accepted` counts connections."""

    def __init__(self) -> None:
        self.opened: list[Any] = []
        self.accepted = 0
        self.ports: dict[int, int] = {}

    def authority(self, host: str) -> str:
        """The host with the port at which its kind of address is listened to."""
        return f"{host}:{self.ports[socket.AF_INET6 if host.startswith('[') else socket.AF_INET]}"

    def _listen(self, server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            self.accepted += 1
            connection.close()


@contextmanager
def listening() -> Iterator[Inside]:
    """Listen on both loopback addresses; no socket opens to anywhere else."""
    inside, real = Inside(), socket.socket.connect

    def watched(self: socket.socket, address: Any) -> Any:
        inside.opened.append(address)
        if address[0] not in ("127.0.0.1", "::1"):
            raise OSError("the test's network is closed")
        return real(self, address)

    servers = [
        socket.create_server((host, 0), family=family)
        for host, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6))
    ]
    threads = [threading.Thread(target=inside._listen, args=[server], daemon=True) for server in servers]
    for server, thread in zip(servers, threads, strict=True):
        inside.ports[server.family] = server.getsockname()[1]
        thread.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", watched)
        yield inside
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(10)
