"""LibreTranslate (https://libretranslate.com), which organisations run themselves or rent.

The formats are those of its documentation (https://docs.libretranslate.com/guides/api_usage) and of its source
(libretranslate/app.py in https://github.com/LibreTranslate/LibreTranslate):
- POST /translate takes q (a text or a list), source (a code or `auto`), target, format, and api_key where keys are needed.
  It returns translatedText, a text or a list as q was, and with `auto` also detectedLanguage.
- GET /languages returns [{code, name, targets}].
- Errors are {"error": message}: 400 for languages and lengths, 403 for keys and banned addresses, 429 for too many
  requests, 500 where the translation failed.
- GET /spec is the OpenAPI document; info.version is the version of the server.
"""

from collections.abc import Sequence
from typing import Any

import httpx

from responder.translation.connecting import Reply, ask
from responder.translation.engines import (
    Abilities,
    Answer,
    EngineError,
    Rejected,
    TooFast,
    TooLong,
    Unreachable,
    Unsupported,
)

NAME = "LibreTranslate"
MOST_LANGUAGES, CODE_LIMIT = 300, 12


class LibreTranslate:
    """One server.

    Arguments:
        key: its API key; empty where the server needs none.
    """

    most_texts, most_characters = 20, 2_000  # servers limit both, and translate the texts one after the other

    def __init__(self, key: str = "") -> None:
        self._key = key

    def abilities(self, http: httpx.Client) -> Abilities:
        """Ask for the languages and the server's version. Raises EngineError."""
        reply = ask(http, "GET", "languages")
        if not reply.is_success:
            raise _error(reply)
        rows = reply.data if isinstance(reply.data, list) else []
        pairs = {
            row["code"]: _codes(row.get("targets"))
            for row in rows[:MOST_LANGUAGES]
            if isinstance(row, dict) and _is_code(row.get("code"))
        }
        if not pairs:
            raise Unreachable(f"{NAME} sent no list of languages. Check the address.")
        every = list(pairs)  # older servers name no targets: they translate each language to each
        return Abilities({code: targets or every for code, targets in pairs.items()}, self._version(http))

    def _version(self, http: httpx.Client) -> str:
        try:
            found = ask(http, "GET", "spec").data
        except EngineError:
            return ""
        info = found.get("info") if isinstance(found, dict) else None
        version = info.get("version") if isinstance(info, dict) else None
        return version[:40] if isinstance(version, str) and version.isprintable() else ""

    def translate(self, http: httpx.Client, texts: Sequence[str], *, source: str, target: str) -> Answer:
        """Translate texts of one language. Raises EngineError."""
        body: dict[str, Any] = {"q": list(texts), "source": source or "auto", "target": target, "format": "text"}
        if self._key:
            body["api_key"] = self._key
        reply = ask(http, "POST", "translate", json=body)
        if not reply.is_success:
            raise _error(reply)
        found = reply.data.get("translatedText") if isinstance(reply.data, dict) else None
        if not isinstance(found, list) or len(found) != len(texts) or not all(isinstance(one, str) for one in found):
            raise Unreachable(f"{NAME} sent an answer without the translations.", may_count=True)
        return Answer(tuple(found), _detected(reply.data, len(texts)))


def _detected(data: dict[str, Any], count: int) -> tuple[str, ...]:
    rows = data.get("detectedLanguage")
    rows = rows if isinstance(rows, list) and len(rows) == count else [None] * count
    codes = [row.get("language") if isinstance(row, dict) else None for row in rows]
    return tuple(str(code) if _is_code(code) else "" for code in codes)


def _is_code(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= CODE_LIMIT and value.isascii() and value.isprintable()


def _codes(values: object) -> list[str]:
    return [one for one in values if _is_code(one)][:MOST_LANGUAGES] if isinstance(values, list) else []


def _error(reply: Reply) -> EngineError:
    """The error of a reply. Its words are those of the server's language, so the status decides where it can."""
    said = reply.data.get("error") if isinstance(reply.data, dict) else None
    words = said[:150] if isinstance(said, str) and said.isprintable() else ""
    status = reply.status
    if status == 429:
        return TooFast(f"{NAME} asks for fewer requests.", retry_after_s=reply.retry_after_s)
    if status in (401, 403):
        return Rejected(f"{NAME} rejects the API key or this server (HTTP {status}). {words}".strip())
    if status in (400, 413):
        return _about_request(status, words)
    if 300 <= status < 500:
        return Rejected(f"{NAME} was not found at this address (HTTP {status}).")
    return Unreachable(f"{NAME} answers HTTP {status}. {words}".strip(), may_count=True)


def _about_request(status: int, words: str) -> EngineError:
    """The error of a rejected request: LibreTranslate has one status for all of them."""
    lowered = words.lower()
    if status == 413 or "limit" in lowered:
        return TooLong(f"{NAME} takes no text of this length (HTTP {status}).")
    if "not supported" in lowered or "not available" in lowered:
        return Unsupported(f"{NAME} does not translate these languages. {words}".strip())
    return Rejected(f"{NAME} rejects the request (HTTP {status}). {words}".strip())
