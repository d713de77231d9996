"""A web process under slow, endless and oversized requests of strangers."""

import socket
import time
from collections.abc import Callable
from contextlib import closing

import httpx
import pytest

from tests.responder.attacks.conftest import Web

pytestmark = pytest.mark.xdist_group("attacked")
FORM = "application/x-www-form-urlencoded"


def head(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Type: {FORM}", *lines, "", ""]).encode()


def answer_of(connection: socket.socket) -> bytes:
    """What comes until the server closes."""
    received = b""
    try:
        while piece := connection.recv(65_536):
            received += piece
    except ConnectionResetError:
        pass
    return received


def poured(connection: socket.socket, piece: bytes, most: int) -> int:
    """Bytes that were taken of `most` before the server closed or answered."""
    sent = 0
    try:
        while sent < most:
            connection.sendall(piece)
            sent += len(piece)
    except OSError:
        pass
    return sent


def test_a_length_beyond_the_limit_is_refused_before_the_body_comes(web: Web) -> None:
    for path in ("/login/", "/nowhere", "/map/data"):
        with closing(web.connect()) as connection:
            connection.sendall(head(path, "Content-Length: 599000000", "Expect: 100-continue"))
            answer = answer_of(connection)
        assert answer.startswith(b"HTTP/1.1 413 ") and b"connection: close" in answer, answer


def test_a_client_that_goes_on_sending_still_reads_the_answer(web: Web) -> None:
    answer = httpx.post(f"{web.address}/login/", content=b"x" * 3_000_000, headers={"Content-Type": FORM}, timeout=60)
    assert answer.status_code == 413
    assert answer.json()["detail"].startswith("The request is too large: the limit here is 16 kB")
    page = httpx.post(f"{web.address}/login/", content=b"x" * 3_000_000, headers={"Accept": "text/html"}, timeout=60)
    assert (
        page.status_code == 413
        and "the limit here is 16 kB" in page.text
        and page.headers["content-type"].startswith("text/html")
    )


def test_a_body_in_chunks_is_counted_while_it_comes(web: Web) -> None:
    piece = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    with closing(web.connect()) as connection:
        connection.sendall(head("/login/", "Transfer-Encoding: chunked"))
        taken = poured(connection, piece, 400_000_000)
    assert taken < 100_000_000  # a little was thrown away, so that the client could read the answer
    with closing(web.connect()) as connection:
        connection.sendall(head("/login/", "Transfer-Encoding: chunked") + piece)
        assert answer_of(connection).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("path", ["/api/v1/prediction-jobs", "/api/v1/predictions", "/files/send"])
def test_a_stranger_sends_no_more_than_a_little_even_to_where_files_go(web: Web, path: str) -> None:
    stranger = {"Authorization": "Token rsp_" + "x" * 40, "Cookie": "sessionid=" + "y" * 32}
    answer = httpx.post(f"{web.address}{path}", content=b"x" * 200_000, headers=stranger, timeout=60)
    assert answer.status_code == 401
    assert "a valid token" in answer.json()["detail"]


def test_a_known_caller_sends_a_large_file(web: Web) -> None:
    rows = b"id,text\n" + b"1,Water is rising in Beira\n" * 20_000
    headers = web.authorized | {"Content-Type": "text/csv"}
    answer = httpx.post(f"{web.address}/api/v1/prediction-jobs", content=rows, headers=headers, timeout=60)
    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize(
    "attack",
    [
        lambda: b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"x" * 3_000_000,
        lambda: b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"a: b\r\n" * 500_000,
        lambda: b"GET /" + b"x" * 3_000_000,
        lambda: head("/login/", "Transfer-Encoding: chunked") + b"0\r\n" + b"a: b\r\n" * 500_000,
        lambda: head("/login/", "Transfer-Encoding: chunked") + b"1;" + b"x" * 3_000_000,
    ],
    ids=["one header", "many headers", "address", "trailers", "chunk extension"],
)
def test_headers_and_what_is_like_them_are_bounded(web: Web, attack: Callable[[], bytes]) -> None:
    with closing(web.connect()) as connection:
        connection.settimeout(15)
        assert poured(connection, attack(), 3_000_000) == 0 or answer_of(connection)[:13] in (
            b"HTTP/1.1 431 ", b"HTTP/1.1 400 ", b"",
        )  # fmt: skip
    assert httpx.get(f"{web.address}/healthz", timeout=10).status_code == 200


@pytest.mark.slow
def test_slow_bodies_and_slow_headers_are_cut_off(web: Web) -> None:
    slow = [web.connect() for _ in range(190)]
    for number, connection in enumerate(slow):
        connection.sendall(head("/login/", "Content-Length: 1000") if number % 2 else b"POST /login/ HTTP/1.1\r\n")
    assert httpx.get(f"{web.address}/healthz", timeout=10).status_code == 200
    end = time.monotonic() + 60
    for connection in slow:
        with closing(connection):
            connection.settimeout(max(0.1, end - time.monotonic()))
            assert answer_of(connection).startswith(b"HTTP/1.1 408 ")


def test_one_address_holds_so_many_connections_and_no_more(web: Web) -> None:
    held = [web.connect("127.0.0.2") for _ in range(20)]
    with closing(web.connect("127.0.0.2")) as one_more:
        assert answer_of(one_more).startswith(b"HTTP/1.1 429 ")
    with closing(web.connect()) as another_address:
        another_address.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert answer_of(another_address).startswith(b"HTTP/1.1 200 ")
    for connection in held:
        connection.close()
