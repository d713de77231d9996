"""Azure Translator, text translation, REST API version 3.0.

The formats are those of Microsoft's reference (articles/ai-services/translator/reference/ in
https://github.com/MicrosoftDocs/azure-ai-docs: v3-0-reference.md, v3-0-translate.md, v3-0-languages.md, and
service-limits.md beside them):
- POST /translate?api-version=3.0&from=&to= takes [{"Text": …}] and returns [{"translations": [{"text", "to"}]}] in the same
  order; without `from` also detectedLanguage. At most 1,000 texts and 50,000 characters a request.
- The headers Ocp-Apim-Subscription-Key and, for regional resources, Ocp-Apim-Subscription-Region name the account;
  X-metered-usage in the answer is the number of characters that were charged.
- GET /languages?api-version=3.0&scope=translation needs no key. Each language translates to each.
- Errors are {"error": {"code", "message"}}. The code has six digits, the first three of which are the HTTP status:
  403001 free quota used up, 429000 to 429002 too many requests, 400035 and 400036 unknown languages, 400050, 400072 and
  400077 too long.
- A resource with its own domain (NAME.cognitiveservices.azure.com) has these paths under /translator/text/v3.0.
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
    UsedUp,
)

NAME = "Azure Translator"
API_VERSION = "3.0"
OWN_DOMAINS = (".cognitiveservices.azure.com", ".cognitiveservices.azure.us", ".cognitiveservices.azure.cn")
MOST_LANGUAGES, CODE_LIMIT = 500, 12
# Error codes, or HTTP statuses → what they mean. The first that fits counts.
BY_CODE: tuple[tuple[frozenset[int], type[EngineError], str], ...] = (
    (frozenset({403001}), UsedUp, f"The quota of the account at {NAME} is used up"),
    (frozenset({400050, 400072, 400077, 413}), TooLong, f"{NAME} takes no text of this length"),
    (
        frozenset({400003, 400019, 400023, 400035, 400036}),
        Unsupported,
        f"{NAME} does not translate these languages",
    ),
    (frozenset({401, 403}), Rejected, f"{NAME} rejects the key or its region"),
    (frozenset({408}), Unreachable, f"{NAME} is not ready"),
)


class AzureTranslator:
    """One account.

    Arguments:
        key: of the resource.
        region: of the resource; empty for a global one.
    """

    most_texts, most_characters = 100, 20_000  # half a minute of work at most, well below the service's limits

    def __init__(self, key: str, region: str = "") -> None:
        self._headers = {"Ocp-Apim-Subscription-Key": key}
        if region:
            self._headers["Ocp-Apim-Subscription-Region"] = region

    def abilities(self, http: httpx.Client) -> Abilities:
        """Ask for the languages. Raises EngineError."""
        parameters = {"api-version": API_VERSION, "scope": "translation"}
        reply = ask(http, "GET", _path(http, "languages"), params=parameters)
        if not reply.is_success:
            raise _error(reply)
        found = reply.data.get("translation") if isinstance(reply.data, dict) else None
        codes = [code for code in found if len(code) <= CODE_LIMIT][:MOST_LANGUAGES] if isinstance(found, dict) else []
        if not codes:
            raise Unreachable(f"{NAME} sent no list of languages. Check the address.")
        return Abilities(dict.fromkeys(codes, codes), f"v{API_VERSION}")

    def translate(self, http: httpx.Client, texts: Sequence[str], *, source: str, target: str) -> Answer:
        """Translate texts of one language. Raises EngineError."""
        parameters = {"api-version": API_VERSION, "to": target} | ({"from": source} if source else {})
        body = [{"Text": text} for text in texts]
        reply = ask(http, "POST", _path(http, "translate"), params=parameters, json=body, headers=self._headers)
        if not reply.is_success:
            raise _error(reply)
        rows = reply.data if isinstance(reply.data, list) and len(reply.data) == len(texts) else []
        found = [_text(row) for row in rows]
        if not found or None in found:
            raise Unreachable(f"{NAME} sent an answer without the translations.", may_count=True)
        return Answer(tuple(one or "" for one in found), tuple(_detected(row) for row in rows), _metered(reply))


def _path(http: httpx.Client, name: str) -> str:
    return f"translator/text/v{API_VERSION}/{name}" if http.base_url.host.endswith(OWN_DOMAINS) else name


def _text(row: Any) -> str | None:
    translations = row.get("translations") if isinstance(row, dict) else None
    first = translations[0] if isinstance(translations, list) and translations else None
    text = first.get("text") if isinstance(first, dict) else None
    return text if isinstance(text, str) else None


def _detected(row: dict[str, Any]) -> str:
    found = row.get("detectedLanguage")
    code = found.get("language") if isinstance(found, dict) else None
    return code if isinstance(code, str) and len(code) <= CODE_LIMIT and code.isascii() else ""


def _metered(reply: Reply) -> int | None:
    value = reply.headers.get("x-metered-usage", "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else None


def _error(reply: Reply) -> EngineError:
    """The error of a reply, by its code, or else by its status."""
    error = reply.data.get("error") if isinstance(reply.data, dict) else None
    stated = error.get("code") if isinstance(error, dict) else None
    code = stated if isinstance(stated, int) and not isinstance(stated, bool) else 0
    status = reply.status
    shown = f"HTTP {status}, code {code}" if 100_000 <= code <= 999_999 else f"HTTP {status}"
    if status == 429:
        return TooFast(f"{NAME} asks for fewer requests ({shown}).", retry_after_s=reply.retry_after_s)
    for codes, kind, words in BY_CODE:
        if code in codes or status in codes:
            return kind(f"{words} ({shown}).")
    if 300 <= status < 500:
        return Rejected(f"{NAME} rejects the request ({shown}).")
    return Unreachable(f"{NAME} answers with an error ({shown}).", may_count=True)
