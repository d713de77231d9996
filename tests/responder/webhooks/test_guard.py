"""A webhook reaches the public internet, and nothing of ours: decided on the number that the socket opens to."""

import socket
import threading
import time
from typing import Any

import pytest

from classifier import outbound
from responder.errors import Invalid
from responder.webhooks import guard
from tests.fakes.inside import INSIDE
from tests.fakes.sink import Sink


def test_none_of_many_inside_addresses_is_reached() -> None:
    sink, statuses = Sink(), {}
    opened: list[Any] = []
    real = socket.socket.connect

    def watched(self: socket.socket, address: Any) -> Any:
        opened.append(address)
        if address[0] not in ("127.0.0.1", "::1"):
            raise OSError("the test's network is closed")
        return real(self, address)

    with sink.open() as url, sink.open(socket.AF_INET6) as url6, pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", watched)
        for host in INSIDE:
            port = (url6 if host.startswith("[") else url).split(":")[-1].split("/")[0]
            answer = guard.post(f"http://{host}:{port}/hook", b"{}", {}, allowed=["192.0.2.99/32"])
            statuses[host] = answer.status
            assert answer.problem, host
    assert len(INSIDE) >= 60
    assert sink.hits == 0 and opened == [] and set(statuses.values()) == {None}


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "93.184.216.34"])
def test_public_addresses_are_public(address: str) -> None:
    assert guard.is_public(address)


def test_a_name_is_asked_for_once_and_the_socket_opens_to_the_answer() -> None:
    sink, asked = Sink(), []

    def changing(host: str, port: int) -> list[str]:  # public to a check, ours to the connection
        asked.append(host)
        return ["8.8.8.8"] if len(asked) == 1 else ["127.0.0.1"]

    with sink.open() as url:
        port = url.split(":")[-1].split("/")[0]
        assert guard.is_public(changing("rebind.example", 80)[0])
        answer = guard.post(f"http://rebind.example:{port}/", b"", {}, allowed=["192.0.2.99/32"], resolver=changing)
    assert asked == ["rebind.example"] * 2 and sink.hits == 0
    assert answer.problem == "the address is not on the public internet"


def test_one_inside_address_among_public_ones_refuses_them_all() -> None:
    answer = guard.post("https://both.example/", b"", {}, resolver=lambda _host, _port: ["8.8.8.8", "127.0.0.1"])
    assert answer.problem == "the address is not on the public internet"


def test_an_allowed_network_is_reached_and_its_neighbours_are_not() -> None:
    sink = Sink()
    with sink.open() as url:
        assert guard.post(url, b"{}", {}, allowed=["127.0.0.1/32"]).status == 401
        port = url.split(":")[-1].split("/")[0]
        assert guard.post(f"http://127.0.0.2:{port}/", b"{}", {}, allowed=["127.0.0.1/32"]).status is None
    assert sink.hits == 1


def test_an_answer_that_drips_has_one_deadline() -> None:
    import threading
    import time

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                for number in range(100):
                    try:
                        connection.sendall(b"X-%d: y\r\n" % number)
                    except OSError:
                        return
                    time.sleep(0.05)

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        answer = guard.post(f"http://127.0.0.1:{port}/", b"", {}, allowed=["127.0.0.1/32"], deadline_s=0.4)
        thread.join(10)
    assert answer.status is None and answer.problem == "no answer within 0.4 s"


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "fd00:ec2::254",
        "100.100.100.200",
        "168.63.129.16",
    ],
)
def test_where_clouds_keep_credentials_is_reached_by_nobody_whatever_is_allowed(address: str) -> None:
    with pytest.raises(guard.Refused):
        outbound.addresses("metadata.example", 80, allowed=["0.0.0.0/0", "::/0"], resolver=lambda *_: [address])


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://partner.example/hook", "https://partner.example/hook"),
        ("https://partner.example", "https://partner.example"),
        ("HTTPS://Partner.Example/Hook?a=1", "https://partner.example/Hook?a=1"),
        ("https://partner.example:1/", "https://partner.example:1/"),
        ("https://partner.example:9999/", "https://partner.example:9999/"),
        ("https://partner.example:65535/", "https://partner.example:65535/"),
        ("https://partner.example:/hook", "https://partner.example/hook"),
        ("https://[2606:4700:4700::1111]:8443/hook", "https://[2606:4700:4700::1111]:8443/hook"),
        ("https://[2606:4700:4700:0:0:0:0:1111]/", "https://[2606:4700:4700::1111]/"),
        ("https://bücher.example/hook", "https://xn--bcher-kva.example/hook"),
        ("https://BÜCHER.example/hook", "https://xn--bcher-kva.example/hook"),
        ("https://xn--bcher-kva.example/hook", "https://xn--bcher-kva.example/hook"),
        ("https://partner。example/", "https://partner.example/"),
    ],
)
def test_a_url_is_stored_with_its_host_in_ascii(url: str, stored: str) -> None:
    assert guard.check_url(url) == stored
    assert guard.check_url(stored) == stored


