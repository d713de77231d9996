"""Channels against local sinks: what arrives, what is refused, how failures are retried and when a channel is dead."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any

import http_ece
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core import mail
from django.test import Client
from django.urls import reverse

from monitoring.models import AuditEvent
from responder import alerting
from responder.alerting import channels, chat_services, push, sending
from responder.errors import Invalid, InvalidFields, Missing, TooMany
from responder.models import Notification, NotificationChannel, NotificationDelivery, NotificationMessage, PushKey, User
from responder.privacy import secrets
from tests.fakes.sink import Sink

pytestmark = pytest.mark.django_db
BEGAN = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOST = "https://responder.example"


@pytest.fixture(autouse=True)
def _loopback_may_be_reached(settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    settings.MAIL_IS_CONFIGURED = True


@pytest.fixture
def add(people: dict[str, User]) -> Callable[..., NotificationChannel]:
    def make(kind: str, address: str = "", **changes: Any) -> NotificationChannel:
        wanted = {"person": people["lead"], "label": "Mine", "host": HOST} | changes
        return channels.create(kind=kind, address=address, **wanted)

    return make


@pytest.fixture
def tell(people: dict[str, User], time_machine: Any) -> Callable[[], None]:
    """Notifies the lead of something critical, and sends what is due."""
    time_machine.move_to(BEGAN, tick=False)

    def send() -> None:
        Notification.objects.create(person=people["lead"], kind="rule", level="critical", title="A roof", path="/map/")
        alerting.compose()
        alerting.deliver()

    return send


class Service:
    """A server that keeps requests and answers with a status."""

    def __init__(self, status: int = 201) -> None:
        self.status, self.location = status, ""
        self.got: list[tuple[str, dict[str, str], bytes]] = []


@pytest.fixture
def service() -> Iterator[tuple[Service, str]]:
    kept = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            kept.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(kept.status)
            if kept.location:
                self.send_header("Location", kept.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_PUT = do_POST

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield kept, f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def delivery() -> NotificationDelivery:
    return NotificationDelivery.objects.latest("pk")


def test_email_goes_to_the_accounts_address(
    add: Callable[..., NotificationChannel], tell: Callable[[], None], people: dict[str, User]
) -> None:
    with pytest.raises(InvalidFields):
        add("email")
    User.objects.filter(pk=people["lead"].pk).update(email="ana@relief.example")
    people["lead"].refresh_from_db()
    channel = add("email")
    assert channel.address == ""
    tell()
    (message,) = mail.outbox
    assert message.to == ["ana@relief.example"] and message.subject == "[Responder] A roof"
    assert f"{HOST}/map/" in message.body and delivery().state == "done"
    with pytest.raises(InvalidFields):
        add("email")


def test_a_webhook_is_signed_and_its_secret_is_shown_once(
    tell: Callable[[], None], people: dict[str, User]
) -> None:  # fmt: skip
    sink, client = Sink(), Client()
    client.force_login(people["lead"])
    with sink.open() as url:
        fields = {"kind": "webhook", "address": url, "label": "Our log"}
        page = client.post(reverse("notification-channel-add"), fields).content.decode()
        channel = NotificationChannel.objects.get()
        sink.secrets.append(channels.secret_of(channel))
        assert sink.secrets[0] in page and url not in page
        assert sink.secrets[0] not in client.get(reverse("notifications")).content.decode()
        tell()
    (body,) = sink.bodies.values()
    assert body["data"] == {"title": "A roof", "text": "• A roof", "url": "http://testserver/map/", "level": "critical"}
    assert sink.refused == 0 and delivery().state == "done"
    assert url not in channel.address and secrets.decrypt(channel.address) == url
    assert url not in json.dumps(list(AuditEvent.objects.values_list("detail", flat=True)))


def test_a_channel_that_fails_five_times_is_dead_and_its_owner_is_told(
    add: Callable[..., NotificationChannel], tell: Callable[[], None], people: dict[str, User], time_machine: Any
) -> None:
    sink = Sink(lambda _key, _times: 500)
    with sink.open() as url:
        channel = add("webhook", url)
        sink.secrets.append(channels.secret_of(channel))
        tell()
        times = [BEGAN]
        while delivery().state == "waiting":
            row = delivery()
            assert "answered 500" in row.problem and row.tries == len(times)
            time_machine.move_to(row.next_at - timedelta(seconds=1), tick=False)
            alerting.deliver()
            assert delivery().tries == row.tries, "too early"
            time_machine.move_to(row.next_at, tick=False)
            times.append(row.next_at)
            alerting.deliver()
    waits = [later - early for early, later in pairwise(times)]
    assert waits == list(sending.SCHEDULE) and sink.hits == 5
    assert delivery().state == "dead" and delivery().finished_at
    channel.refresh_from_db()
    assert channel.state == "dead"
    told = Notification.objects.get(kind="channel")
    assert told.person == people["lead"] and "“Mine” stopped working" in told.title and url not in told.title
    client = Client()
    client.force_login(people["lead"])
    assert "Stopped: messages could not be delivered" in client.get(reverse("notifications")).content.decode()
    with pytest.raises(Invalid):
        channels.test(channel=channel)
    channels.resume(channel=channel)
    alerting.deliver()
    assert sink.hits == 5, "what failed is not sent again"


def test_a_crash_after_sending_sends_it_again_when_the_lease_ends(
    add: Callable[..., NotificationChannel],
    tell: Callable[[], None],
    time_machine: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sink = Sink()
    with sink.open() as url:
        sink.secrets.append(channels.secret_of(add("webhook", url)))
        with monkeypatch.context() as patch:
            patch.setattr(sending, "_store", lambda *_: 0)
            tell()
        assert alerting.deliver() == 0 and sink.hits == 1
        time_machine.move_to(BEGAN + sending.LEASE + timedelta(seconds=1), tick=False)
        assert alerting.deliver() == 1
    assert list(sink.seen.values()) == [2], "the same id twice"


def test_private_addresses_are_refused(
    add: Callable[..., NotificationChannel], tell: Callable[[], None], settings: Any
) -> None:
    settings.WEBHOOK_NETWORKS = []
    for url in (
        "https://127.0.0.1/x",
        "http://relief.example/x",
        "https://10.0.0.1/",
        "https://169.254.169.254/",
        "file:///x",
    ):
        with pytest.raises(InvalidFields):
            add("webhook", url)
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    add("webhook", "http://127.0.0.1:9/x")
    settings.WEBHOOK_NETWORKS = []
    tell()
    assert delivery().state == "waiting" and delivery().problem


# --- push messages


@pytest.fixture
def subscriber() -> tuple[ec.EllipticCurvePrivateKey, bytes, dict[str, str]]:
    """A browser's key, its secret, and both as it sends them."""
    key, secret = ec.generate_private_key(ec.SECP256R1()), b"0123456789abcdef"
    public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    encoded = [base64.urlsafe_b64encode(one).decode().rstrip("=") for one in (public, secret)]
    return key, secret, dict(zip(("p256dh", "auth"), encoded, strict=True))


