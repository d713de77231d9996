"""What the synchronous and the asynchronous client share: requests to send, answers to read, when to ask again."""

import json
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx
from httpx_retries import Retry
from pydantic import ValidationError
from tqdm import tqdm

from responder.client.errors import ApiError, ClientError, RateLimited
from responder.client.shapes import Explanation, Job, Message, Prediction, Shape

MOST_MESSAGES = 1_000  # in one request
BATCH = 200
LOOPBACK = ("localhost", "127.0.0.1", "::1")
# 409: the first request with the same Idempotency-Key still runs. No POST of this client does anything twice.
AGAIN = (409, 429, 502, 503, 504)
TOO_MANY = 429
METHODS = ("GET", "POST", "DELETE")
JOBS = "/api/v1/prediction-jobs"
MEDIA_TYPES = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".ndjson": "application/x-ndjson",
    ".jsonl": "application/x-ndjson",
}
DISTRIBUTIONS = ("relief-responder-client", "relief-responder")  # that hold this client
TIMEOUT = httpx.Timeout(60, connect=10)
FORMS = "a text, a Message or a mapping with `text`"
Text = str | Message | Mapping[str, Any]
Filters = str | int
File = str | os.PathLike[str] | bytes
S = TypeVar("S", bound=Shape)


@dataclass(frozen=True, slots=True)
class Call:
    """One request, without address and token."""

    method: str
    path: str
    params: dict[str, Filters] = field(default_factory=dict)
    json: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None


def address(url: str | None, *, allow_http: bool) -> str:
    """The server's address. Raises ValueError for one that would send the token in the clear."""
    url = url or os.environ.get("RESPONDER_URL", "")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("Name the server, such as https://responder.example, or set RESPONDER_URL.")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK and not allow_http:
        raise ValueError("Use https://, or anybody on the way reads the token. allow_http=True allows it all the same.")
    return url.rstrip("/")


def headers(token: str | None) -> dict[str, str]:
    """What every request carries. Raises ValueError without a token."""
    token = token or os.environ.get("RESPONDER_TOKEN", "")
    if not token.strip():
        raise ValueError("Give a token, or set RESPONDER_TOKEN. /developers/ on the server issues one.")
    return {"Authorization": f"Token {token.strip()}", "User-Agent": f"relief-responder-client/{_own_version()}"}


def _own_version() -> str:
    for name in DISTRIBUTIONS:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "0"


def retry(retries: int, longest_wait_s: float) -> Retry:
    """Ask again after Retry-After, else after 0.5 s, 1 s, 2 s … with jitter, at most `longest_wait_s` each."""
    return Retry(
        total=retries, allowed_methods=METHODS, status_forcelist=AGAIN, backoff_factor=0.5, backoff_jitter=0.5,
        max_backoff_wait=longest_wait_s,
    )  # fmt: skip


def is_single(messages: Any) -> bool:
    """Whether this is one text and not several. Raises TypeError for what is neither, ValueError for an empty text."""
    if isinstance(messages, str | Message | Mapping):
        text = messages if isinstance(messages, str) else message(messages).get("text")
        if isinstance(text, str) and not text.strip():
            raise ValueError("The text is empty.")
        return True
    if isinstance(messages, bytes | bytearray | memoryview) or not isinstance(messages, Sequence):
        raise TypeError(
            f"Give {FORMS}, or a list of these, not {type(messages).__name__}. predict_stream takes any iterable."
        )
    return False


def predict(messages: Sequence[Text], idempotency_key: str | None) -> Call:
    """The request for up to 1,000 predictions. Raises ValueError, TypeError."""
    if not 1 <= len(messages) <= MOST_MESSAGES:
        raise ValueError(f"Send 1 to {MOST_MESSAGES} messages at a time; predict_stream takes any number.")
    body = {"messages": [message(text) for text in messages]}
    return Call("POST", "/api/v1/predictions", json=body, headers=once(idempotency_key))


def explain(text: str, method: str, examples: int) -> Call:
    """The request for one explanation."""
    return Call("POST", "/api/v1/explanations", json={"text": text, "method": method, "examples": examples})


def send_file(file: File, name: str | None, options: Mapping[str, Filters], key: str | None) -> Call:
    """The request that sends a file. Raises ValueError for a name that does not say what it holds."""
    if isinstance(file, bytes):
        content, name = file, name or "file.csv"
    else:
        path = Path(file)
        content, name = path.read_bytes(), name or path.name
    kind = MEDIA_TYPES.get(Path(name).suffix.lower())
    if kind is None:
        raise ValueError(f"{name}: the name ends in one of {', '.join(MEDIA_TYPES)}.")
    headers = {"Content-Type": kind} | once(key)
    return Call("POST", JOBS, params=dict(options) | {"name": name}, headers=headers, content=content)


def job(body: Mapping[str, Any]) -> Job:
    """The job of an answer. Raises ClientError."""
    return shaped(Job, [body])[0]


