"""CONNECT → TLS → HTTP. A host that nobody plays is refused, so nothing leaves the machine."""

import json
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import trustme

from tests.azure_emulator import schemas
from tests.azure_emulator.state import Fault, lock, reset, state

HOSTS = [
    "management.azure.com", "login.microsoftonline.com", "*.blob.core.windows.net", "*.api.azureml.ms",
    "*.inference.ml.azure.com", "ml.azure.com",
]  # fmt: skip


@dataclass
class Call:
    """One request."""

    method: str
    host: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    match: dict[str, str]

    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass
class Answer:
    """One response."""

    status: int = 200
    content: Any = None
    headers: dict[str, str] | None = None
    raw: bytes | None = None


class Refused(Exception):
    """An error answer in ARM's shape."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass
class Route:
    """Which calls a function answers, and the shapes of what it takes and gives."""

    method: str
    host: re.Pattern[str]
    path: re.Pattern[str]
    serve: Callable[[Call], Answer]
    takes: str
    gives: str
    versions: frozenset[str]


ROUTES: list[Route] = []
CONTROLS: dict[str, Callable[[Any], Any]] = {}


def control_route(name: str) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Register something that the tests may ask of the stand-in."""

    def add(serve: Callable[[Any], Any]) -> Callable[[Any], Any]:
        CONTROLS[name] = serve
        return serve

    return add


def route(
    method: str, host: str, path: str, *, takes: str = "", gives: str = "", versions: str = ""
) -> Callable[[Callable[[Call], Answer]], Callable[[Call], Answer]]:
    """Register a route. `{name}` in the path matches one segment, `{rest}` all that follow; `versions` are the API versions that the SDK sends."""
    pattern = "".join(
        f"(?P<{part[1:-1]}>{'.+' if part == '{rest}' else '[^/]+'})" if part.startswith("{") else re.escape(part)
        for part in re.split(r"({\w+})", path)
    )

    def add(serve: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
        ROUTES.append(
            Route(
                method, re.compile(host), re.compile(pattern, re.IGNORECASE), serve, takes, gives,
                frozenset(versions.split()),
            )
        )  # fmt: skip
        return serve

    return add


def answer(call: Call) -> Answer:
    """Find the route, check both shapes, log."""
    fault = _fault(call)
    if fault and fault.delay:
        time.sleep(fault.delay)
    with lock:
        entry = {
            "method": call.method,
            "host": call.host,
            "path": call.path,
            "query": call.query,
            "body": _loggable(call),
        }
        state().log.append(entry)
        try:
            given = _serve(call, fault)
        except Refused as refused:
            given = Answer(refused.status, {"error": {"code": refused.code, "message": refused.message}})
        except Exception as error:  # the stand-in's own mistake must fail the test that met it
            state().problems.append(f"{call.method} {call.host}{call.path}: {type(error).__name__}: {error}")
            given = Answer(500, {"error": {"code": "StandInBroken", "message": str(error)}})
        entry["status"] = given.status
        return given


def _serve(call: Call, fault: Fault | None) -> Answer:
    if fault and fault.status:
        raise Refused(fault.status, fault.code, f"a fault that the test asked for ({fault.status})")
    for known in ROUTES:
        match = known.path.fullmatch(call.path)
        if known.method == call.method and match and known.host.fullmatch(call.host):
            call.match = match.groupdict()
            return _checked(known, call)
    state().problems.append(f"501 {call.method} {call.host}{call.path}")
    raise Refused(501, "NotPlayed", f"The stand-in does not play {call.method} {call.path}.")


def _checked(known: Route, call: Call) -> Answer:
    where = f"{call.method} {call.path}"
    if known.versions and call.query.get("api-version") not in known.versions:
        state().problems.append(f"{where}: api-version {call.query.get('api-version')}")
    if known.takes:
        wrong = schemas.problems(known.takes, call.json())
        state().problems += [f"{where} request: {problem}" for problem in wrong]
        if wrong:
            raise Refused(400, "BadRequest", wrong[0])
    given = known.serve(call)
    if known.gives and given.content is not None and given.status < 300:
        state().problems += [f"{where} response: {problem}" for problem in schemas.problems(known.gives, given.content)]
    return given


def _fault(call: Call) -> Fault | None:
    with lock:
        for fault in state().faults:
            meant = fault.method in ("", call.method) and fault.path in call.host + call.path
            if meant and fault.times and not fault.fail_operation:
                fault.times -= fault.times > 0
                return fault
    return None


def _loggable(call: Call) -> Any:
    try:
        return call.json() if "json" in call.headers.get("content-type", "") else len(call.body)
    except ValueError:
        return "not JSON"


class Handler(BaseHTTPRequestHandler):
    """Of the outer, plain port: CONNECT for clients, and /control for the tests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    tls: ssl.SSLContext

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_CONNECT(self) -> None:
        host = self.path.partition(":")[0]
        if state().down or not any(re.fullmatch(re.escape(h).replace(r"\*", "[^.]+(\\.[^.]+)?"), host) for h in HOSTS):
            if not state().down:
                state().problems.append(f"CONNECT {self.path}: nobody plays this host")
            self.send_error(502)
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.close_connection = True
        try:
            with self.tls.wrap_socket(self.connection, server_side=True) as secured:
                Inner(secured, self.client_address, self.server, host)
        except (OSError, ssl.SSLError):
            pass

    def do_GET(self) -> None:
        self._control()

    do_POST = do_GET

    def _control(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
        body = json.dumps(control(self.path, content), default=str).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Inner(BaseHTTPRequestHandler):
    """Of the connection inside TLS: one host, as many requests as the client likes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16  # head and body in one packet

    def __init__(self, request: Any, client: Any, server: Any, host: str) -> None:
        self.host = host
        super().__init__(request, client, server)

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def _any(self) -> None:
        parts = urlsplit(self.path)
        body = self._body()
        if state().down:
            self.close_connection = True
            return
        call = Call(
            self.command, self.host, unquote(parts.path),
            {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()},
            {key.lower(): value for key, value in self.headers.items()}, body, {},
        )  # fmt: skip
        given = answer(call)
        payload = (
            given.raw if given.raw is not None else b"" if given.content is None else json.dumps(given.content).encode()
        )
        self.send_response(given.status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(payload))} | (given.headers or {})
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = _any

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found


