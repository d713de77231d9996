"""Translation engines on loopback, which answer as the real ones do: LibreTranslate and Azure Translator, version 3.0.

What they translate is recognisable: `[fr] text`. A test can put a fault in place of the next answers: a status with headers, an
answer that is malformed, too large, or never ends. The formats are named in `responder/translation/`.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.serving import serving

LANGUAGES = ("en", "ar", "fr", "es", "uk", "tr")
KEY = "a-key-of-the-engine"


@dataclass
class Fault:
    """What is answered instead.

    Arguments:
        silent: whether the answer never comes.
    """

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    silent: bool = False


class Translator:
    """An engine, what it was asked, and what it counted.

    Arguments:
        key: that it requires; empty for none.
        most_characters: of one request.
    """

    def __init__(self, *, key: str = "", most_characters: int = 50_000) -> None:
        self.key, self.most_characters = key, most_characters
        self.address = ""
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.faults: list[Fault] = []
        self.characters = 0
        self.words: dict[str, str] = {}  # translations that it knows; all others are marked with their language
        self.targets: list[str] = list(LANGUAGES)
        self.stopped = threading.Event()

    @property
    def texts(self) -> list[str]:
        """All texts that it was sent, in order."""
        return [
            text for path, _headers, body in self.asked if path.endswith("translate") for text in self.texts_of(body)
        ]

    def texts_of(self, body: Any) -> list[str]:
        return list(body["q"]) if isinstance(body, dict) else [row["Text"] for row in body]

    def translated(self, text: str, target: str) -> str:
        """What it returns for a text."""
        return self.words.get(text, f"[{target}] {text}")

    def answer(self, path: str, query: dict[str, str], headers: dict[str, str], body: Any) -> Fault:
        raise NotImplementedError


class LibreTranslate(Translator):
    """LibreTranslate 1.6, as its source answers."""

    def answer(self, path: str, query: dict[str, str], headers: dict[str, str], body: Any) -> Fault:
        if path != "/translate":
            rows = [{"code": code, "name": code, "targets": self.targets} for code in LANGUAGES]
            known = {"/languages": rows, "/spec": {"info": {"title": "LibreTranslate", "version": "1.6.1"}}}
            return reply(known[path]) if path in known else reply({"error": "Not found"}, 404)
        if self.key and body.get("api_key") != self.key:
            return reply({"error": "Invalid API key"}, 403)
        size = sum(map(len, body["q"]))
        if size > self.most_characters:
            words = f"Invalid request: request ({size}) exceeds text limit ({self.most_characters})"
            return reply({"error": words}, 400)
        if body["target"] not in LANGUAGES or body["source"] not in (*LANGUAGES, "auto"):
            return reply({"error": f"{body['target']} is not supported"}, 400)
        self.characters += size
        answer: dict[str, Any] = {"translatedText": [self.translated(text, body["target"]) for text in body["q"]]}
        if body["source"] == "auto":
            answer["detectedLanguage"] = [{"confidence": 92.0, "language": "ar"} for _text in body["q"]]
        return reply(answer)


class Azure(Translator):
    """Azure Translator, as its reference describes it."""

    def answer(self, path: str, query: dict[str, str], headers: dict[str, str], body: Any) -> Fault:
        if query.get("api-version") != "3.0":
            return failed(400, 400021, "The API version parameter is missing or invalid.")
        if path == "/languages":
            codes = [*LANGUAGES, "zh-Hans"]
            return reply({"translation": {code: {"name": code, "nativeName": code, "dir": "ltr"} for code in codes}})
        if self.key and headers.get("ocp-apim-subscription-key") != self.key:
            return failed(401, 401000, "The request is not authorized because credentials are missing or invalid.")
        size = sum(len(row["Text"]) for row in body)
        if size > self.most_characters or len(body) > 1_000:
            return failed(400, 400077, "The maximum request size has been exceeded.")
        if query["to"] not in (*LANGUAGES, "zh-Hans"):
            return failed(400, 400036, "The target language is not valid.")
        self.characters += size
        rows: list[dict[str, Any]] = [
            {"translations": [{"text": self.translated(row["Text"], query["to"]), "to": query["to"]}]} for row in body
        ]
        if "from" not in query:
            rows = [{"detectedLanguage": {"language": "ar", "score": 1.0}} | row for row in rows]
        return reply(rows, headers={"X-metered-usage": str(size), "X-requestid": "b0f1"})


def reply(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Fault:
    """An answer in JSON."""
    return Fault(status, json.dumps(data).encode(), {"Content-Type": "application/json"} | (headers or {}))


def failed(status: int, code: int, message: str, **headers: str) -> Fault:
    """An error of Azure."""
    shown = {name.replace("_", "-"): value for name, value in headers.items()}
    return reply({"error": {"code": code, "message": message}}, status, shown)


@contextmanager
def running(engine: Translator) -> Iterator[Translator]:
    """The engine on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply(None)

        def do_POST(self) -> None:
            self._reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _reply(self, body: Any) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            engine.asked.append((parts.path, headers, body))
            is_faulty = bool(engine.faults) and parts.path == "/translate"
            found = engine.faults.pop(0) if is_faulty else engine.answer(parts.path, query, headers, body)
            if found.silent:
                engine.stopped.wait(30)
            try:
                self.send_response(found.status)
                for name, value in found.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(found.body)))
                self.end_headers()
                self.wfile.write(found.body)
            except OSError:
                self.close_connection = True  # who asked has waited long enough

        def log_message(self, *_arguments: Any) -> None:
            pass

    with serving(Handler) as address:
        engine.address = address
        yield engine
        engine.stopped.set()
