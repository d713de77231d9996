"""Run by test_held in a process of its own: the web process with its pool of connections, while the model or a name takes long.

The model's batches, and the resolution of names, wait for an event. Meanwhile it is counted how many requests are inside, how many are
answered and with what, how many connections are out of the pool, and whether others get answers.
"""

import asyncio
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from http.cookies import SimpleCookie
from typing import Any

import django

THREADS, MANY = 64, 12
opened = threading.Event()
lock = threading.Lock()
inside = 0
out_of_the_pool: set[int] = set()


def main() -> None:
    django.setup()
    count_connections()
    from django.db import connections

    from classifier import serving
    from responder.classification import labelled_examples

    serving.watch = lambda *_: None  # it asks the database now and then
    from responder.asgi import application

    serving.current()
    block_model_and_names()
    rows = labelled_examples.gold()[:20]
    labelled_examples.gold = lambda: rows  # type: ignore[assignment]
    staged = stage()
    connections.close_all()
    json.dump(asyncio.run(scenes(application, staged)), sys.stdout)


def count_connections() -> None:
    from psycopg_pool import ConnectionPool

    take, give = ConnectionPool.getconn, ConnectionPool.putconn

    def getconn(self: Any, timeout: float | None = None) -> Any:
        connection = take(self, timeout)
        out_of_the_pool.add(id(connection))
        return connection

    def putconn(self: Any, connection: Any) -> None:
        out_of_the_pool.discard(id(connection))
        give(self, connection)

    ConnectionPool.getconn, ConnectionPool.putconn = getconn, putconn  # type: ignore[method-assign]


def block_model_and_names() -> None:
    from classifier import admission, outbound
    from classifier.ml.runtime import Runtime
    from responder.webhooks import guard

    def blocking(work: Callable[..., Any]) -> Callable[..., Any]:
        def wait(*arguments: Any, **named: Any) -> Any:
            global inside
            with lock:
                inside += 1
            opened.wait(120)
            with lock:
                inside -= 1
            return work(*arguments, **named)

        return wait

    Runtime._run_texts = blocking(Runtime._run_texts)  # type: ignore[method-assign]
    for gate in (admission.predictions, admission.explanations):
        gate._patience_s = 120  # whoever waits here waits for `opened`, however slow the machine is
    outbound.addresses = blocking(lambda *_, **__: ["8.8.8.8"])
    guard.check_target.__kwdefaults__["deadline_s"] = 120


def stage() -> dict[str, Any]:
    """Tokens of many people, sessions of many, and a post."""
    from django.conf import settings
    from django.test import Client

    from responder.partners import tokens
    from tests.responder.concurrency import world

    def secret(number: int) -> str:
        owner = world.person(f"partner{number}", "partner")
        scopes = ["predict", "webhooks"]
        return tokens.issue(owner=owner, organisation="Relief", name="Desk", scopes=scopes, by=owner)[1]

    def session(number: int) -> str:
        client = Client()
        client.force_login(world.person(f"viewer{number}", "viewer"))
        cookies: SimpleCookie = client.cookies
        return f"{settings.SESSION_COOKIE_NAME}={cookies[settings.SESSION_COOKIE_NAME].value}"

    (post,) = world.posts(world.event("held"), 1)
    return {"tokens": [secret(n) for n in range(MANY)], "sessions": [session(n) for n in range(MANY)], "post": post.pk}


async def scenes(application: Any, stage: dict[str, Any]) -> dict[str, Any]:
    tokens, sessions = stage["tokens"], stage["sessions"]
    numbers = iter(range(10_000))

    def ask(path: str, header: tuple[str, str] | None = None, content: Any = None) -> Any:
        return request(application, path, header, content)

    def predict(secret: str) -> Any:
        body = {"messages": [{"text": f"Boats to house {next(numbers)}"}]}
        return ask("/api/v1/predictions", ("Authorization", f"Token {secret}"), body)

    def explain(secret: str) -> Any:
        body = {"text": f"Boats to house {next(numbers)}", "examples": 0}
        return ask("/api/v1/explanations", ("Authorization", f"Token {secret}"), body)

    def page(part: str, cookie: str) -> Any:
        return ask(f"/map/items/{stage['post']}/{part}", ("Cookie", cookie))

    def register(secret: str) -> Any:
        body = {"url": f"https://hook{next(numbers)}.example/", "kinds": ["post.decided"]}
        return ask("/api/v1/webhooks", ("Authorization", f"Token {secret}"), body)

    async def others() -> list[int]:
        answers = [
            ask("/healthz"), ask("/login/"), ask("/map/", ("Cookie", sessions[0])),
            ask("/api/v1/categories", ("Authorization", f"Token {tokens[0]}")),
        ]  # fmt: skip
        return [status for status, _headers in await asyncio.gather(*answers)]

    async def scene(works: Sequence[Any], *, within: int, answered: int) -> dict[str, Any]:
        """What happens while so many are in the model, or at a name, and so many were answered already."""
        opened.clear()
        tasks = [asyncio.create_task(work) for work in works]
        done: list[Any] = []
        end = time.monotonic() + 60
        while (inside, len(done)) != (within, answered) and time.monotonic() < end:
            await asyncio.sleep(0.02)
            done = [task.result() for task in tasks if task.done()]
        refused = [headers for status, headers in done if status != 200]
        result = {
            "inside": inside, "answered": dict(Counter(str(status) for status, _headers in done)),
            "told_when_to_return": all(int(headers.get("retry-after", 0)) > 0 for headers in refused),
            "held": len(out_of_the_pool), "others": await others(),
        }  # fmt: skip
        opened.set()
        later = await asyncio.gather(*(task for task in tasks if not task.done()))
        return result | {"later": dict(Counter(str(status) for status, _headers in later))}

    return {
        "predictions": await scene([predict(tokens[0]) for _ in range(THREADS)], within=16, answered=32),
        "explanations_of_one": await scene([explain(tokens[0]) for _ in range(MANY)], within=1, answered=MANY - 1),
        "explanations": await scene([explain(secret) for secret in tokens], within=2, answered=MANY - 6),
        "why_of_one": await scene([page("why", sessions[0]) for _ in range(THREADS)], within=1, answered=THREADS - 1),
        "why": await scene([page("why", cookie) for cookie in sessions], within=2, answered=MANY - 6),
        "similar": await scene([page("similar", cookie) for cookie in sessions], within=1, answered=MANY - 6),
        "names": await scene([register(secret) for secret in tokens[:8]], within=8, answered=0),
    }


async def request(
    application: Any, path: str, header: tuple[str, str] | None, content: Any
) -> tuple[int, dict[str, str]]:
    """Status and headers of one answer."""
    body = b"" if content is None else json.dumps(content).encode()
    messages: list[Any] = []
    done = asyncio.Event()
    to_send = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        if to_send:
            return to_send.pop()
        await done.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        messages.append(message)

    headers = [(b"host", b"localhost"), (b"accept", b"text/html, */*")]
    if content is not None:
        headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if header:
        headers.append((header[0].lower().encode(), header[1].encode()))
    scope = {
        "type": "http", "http_version": "1.1", "method": "GET" if content is None else "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    await application(scope, receive, send)
    done.set()
    start = messages[0]
    return start["status"], {name.decode().lower(): value.decode() for name, value in start["headers"]}


if __name__ == "__main__":
    main()