def line(text: str) -> Prediction:
    """The prediction of a line of a result. Raises ClientError."""
    return shaped(Prediction, [_json(text)])[0]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def listing(path: str, filters: Mapping[str, Filters], cursor: str | None) -> Call:
    """The request for one page of a list."""
    return Call("GET", path, params=dict(filters) | ({"cursor": cursor} if cursor else {}))


def once(key: str | None) -> dict[str, str]:
    """The header with which a repeated request has one effect."""
    return {"Idempotency-Key": key or uuid.uuid4().hex}


def feedback(
    post_id: int, wrong: Sequence[str], suggested: Mapping[str, str | None], idempotency_key: str | None
) -> Call:
    """Return the request for feedback on a post."""
    body = {"wrong": list(wrong)} | {name: value for name, value in suggested.items() if value}
    return Call("POST", f"/api/v1/posts/{post_id}/feedback", json=body, headers=once(idempotency_key))


def place(post_id: int, where: Mapping[str, Any], idempotency_key: str | None) -> Call:
    """Return the request that suggests where a post is; what is None is left out."""
    body = {name: value for name, value in where.items() if value is not None}
    return Call("POST", f"/api/v1/posts/{post_id}/place", json=body, headers=once(idempotency_key))


def comment(ref: str, text: str, idempotency_key: str | None) -> Call:
    """The request that comments on an incident."""
    return Call(
        "POST", f"/api/v1/incidents/{quote(ref, safe='')}/comments", json={"text": text}, headers=once(idempotency_key)
    )


def message(text: Text) -> dict[str, Any]:
    """A message as the API takes it: whole numbers as ids become strings. Raises TypeError for what is no message."""
    if isinstance(text, str):
        return {"text": text}
    if isinstance(text, Message):
        return text.model_dump(exclude_none=True)
    if not isinstance(text, Mapping):
        raise TypeError(f"A message is {FORMS}, not {type(text).__name__}.")
    found = {name: value for name, value in text.items() if value is not None or name == "text"}
    if isinstance(given := found.get("id"), int) and not isinstance(given, bool):
        found["id"] = str(given)
    return found


def numbered(texts: Iterable[Text]) -> Iterator[dict[str, Any]]:
    """Yield the messages. A message without an ID gets its position in the stream. Raises TypeError for a single text."""
    if isinstance(texts, str | bytes | bytearray | Message | Mapping):
        raise TypeError("predict_stream takes many texts, such as a list or an open file. predict takes a single one.")
    for position, text in enumerate(texts):
        yield {"id": str(position)} | message(text)


def batches(texts: Iterable[Text], size: int) -> Iterator[list[dict[str, Any]]]:
    """Messages by the batch, read no earlier than they are needed. Raises ValueError."""
    if not 1 <= size <= MOST_MESSAGES:
        raise ValueError(f"A batch holds 1 to {MOST_MESSAGES} messages.")
    stream = numbered(texts)
    while batch := list(islice(stream, size)):
        yield batch


def bar(texts: Iterable[Text], *, shown: bool) -> "tqdm[Any]":
    """A progress bar on standard error, with the time left where the number of texts is known."""
    total = len(texts) if isinstance(texts, Sized) else None
    return tqdm(total=total, unit="post", desc="Classifying", disable=not shown)


def checked(response: httpx.Response) -> dict[str, Any]:
    """The body of an answer. Raises ApiError for a refusal, ClientError for what no server of ours says."""
    try:
        body = response.json()
    except ValueError:
        body = None
    if response.status_code == 204:
        return {}
    if response.is_success and isinstance(body, dict):
        return body
    if not isinstance(body, dict):
        body = {}
    if response.is_success or response.is_redirect:
        raise ClientError(f"{response.url} is no address of a Responder API: it answered {response.status_code}.")
    title = str(body.get("title") or response.reason_phrase)
    detail = str(body.get("detail") or "No reason was given.")
    if response.status_code == TOO_MANY:
        raise RateLimited(title, detail, retry_after(response))
    errors = body.get("errors")
    raise ApiError(response.status_code, title, detail, errors if isinstance(errors, list) else [])


def retry_after(response: httpx.Response) -> float | None:
    """Return the seconds to wait from the response, or None."""
    try:
        return Retry().parse_retry_after(response.headers["Retry-After"])
    except (KeyError, ValueError):
        return None


def predictions(body: Mapping[str, Any], sent: int) -> list[Prediction]:
    """The predictions of an answer, one for each message. Raises ClientError."""
    found = shaped(Prediction, body.get("predictions"))
    if len(found) != sent:
        raise ClientError(f"The server answered {len(found)} of {sent} messages.")
    return found


def explanation(body: Mapping[str, Any]) -> Explanation:
    """The explanation of an answer. Raises ClientError."""
    return shaped(Explanation, [body])[0]


def shaped(shape: type[S], rows: Any) -> list[S]:
    """`rows` as objects. Raises ClientError where they are something else."""
    try:
        return [shape.model_validate(row) for row in rows]
    except (ValidationError, TypeError) as error:
        raise ClientError(
            f"The server's answer is no {shape.__name__}: is this client older or newer? {error}"
        ) from error
