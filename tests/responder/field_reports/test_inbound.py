"""Gateways: signatures and their forgeries, replays, long messages in parts, and what is never shown."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from standardwebhooks import Webhook

from classifier import clock
from responder.field_reports import channels, contacts, inbound, keys, message_parts
from responder.models import Event, FieldReport, MessagePart, Post, ReportChannel, User
from tests.fakes import twilio

pytestmark = pytest.mark.django_db
TOKEN = "twilio-token"
SMS = {
    "MessageSid": "SM0001",
    "From": "+258845550143",
    "To": "+258800",
    "Body": "No water in Munhava since Monday",
    "NumMedia": "0",
}


@pytest.fixture
def gateway(make_channel: Callable[..., ReportChannel]) -> ReportChannel:
    return make_channel("sms")


@pytest.fixture
def signed_channel(make_channel: Callable[..., ReportChannel]) -> ReportChannel:
    return make_channel("signed")


def address(channel: ReportChannel) -> str:
    name = "inbound-sms" if channel.kind == "sms" else "inbound-messages"
    return reverse(name, args=[keys.key_of(channel)])


def send(channel: ReportChannel, *, base: str = "http://testserver", token: str = TOKEN, **changes: str) -> Any:
    sent = SMS | changes
    path = address(channel)
    return Client().post(path, sent, headers={"X-Twilio-Signature": twilio.signature(token, base + path, sent)})


def send_signed(channel: ReportChannel, body: Any, *, id: str = "m1", secret: str = "", at: Any = None) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    at = at or clock.now()
    signature = Webhook(secret or keys.signing_secret(channel)).sign(id, at, text)
    headers = {"webhook-id": id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
    return Client().post(address(channel), text, content_type="application/json", headers=headers)


def test_a_message_is_a_report_and_the_number_is_hidden(gateway: ReportChannel, event: Event) -> None:
    answer = send(gateway)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/xml")
    assert answer.content.decode().endswith("<Response></Response>")
    report = FieldReport.objects.get()
    assert (report.kind, report.about, report.post.source, report.post.text) == ("sms", "", "sms", SMS["Body"])
    assert contacts.decrypted(report.contact).telephone == SMS["From"]
    everything = str(Post.objects.values().get()) + str(FieldReport.objects.values().get())
    assert "5550143" not in everything and "SM0001" not in everything
    gateway.refresh_from_db()
    assert gateway.received == 1 and TOKEN not in gateway.secret


def test_a_replay_changes_nothing(gateway: ReportChannel) -> None:
    for _turn in range(3):
        assert send(gateway).status_code == 200
    assert send(gateway, Body="Another text under the same ID").status_code == 200
    assert Post.objects.count() == 1
    assert send(gateway, MessageSid="SM0002").status_code == 200
    assert Post.objects.count() == 2


def test_the_example_of_twilios_documentation_has_its_signature() -> None:
    parameters = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio.signature("12345", url, parameters) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize(
    "base", ["https://testserver", "https://testserver:443", "http://testserver:80", "http://testserver"]
)
def test_behind_a_proxy_the_address_may_have_another_scheme_or_port(gateway: ReportChannel, base: str) -> None:
    assert send(gateway, base=base).status_code == 200


def test_forged_signatures_store_nothing(gateway: ReportChannel) -> None:
    path = address(gateway)
    right = twilio.signature(TOKEN, f"http://testserver{path}", SMS)
    for wrong in ("", "x", "é", right[:-4] + "AAA=", twilio.signature("other", f"http://testserver{path}", SMS),
                  twilio.signature(TOKEN, f"http://evil.example{path}", SMS), right * 9):  # fmt: skip
        assert Client().post(path, SMS, headers={"X-Twilio-Signature": wrong}).status_code == 403
    for changed in ({"Body": "changed"}, {"Extra": "1"}, {"From": "+1"}):
        assert Client().post(path, SMS | changed, headers={"X-Twilio-Signature": right}).status_code == 403
    assert Client().post(path, SMS).status_code == 403
    assert Client().get(path).status_code == 405
    assert not Post.objects.exists()
    gateway.refresh_from_db()
    assert gateway.refused == 1 and "signature" in gateway.last_error  # at most one a minute is written


@pytest.mark.parametrize("changes", [{"MessageSid": ""}, {"Body": ""}, {"Body": " \0 "}, {"MessageSid": "x" * 300}])
def test_messages_that_make_no_sense_are_refused(gateway: ReportChannel, changes: dict[str, str]) -> None:
    assert send(gateway, **changes).status_code == 400
    assert not Post.objects.exists()
    gateway.refresh_from_db()
    assert gateway.refused == 1


def test_long_and_odd_messages_are_bounded(gateway: ReportChannel) -> None:
    assert send(gateway, Body="é" * 4_000, From="x" * 500).status_code == 200
    assert send(gateway, MessageSid="SM2", Body="", NumMedia="3").status_code == 200
    assert FieldReport.objects.latest("id").attachments == 3


def test_a_channel_that_is_off_replaced_or_of_a_closed_event(
    gateway: ReportChannel, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = address(gateway)
    rotated = channels.rotate(ref=gateway.ref, version=1, by=lead)
    assert Client().post(old, SMS).status_code == 404 and send(rotated).status_code == 200
    Event.objects.update(state="closed")
    closed = send(rotated, MessageSid="SM9")
    assert closed.status_code == 400 and "closed" in closed.json()["detail"]
    Event.objects.update(state="open")
    channels.switch(ref=gateway.ref, version=2, is_on=False, by=lead)
    assert send(rotated, MessageSid="SM9").status_code == 404
    assert Post.objects.count() == 1


def test_keys_of_one_kind_open_no_other(gateway: ReportChannel, signed_channel: ReportChannel) -> None:
    assert Client().post(f"/inbound/messages/{keys.key_of(gateway)}").status_code == 404
    assert Client().post(f"/inbound/sms/{keys.key_of(signed_channel)}").status_code == 404
    assert Client().get(f"/report/{keys.key_of(gateway)}/").status_code == 404
    for key in ("x", "a" * 90, "ä", f"{gateway.ref}-"):
        assert Client().post(f"/inbound/sms/{key}", SMS).status_code == 404


# --- signed JSON
def test_a_signed_message_is_a_report(signed_channel: ReportChannel) -> None:
    body = {"text": "Bridge is gone at Dondo", "from": "+258841", "name": "Zo"}
    answer = send_signed(signed_channel, body)
    report = FieldReport.objects.get()
    assert answer.status_code == 202 and answer.json() == {"report": report.ref}
    assert contacts.decrypted(report.contact) == contacts.Contact("Zo", "+258841")
    assert send_signed(signed_channel, body).json() == {"report": report.ref}
    assert Post.objects.count() == 1


def test_forged_and_old_signatures_of_json_store_nothing(signed_channel: ReportChannel) -> None:
    body = {"text": "Bridge is gone"}
    other = "whsec_" + "A" * 43 + "="
    assert send_signed(signed_channel, body, secret=other).status_code == 403
    for away in (timedelta(minutes=6), -timedelta(minutes=6)):
        assert send_signed(signed_channel, body, at=clock.now() + away).status_code == 403
    path = address(signed_channel)
    for headers in ({}, {"webhook-id": "a", "webhook-timestamp": "x", "webhook-signature": "v1,"},
                    {"webhook-id": "a" * 300, "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"},
                    {"webhook-id": "a", "webhook-timestamp": str(int(clock.now().timestamp())), "webhook-signature": "v1a,é v1,!!"}):  # fmt: skip
        assert Client().post(path, "{}", content_type="application/json", headers=headers).status_code == 403
    assert not Post.objects.exists()


@pytest.mark.parametrize(
    "body",
    ["", "[]", "null", "{", '"x"', "{}", '{"text": 5}', '{"text": ["a"]}', '{"text": "x", "from": {}}', '{"text": "   "}',
     '{"text": "abc", "part": 0}', '{"text": "abc", "part": 3, "parts": 2}', '{"text": "abc", "parts": 1000}',
     '{"text": "abc", "part": true}', "[" * 5_000, json.dumps({"text": "x" * 5_001}), json.dumps({f"k{n}": n for n in range(300)})],
)  # fmt: skip
def test_bodies_that_make_no_sense_are_refused(signed_channel: ReportChannel, body: str) -> None:
    answer = send_signed(signed_channel, body)
    assert answer.status_code == 400 and answer.json()["detail"]
    assert not Post.objects.exists() and not MessagePart.objects.exists()


def test_lone_surrogates_and_nul_are_stored_as_signs(signed_channel: ReportChannel) -> None:
    assert (
        send_signed(
            signed_channel, '{"text": "roof \\ud83d gone\\u0000", "from": "+1\\ud83d23", "name": "\\udfff"}'
        ).status_code
        == 202
    )
    assert "roof" in Post.objects.get().text


def part(number: int, text: str, *, parts: int = 3, reference: str = "41") -> dict[str, Any]:
    return {"text": text, "from": "+258841", "reference": reference, "part": number, "parts": parts}


def test_the_parts_of_a_long_message_are_joined_in_order(signed_channel: ReportChannel) -> None:
    assert send_signed(signed_channel, part(3, "the roof."), id="c").json() == {"report": None}
    assert send_signed(signed_channel, part(1, "We are five, "), id="a").json() == {"report": None}
    assert send_signed(signed_channel, part(1, "We are five, "), id="a").json() == {"report": None}
    assert not Post.objects.exists() and "+258841" not in str(list(MessagePart.objects.values()))
    ref = send_signed(signed_channel, part(2, "all on "), id="b").json()["report"]
    assert FieldReport.objects.get().ref == ref and Post.objects.get().text == "We are five, all on the roof."
    assert "roof" not in str(list(MessagePart.objects.values()))
    assert send_signed(signed_channel, part(2, "all on "), id="b").json() == {"report": None}  # a repeat
    assert message_parts.join_late() == 0 and Post.objects.count() == 1


def test_another_message_under_the_same_reference_is_another_report(signed_channel: ReportChannel) -> None:
    for text in ("first", "second"):
        for number in (1, 2):
            send_signed(signed_channel, part(number, f"{text} {number} ", parts=2), id=f"{text}{number}")
    assert sorted(Post.objects.values_list("text", flat=True)) == ["first 1 first 2", "second 1 second 2"]


def test_parts_whose_others_do_not_come_are_stored_after_a_while(signed_channel: ReportChannel) -> None:
    send_signed(signed_channel, part(1, "We are five, "))
    assert message_parts.join_late() == 0
    with time_machine.travel(clock.now() + message_parts.PATIENCE + timedelta(seconds=1)):
        assert message_parts.join_late() == 1 and message_parts.join_late() == 0
        assert "2 of 3 parts of this message are missing" in Post.objects.get().text
        late = send_signed(signed_channel, part(2, "all on the roof"), id="b", at=clock.now())
        assert late.json()["report"] and Post.objects.count() == 2
    with time_machine.travel(clock.now() + timedelta(days=2)):
        message_parts.join_late()
        assert not MessagePart.objects.exists()


def test_parts_of_an_event_that_closes_are_dropped_and_that_is_said(
    signed_channel: ReportChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_signed(signed_channel, part(1, "We are five, "))
    Event.objects.update(state="closed")
    with time_machine.travel(clock.now() + timedelta(minutes=10)):
        assert message_parts.join_late() == 0
    signed_channel.refresh_from_db()
    assert not MessagePart.objects.exists() and signed_channel.refused == 1 and "closed" in signed_channel.last_error


def test_the_address_and_the_secret_stand_on_the_page_of_the_channel(
    client: Client, lead: User, signed_channel: ReportChannel
) -> None:
    client.force_login(lead)
    page = client.get(f"/report-channels/{signed_channel.ref}/").content.decode()
    assert address(signed_channel) in page and keys.signing_secret(signed_channel) in page
    assert inbound.KEY_SIZE == 32
