"""A small IMAP server over TLS on this machine, with just the commands that a reader of reports sends, and some faults."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import trustme


@dataclass
class Mailbox:
    """What the server holds, and how it misbehaves.

    Arguments:
        messages: UID → the message's bytes.
        fault: `huge` announces a literal of a gigabyte, `line` sends a line without end, `drop` closes after the log-in.
    """

    messages: dict[int, bytes] = field(default_factory=dict)
    validity: int = 1
    account: str = "reports@example.org"
    password: str = "pass word"
    folder: str = "INBOX"
    fault: str = ""
    commands: list[str] = field(default_factory=list)
    connections: int = 0

    def add(self, raw: bytes) -> int:
        """Store a message; returns its UID."""
        uid = max(self.messages, default=0) + 1
        self.messages[uid] = raw
        return uid


class _Session(socketserver.StreamRequestHandler):
    timeout = 10

    def handle(self) -> None:
        box: Mailbox = self.server.mailbox  # type: ignore[attr-defined]
        box.connections += 1
        self.say("* OK ready")
        with suppress(OSError, ssl.SSLError, ValueError):
            while line := self.rfile.readline(10_000):
                tag, _space, command = line.decode("utf-8", "replace").strip().partition(" ")
                box.commands.append(command)
                if not self.answer(box, tag, command):
                    return

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def answer(self, box: Mailbox, tag: str, command: str) -> bool:
        """Answer one command; returns whether the session goes on."""
        name = command.split(" ", 1)[0].upper()
        if name == "LOGOUT":
            self.say("* BYE")
            self.say(f"{tag} OK")
            return False
        if name == "CAPABILITY":
            self.say("* CAPABILITY IMAP4rev1")
        elif name == "LOGIN":
            if command not in (f'LOGIN "{box.account}" "{box.password}"', f"LOGIN {box.account} {box.password}"):
                self.say(f"{tag} NO [AUTHENTICATIONFAILED] no such user {box.account}")
                return True
            if box.fault == "drop":
                return False
        elif name == "STATUS":
            self.say(f'* STATUS "{box.folder}" (UIDVALIDITY {box.validity})')
        elif name in ("SELECT", "EXAMINE"):
            self.say(f"* {len(box.messages)} EXISTS")
            self.say(f"* OK [UIDVALIDITY {box.validity}]")
        elif command.upper().startswith("UID SEARCH"):
            if box.fault == "line":
                self.wfile.write(b"* SEARCH " + b"1" * 30_000_000)
            first = int(command.rsplit(" ", 1)[1].split(":", maxsplit=1)[0])
            found = [uid for uid in sorted(box.messages) if uid >= first] or sorted(box.messages)[-1:]  # as `*` means
            self.say("* SEARCH " + " ".join(map(str, found)))
        elif command.upper().startswith("UID FETCH"):
            uid = int(command.split(" ")[2])
            raw = box.messages[uid][:262_144]
            size = 1_000_000_000 if box.fault == "huge" else len(raw)
            self.wfile.write(f"* 1 FETCH (UID {uid} BODY[]<0> {{{size}}}\r\n".encode() + raw + b")\r\n")
        self.say(f"{tag} OK done")
        return True


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, mailbox: Mailbox, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.mailbox, self.context = mailbox, context

    def get_request(self) -> tuple[Any, Any]:
        connection, address = self.socket.accept()
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that leave in the middle are part of the tests."""


@contextmanager
def serving(mailbox: Mailbox, authority: trustme.CA) -> Iterator[int]:
    """Serve a mailbox until the block ends. Yields the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    server = _Server(mailbox, context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