PORT = "The port must be a number from 1 to 65535."
EXAMPLE = "Enter a URL such as https://partner.example/hook"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        *((f"https://a.example:{port}/", PORT) for port in ("0", "65536", "99999", "100000", "-1", "x", "٣", "80:80")),
        *((f"https://{who}@a.example/", "user name or password") for who in ("u", "u:p", ":p", "")),
        ("https://a.example\\@b.example/", "user name or password"),
        ("https://a.example/#part", "fragment"),
        ("https://a.example/#", "fragment"),
        ("http://a.example/", "must begin with https://"),
        ("ftp://a.example/", "must begin with https://"),
        ("javascript:alert(1)", "must begin with https://"),
        ("//a.example/", "must begin with https://"),
        ("", "must begin with https://"),
        ("https://a.example/ä", "percent-encoded"),
        ("https://xn--zz9999999.example/\u200b", EXAMPLE),
        ("https://⁂.example/", "host name of the URL is not valid"),
        *((f"https://{host}/", EXAMPLE) for host in ("", "a b", "a..b", "-a.example", "[::1", "[zz::1]", "[fe80::1%25lo]",
                                                     "[127.0.0.1]", "a" * 64 + ".example", "a." * 127 + "example", "a,b")),
        ("https://a.example/" + "x" * 483, EXAMPLE),
        ("https://a.example/\x00", EXAMPLE),
    ],
)  # fmt: skip
def test_a_url_that_cannot_be_used_is_refused_in_words(url: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        guard.check_url(url)
    assert said in str(refused.value)
    assert guard.post(url, b"{}", {}).problem == str(refused.value)


def test_unencrypted_requests_stay_in_the_networks_that_are_allowed() -> None:
    inside = ["10.1.0.0/16"]

    def public(*_: Any) -> list[str]:
        return ["8.8.8.8"]

    guard.check_target("https://hook.example/", allowed=inside, resolver=public)
    with pytest.raises(Invalid, match=r"must begin with https://. hook\.example is outside the networks"):
        guard.check_target("http://hook.example/", allowed=inside, resolver=public)
    with pytest.raises(Invalid, match="must begin with https://"):
        guard.check_target("http://8.8.8.8/", allowed=inside)
    assert guard.post("http://hook.example/", b"", {}, allowed=inside, resolver=public).problem == guard.UNENCRYPTED
    mixed = guard.post("http://hook.example/", b"", {}, allowed=inside, resolver=lambda *_: ["10.1.2.3", "8.8.8.8"])
    assert mixed.problem == guard.UNENCRYPTED


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "localhost", "x.localhost.", "[::1]"]
)
def test_an_address_inside_is_refused_even_while_no_name_can_be_resolved(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setattr(guard, "_resolving", threading.BoundedSemaphore(1))
    with guard._resolving, pytest.raises(Invalid, match="is not on the public internet"):
        guard.check_target(f"https://{host}/")


INSIDE_NOW = ["127.0.0.1", "10.0.0.5", "192.168.1.1", "169.254.169.254", "::1", "fd00:ec2::254"]


@pytest.mark.parametrize("address", INSIDE_NOW)
def test_a_name_that_leads_inside_now_is_not_registered(address: str) -> None:
    for found in ([address], ["8.8.8.8", address]):
        with pytest.raises(Invalid, match=r"hook\.example is not on the public internet"):
            guard.check_target("https://hook.example/", resolver=lambda *_, found=found: found)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.5", "127.1", "2130706433", "localhost", "[::1]", "[fd00::1]"])
def test_an_address_inside_is_not_registered(host: str) -> None:
    with pytest.raises(Invalid, match="is not on the public internet"):
        guard.check_target(f"https://{host}/")


def test_what_is_public_allowed_unknown_or_late_is_registered() -> None:
    wait = threading.Event()

    def unknown(*_: Any) -> list[str]:
        raise OSError("the name is not known")

    def late(*_: Any) -> list[str]:
        wait.wait(30)
        return ["127.0.0.1"]

    guard.check_target("https://hook.example/", resolver=lambda *_: ["8.8.8.8"])
    guard.check_target("http://hook.example/", allowed=["10.1.0.0/16"], resolver=lambda *_: ["10.1.2.3"])
    guard.check_target("https://hook.example/", resolver=unknown)
    began = time.monotonic()
    for _ in range(guard.MOST_RESOLVING + 3):
        guard.check_target("https://hook.example/", resolver=late, deadline_s=0.05)
    assert time.monotonic() - began < 10
    wait.set()


def test_a_name_that_is_not_resolved_in_time_ends_the_request_and_its_thread_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbound, "_resolving", threading.BoundedSemaphore(1))
    answered, asked = threading.Event(), list[str]()

    def silent(host: str, _port: int) -> list[str]:
        asked.append(host)
        answered.wait(30)
        return ["127.0.0.1"]

    def post(host: str, **wanted: Any) -> guard.Answer:
        return guard.post(f"https://{host}/", b"{}", {}, deadline_s=0.2, **wanted)

    try:
        assert post("silent.example", resolver=silent).problem == "no answer within 0.2 s"
        assert not answered.is_set()
        assert post("other.example", resolver=silent).problem == "no answer within 0.2 s"
        assert asked == ["silent.example"], "no more threads than are counted"
    finally:
        answered.set()
    assert outbound._resolving.acquire(timeout=30), "the place is free again"
    outbound._resolving.release()
    assert post("inside.example", resolver=lambda _host, _port: ["127.0.0.1"]).problem == outbound.NOT_PUBLIC


def test_what_a_resolver_raises_is_told_through_its_thread() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror("unknown")

    assert "the name is not known" in guard.post("https://a.example/", b"", {}, resolver=unknown).problem