def test_a_push_message_is_encrypted_for_the_browser_and_signed_by_the_site(
    people: dict[str, User], tell: Callable[[], None], subscriber: Any, service: tuple[Service, str]
) -> None:
    (kept, where), (key, secret, keys), client = service, subscriber, Client()
    client.force_login(people["lead"])
    page = client.get(reverse("notifications")).content.decode()
    assert f'data-key="{push.public_key()}"' in page and PushKey.objects.count() == 1
    subscription = json.dumps({"endpoint": f"http://{where}/push/1", "keys": keys})
    answer = client.post(reverse("notifications-push"), {"subscription": subscription, "label": "Firefox"})
    assert answer.status_code == 201
    tell()
    ((path, headers, body),) = kept.got
    assert path == "/push/1" and headers["content-encoding"] == "aes128gcm" and headers["urgency"] == "high"
    plain = json.loads(http_ece.decrypt(body, private_key=key, auth_secret=secret, version="aes128gcm"))
    assert plain == {"title": "A roof", "body": "• A roof", "url": "http://testserver/map/"}
    assert _is_signed(headers["authorization"], f"http://{where}")
    assert delivery().state == "done"


def _is_signed(authorization: str, audience: str) -> bool:
    """Whether the site's key signed a token for this push service that is valid for an hour at most."""
    scheme, _space, rest = authorization.partition(" ")
    parts = dict(one.split("=", 1) for one in rest.split(","))
    head, claims, signature = parts["t"].split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64.urlsafe_b64decode(parts["k"] + "=="))
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    key.verify(encode_dss_signature(r, s), f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    until = datetime.fromtimestamp(int(said["exp"]), UTC)
    return (scheme, said["aud"], until) == ("vapid", audience, BEGAN + timedelta(hours=1)) and parts[
        "k"
    ] == push.public_key()


def test_a_push_address_that_is_gone_is_dead_at_once(
    add: Callable[..., NotificationChannel], tell: Callable[[], None], subscriber: Any, service: tuple[Service, str]
) -> None:
    kept, where = service
    kept.status = 410
    channel = add("push", json.dumps({"endpoint": f"http://{where}/push/1", "keys": subscriber[2]}))
    tell()
    channel.refresh_from_db()
    assert channel.state == "dead" and delivery().tries == 1


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "[]", "{}", '{"endpoint": 1, "keys": {}}', '{"endpoint": "https://a/", "keys": {"p256dh": "AA", "auth": "AA"}}',
        "[" * 5_000, '{"endpoint": null, "keys": null}', "\x00",
    ],
)  # fmt: skip
def test_what_is_no_subscription_is_refused(people: dict[str, User], text: str) -> None:
    client = Client()
    client.force_login(people["viewer"])
    assert client.post(reverse("notifications-push"), {"subscription": text}).status_code == 400