def control(path: str, content: Any) -> Any:
    """What the tests ask of the stand-in."""
    with lock:
        match path.strip("/").split("/")[1:]:
            case ["reset"]:
                reset()
            case ["log"]:
                return state().log
            case ["problems"]:
                return state().problems
            case ["fault"]:
                state().faults.append(Fault(**content))
            case ["mend"]:
                state().faults.clear()
            case ["down"]:
                state().down = bool(content)
            case ["state"]:
                return _summary()
            case ["blob"]:
                return _change_blob(**content)
            case [name] if name in CONTROLS:
                return CONTROLS[name](content)
    return None


def _summary() -> dict[str, Any]:
    here = state()
    return {
        "assets": [{"scope": s, "kind": k, "name": n, "version": v} | a for (s, k, n, v), a in here.assets.items()],
        "jobs": here.jobs, "schedules": here.schedules, "endpoints": here.endpoints,
        "deployments": {"/".join(key): value for key, value in here.deployments.items()},
        "blobs": ["/".join(key) for key in here.blobs], "store": type(here.blobs).__name__, "scored": dict(here.scored),
        "faults": [asdict(fault) for fault in here.faults],
    }  # fmt: skip


def _change_blob(*, ends: str, action: str) -> list[str]:
    """Flip a bit of every blob whose name ends so, or remove it."""
    changed = [key for key in state().blobs if key[2].endswith(ends)]
    for key in changed:
        content, metadata = state().blobs.pop(key)
        if action == "flip":
            middle = len(content) // 2
            state().blobs[key] = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :], metadata
    return ["/".join(key) for key in changed]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is no news."""


def start(authority: trustme.CA) -> Server:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*HOSTS, "*.westeurope.inference.ml.azure.com").configure_cert(context)
    handler = type("Bound", (Handler,), {"tls": context})
    return Server(("127.0.0.1", 0), handler)