@pytest.mark.parametrize(
    "endpoint", ["ftp://a.example/", "https://u:p@a.example/", "https://", "https://a.example/" + "x" * 1000]
)
def test_a_push_address_is_checked(subscriber: Any, endpoint: str) -> None:
    with pytest.raises(Invalid):
        push.check_subscription(json.dumps({"endpoint": endpoint, "keys": subscriber[2]}))


# --- chat services


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "syslog://", "exec://ls", "file:///etc/passwd", "json://127.0.0.1/", "mailtos://u:p@a.example", "dbus://",
        "ntfy://127.0.0.1/topic", "ntfys://a.example/t?attach=/etc/passwd", "ntfys://a.example/t?verify=no",
        "workflows://a.example/w/s?template=/etc/passwd", "slack://nonsense", "ntfys://a.example/ t", "ntfys://a\x00/t",
        "ntfys://" + "a" * 1000,
    ],
)  # fmt: skip
def test_what_is_not_on_the_list_is_refused(url: str) -> None:
    with pytest.raises(Invalid) as error:
        chat_services.check_url(url)
    assert len(url) < 10 or url not in str(error.value)


def test_plugins_that_do_not_send_by_http_are_refused_whatever_the_operator_lists(settings: Any) -> None:
    settings.CHAT_SERVICES = ["syslog", "mailtos", "dbus", "mqtts"]
    for url in ("syslog://", "mailtos://user:password@a.example", "dbus://", "mqtts://a.example/topic"):
        with pytest.raises(Invalid):
            chat_services.check_url(url)


def test_a_chat_service_gets_the_message(
    add: Callable[..., NotificationChannel], tell: Callable[[], None], service: tuple[Service, str], settings: Any
) -> None:
    kept, where = service
    kept.status = 200
    settings.CHAT_SERVICES = ["json"]
    channel = add("apprise", f"json://{where}/hook")
    assert channel.service == "json" and where not in channel.address
    tell()
    ((_path, _headers, body),) = kept.got
    assert json.loads(body)["title"] == "A roof" and f"{HOST}/map/" in json.loads(body)["message"]
    assert delivery().state == "done"


def test_a_chat_service_inside_the_network_is_not_reached_not_even_by_a_redirect(
    service: tuple[Service, str], settings: Any
) -> None:
    kept, where = service
    settings.CHAT_SERVICES, settings.WEBHOOK_NETWORKS = ["json"], []
    outcome = sending.transports.send(_request(f"json://{where}/hook"))
    assert "not on the public internet" in outcome.problem and kept.got == []
    settings.WEBHOOK_NETWORKS = ["127.0.0.1/32"]
    kept.status, kept.location = 307, "http://127.0.0.2:9/secret"
    outcome = sending.transports.send(_request(f"json://{where}/hook"))
    assert outcome.problem and where not in outcome.problem and len(kept.got) == 1


def test_the_guard_leaves_other_connections_alone(service: tuple[Service, str], settings: Any) -> None:
    kept, where = service
    settings.CHAT_SERVICES, settings.WEBHOOK_NETWORKS = ["json"], []
    sending.transports.send(_request(f"json://{where}/hook"))
    assert requests.post(f"http://{where}/own", timeout=5).status_code == 201 and len(kept.got) == 1


def _request(url: str) -> Any:
    return sending.transports.Request(
        kind="apprise", address=url, subject="s", body="b", url="u", level="warning", message_id="m",
        channel=NotificationChannel(kind="apprise"),
    )  # fmt: skip


# --- verbs


def test_a_test_is_sent_and_limited(
    add: Callable[..., NotificationChannel], people: dict[str, User], time_machine: Any
) -> None:
    time_machine.move_to(BEGAN, tick=False)
    sink = Sink()
    with sink.open() as url:
        channel = add("webhook", url)
        sink.secrets.append(channels.secret_of(channel))
        channels.test(channel=channel)
        assert alerting.deliver() == 1
    for _ in range(channels.MOST_TESTS_AN_HOUR - 1):
        channels.test(channel=channel)
    with pytest.raises(TooMany):
        channels.test(channel=channel)
    assert not NotificationMessage.objects.filter(is_test=False).exists()


def test_channels_are_limited_and_belong_to_one_person(
    add: Callable[..., NotificationChannel], people: dict[str, User]
) -> None:
    made = [add("webhook", "http://127.0.0.1:9/x") for _ in range(channels.MOST_CHANNELS)]
    with pytest.raises(TooMany):
        add("webhook", "http://127.0.0.1:9/x")
    with pytest.raises(Missing):
        channels.find(person=people["reviewer"], channel_id=made[0].pk)
    channels.delete(channel=made[0])
    channels.delete(channel=made[0])
    assert NotificationChannel.objects.count() == channels.MOST_CHANNELS - 1


def test_another_key_encrypts_the_addresses_anew(add: Callable[..., NotificationChannel], settings: Any) -> None:
    channel = add("webhook", "http://127.0.0.1:9/x")
    settings.ENCRYPTION_KEYS = ["n" * 40]
    assert secrets.reencrypt().done >= 1
    channel.refresh_from_db()
    assert secrets.decrypt(channel.address) == "http://127.0.0.1:9/x"
