"""Mailboxes: every message once, whatever its encoding; a server that cheats or is away; addresses inside."""

import base64
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
import trustme

from classifier import clock, outbound
from responder import tasks
from responder.field_reports import channels, contacts, mail_text, mailbox
from responder.models import Event, FieldReport, Post, ReportChannel, User
from tests.fakes import imap

pytestmark = pytest.mark.django_db
CASES = Path(__file__).parents[2] / "cases"
HEADERS = "From: Zelda Quarrow <zelda@example.org>\r\nMessage-ID: <{id}@example.org>\r\nSubject: {subject}\r\n"


def raw(
    text: str | bytes = "No water in Munhava",
    *,
    id: str = "1",
    subject: str = "Help",
    more: str = "",
    charset: str = "utf-8",
) -> bytes:
    body = text.encode() if isinstance(text, str) else text
    head = HEADERS.format(id=id, subject=subject) + more
    if "Content-Type" not in more:
        head += f'Content-Type: text/plain; charset="{charset}"\r\nContent-Transfer-Encoding: 8bit\r\n'
    return head.encode("utf-8", "surrogateescape") + b"\r\n" + body


@pytest.fixture
def box() -> imap.Mailbox:
    return imap.Mailbox()


@pytest.fixture
def channel(
    make_channel: Callable[..., ReportChannel], box: imap.Mailbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ReportChannel]:
    """A channel that reads from the fake server."""
    authority = trustme.CA()
    context = outbound.ssl.create_default_context()
    authority.configure_trust(context)
    monkeypatch.setattr(outbound, "trust", lambda: context)
    settings.FEED_NETWORKS = ["127.0.0.0/8", "::1/128"]
    with imap.serving(box, authority) as port:
        yield make_channel("email", host="127.0.0.1", port=str(port))


def state(channel: ReportChannel) -> ReportChannel:
    channel.refresh_from_db()
    return channel


def test_every_message_is_one_report(channel: ReportChannel, box: imap.Mailbox) -> None:
    for number in range(3):
        box.add(raw(f"No water in house {number}", id=str(number), more="Date: Mon, 02 Mar 2026 10:00:00 +0200\r\n"))
    assert mailbox.read_all() == 3
    report = FieldReport.objects.order_by("id").first()
    assert report and (report.kind, report.post.source, report.post.text) == (
        "email",
        "email",
        "Help\n\nNo water in house 0",
    )
    assert report.post.created_at.isoformat() == "2026-03-02T08:00:00+00:00"
    assert contacts.decrypted(report.contact) == contacts.Contact("Zelda Quarrow", email="zelda@example.org")
    everything = str(list(Post.objects.values())) + str(list(FieldReport.objects.values()))
    assert "zelda" not in everything and "Quarrow" not in everything and "example.org" not in everything
    assert mailbox.read_all() == 0 and Post.objects.count() == 3
    now = state(channel)
    assert (now.received, now.last_uid, now.uid_validity, now.last_error) == (3, 3, 1, "") and now.checked_at
    assert not [one for one in box.commands if "STORE" in one or "BODY[" in one or one.startswith("SELECT")]


def test_a_folder_that_was_made_anew_is_read_again_and_nothing_is_stored_twice(
    channel: ReportChannel, box: imap.Mailbox
) -> None:
    for number in range(4):
        box.add(raw(f"house {number} is flooded", id=str(number)))
    mailbox.read_all()
    box.validity, box.messages = 2, {7: box.messages[2], 9: raw("a new house", id="new")}
    assert mailbox.read_all() == 2
    assert Post.objects.count() == 5 and state(channel).last_uid == 9


def test_a_turn_reads_no_more_than_its_share(
    channel: ReportChannel, box: imap.Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MOST_MESSAGES", 2)
    for number in range(5):
        box.add(raw(f"house {number} is flooded", id=str(number)))
    assert [mailbox.read_all() for _turn in range(4)] == [2, 2, 1, 0]
    assert Post.objects.count() == 5


def test_the_same_message_id_counts_once_and_without_one_the_bytes_count(
    channel: ReportChannel, box: imap.Mailbox
) -> None:
    box.add(raw("first text", id="same"))
    box.add(raw("second text", id="same"))
    for _copy in range(2):
        box.add(raw("no id at all").replace(b"Message-ID: <1@example.org>\r\n", b""))
    assert mailbox.read_all() == 4 and Post.objects.count() == 2


def test_answers_by_programs_are_no_reports(channel: ReportChannel, box: imap.Mailbox) -> None:
    box.add(raw("I am on holiday", more="Auto-Submitted: auto-replied\r\n"))
    box.add(raw("bounce", id="2", more='Content-Type: multipart/report; boundary="b"\r\n'))
    box.add(raw("a person", id="3", more="Auto-Submitted: no\r\n"))
    assert mailbox.read_all() == 3 and Post.objects.get().text.endswith("a person")


def test_the_messages_of_a_closed_event_wait_in_the_mailbox(
    channel: ReportChannel, box: imap.Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.add(raw())
    Event.objects.update(state="closed")
    assert mailbox.read_all() == 0 and box.connections == 0
    Event.objects.update(state="open")
    assert mailbox.read_all() == 1 and Post.objects.count() == 1


def test_two_workers_do_not_read_one_mailbox_at_once(channel: ReportChannel, box: imap.Mailbox) -> None:
    box.add(raw())
    ReportChannel.objects.update(lease_until=clock.now() + timedelta(seconds=60))
    assert mailbox.read(channel) == 0 and box.connections == 0
    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        assert mailbox.read(channel) == 1
    ReportChannel.objects.update(lease_until=clock.now() + timedelta(days=300))  # by a clock that was wrong
    assert mailbox.read(channel) == 0 and box.connections == 2


def test_a_message_that_breaks_the_reader_does_not_hold_up_the_others(
    channel: ReportChannel, box: imap.Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.add(raw("breaks"))
    box.add(raw("a sound one", id="2"))
    parse = mail_text.parse

    def fragile(found: bytes) -> mail_text.Mail:
        if b"breaks" in found:
            raise RuntimeError("a fault of ours")
        return parse(found)

    monkeypatch.setattr(mail_text, "parse", fragile)
    assert mailbox.read_all() == 2
    assert Post.objects.get().text.endswith("a sound one") and state(channel).refused == 1


def test_the_task_does_not_wait_for_a_mail_server(channel: ReportChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    waits, began = threading.Event(), threading.Event()

    def hangs() -> int:
        began.set()
        waits.wait(30)
        return 0

    monkeypatch.setattr(mailbox, "read_all", hangs)
    assert tasks.read_mailboxes() and began.wait(30) and not tasks.read_mailboxes()
    waits.set()
    assert mailbox._thread
    mailbox._thread.join(30)
    channels.switch(ref=channel.ref, version=1, is_on=False, by=User.objects.get(username="lead-ana"))
    assert not tasks.read_mailboxes()


@pytest.mark.parametrize("fault", ["huge", "line", "drop"])
def test_a_server_that_cheats_is_left_alone(
    channel: ReportChannel, box: imap.Mailbox, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.add(raw())
    box.fault = fault
    assert mailbox.read_all() == 0
    assert state(channel).last_error and not Post.objects.exists() and channel.lease_until is None
    box.fault = ""
    assert mailbox.read_all() == 0  # not again at once
    with time_machine.travel(clock.now() + mailbox.RETRY + timedelta(seconds=1)):
        assert mailbox.read_all() == 1 and state(channel).last_error == ""


def test_a_server_that_is_slow_is_left_alone(
    channel: ReportChannel, box: imap.Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "DEADLINE_S", -1.0)
    assert mailbox.read_all() == 0 and "too slow" in state(channel).last_error


def test_a_wrong_password_says_so_without_what_the_server_wrote(
    channel: ReportChannel, box: imap.Mailbox, lead: User
) -> None:
    box.password = "another"
    assert mailbox.read_all() == 0
    assert "refused the user name or the password" in state(channel).last_error
    assert "example.org" not in channel.last_error and "pass word" not in channel.secret


def test_another_server_gets_no_stored_password(channel: ReportChannel, lead: User, event: Event) -> None:
    fields = {
        "name": channel.name,
        "event": event.ref,
        "host": "imap.evil.example",
        "port": "993",
        "account": channel.account,
    }
    with pytest.raises(channels.InvalidFields) as refused:
        channels.change(ref=channel.ref, version=1, by=lead, fields=fields)
    assert "secret" in refused.value.fields
    channels.change(ref=channel.ref, version=1, by=lead, fields=fields | {"secret": "new one"})
    assert state(channel).last_uid == 0


def test_a_certificate_that_nobody_vouches_for_is_refused(
    channel: ReportChannel, box: imap.Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "trust", outbound.ssl.create_default_context)
    assert mailbox.read_all() == 0 and state(channel).last_error and not box.commands


def test_addresses_inside_are_reached_only_where_that_is_allowed(
    channel: ReportChannel, box: imap.Mailbox, settings: Any
) -> None:
    settings.FEED_NETWORKS = []
    assert mailbox.read_all() == 0 and box.connections == 0
    assert "RESPONDER_FEED_NETWORKS" in state(channel).last_error


# --- what messages say
def text_of(message: bytes) -> str:
    return mail_text.parse(message).text


FRENCH = "Besoin d'eau à l'école de Jérémie, toits arrachés"


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [("utf-8", "utf-8"), ("windows-1252", "cp1252"), ("iso-8859-15", "iso-8859-15"), ("utf-16", "utf-16"), ("x-unknown", "utf-8"),
     ("us-ascii", "utf-8"), ("rot13", "utf-8"), ("", "utf-8"), ("idna", "utf-8"), ("unicode_escape", "utf-8"), ("\x00", "utf-8")],
)  # fmt: skip
def test_every_charset_and_every_wrong_one_is_read(charset: str, encoding: str) -> None:
    body = base64.encodebytes(FRENCH.encode(encoding))
    more = f'Content-Type: text/plain; charset="{charset}"\r\nContent-Transfer-Encoding: base64\r\n'
    assert FRENCH in text_of(raw(body, more=more))


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.glob("c07*")))
def test_files_of_the_field_are_read_as_bodies_in_whatever_encoding_they_have(name: str) -> None:
    body = base64.encodebytes((CASES / name).read_bytes())
    found = mail_text.parse(raw(body, more="Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n"))
    assert "text" in found.text and "\ufffd" not in found.text and "\0" not in found.text


def test_headers_in_every_form_are_read() -> None:
    message = raw(subject="=?iso-8859-1?Q?Besoin_d'eau_=E0_J=E9r=E9mie?=").replace(
        b"Zelda Quarrow", b"=?utf-8?b?2LLZhNiv2Kc=?="
    )
    found = mail_text.parse(message)
    assert found.text.startswith("Besoin d'eau à Jérémie") and found.name == "زلدا"
    for odd in ("=?x-none?Q?a?=", "=?utf-8?b?!!!?=", "=?utf-8?q?" + "=41" * 2_000 + "?=", "\udce9\udcff"):
        assert mail_text.parse(raw(subject=odd)).text


def test_html_is_read_as_text_without_scripts() -> None:
    html = "<html><head><title>x</title><style>p{}</style></head><body><p>We need <b>water</b></p><script>alert(1)</script><p>Beira</p>"
    found = text_of(raw(html, more='Content-Type: text/html; charset="utf-8"\r\n'))
    assert found in {"Help\n\nWe need water\n\nBeira", "Help\n\nWe need water\nBeira"}
    deep = text_of(raw("<div>" * 50_000 + "water", more='Content-Type: text/html; charset="utf-8"\r\n'))
    assert len(deep) <= mail_text.TEXT_LIMIT


def test_files_are_counted_and_named_and_not_kept() -> None:
    def file(name: str) -> str:
        return f'--b\r\nContent-Type: image/jpeg; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\nBYTES\r\n'

    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nSee the photo\r\n"
        + file("roof.jpg")
        + file("=?utf-8?b?2LLZhNiv2Kc=?=")
        + file("../../x\u202egpj.exe")
        + "--b--"
    )
    found = mail_text.parse(raw(body, more='Content-Type: multipart/mixed; boundary="b"\r\n'))
    assert found.attachments == 3 and "roof.jpg" in found.text and "زلدا" in found.text
    assert "BYTES" not in found.text and "\u202e" not in found.text


@pytest.mark.parametrize("cut", [0, 1, 20, 60, 100, 150, 200, 250, 300])
def test_messages_that_are_cut_off_anywhere_are_read(cut: int) -> None:
    body = (
        "--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.b64encode(b"water" * 30).decode()
    )
    whole = raw(body, more='Content-Type: multipart/mixed; boundary="b"\r\n')
    assert len(mail_text.parse(whole[: len(whole) - cut]).text) <= mail_text.TEXT_LIMIT


def test_nesting_and_noise_end_soon() -> None:
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(60))
    for odd in (nested, b"", b"\0" * 1_000, b"\xff\xfe" * 5_000, b"Content-Type: \r\n\r\nx", bytes(range(256)) * 40,
                b"Date: 99 Foo 99999 99:99:99\r\nFrom: <<<>>>@@\r\n\r\nwater", b"Content-Type: text/plain; charset=utf-8''%\r\n\r\nx"):  # fmt: skip
        found = mail_text.parse(odd)
        assert len(found.text) <= mail_text.TEXT_LIMIT and len(found.name) <= 100


def nested(depth: int) -> bytes:
    parts = (f"Content-Type: multipart/mixed; boundary={n}\r\n\r\n--{n}\r\n".encode() for n in range(depth))
    return b"From: a@example.org\r\nSubject: Help\r\n" + b"".join(parts) + b"\r\n"


SLOW = {
    "many multiparts in each other": nested(400) + b"\n" * 200_000,
    "many parameters": b"Subject: Help\r\nContent-Type: text/plain; " + b";" * 200_000 + b"\r\n\r\nwater",
    "a quote that isn't closed": b'Subject: Help\r\nContent-Type: text/plain; x="' + b";" * 200_000 + b"\r\n\r\nwater",
    "parameters of many parts": b"Subject: Help\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    + (b"--x\r\nContent-Type: text/plain; " + b";" * 1_900 + b"\r\n\r\nwater\r\n") * 130,
    "tags that aren't closed": b"Subject: Help\r\nContent-Type: text/html\r\n\r\n" + b"</a" * 4_900 + b" " * 100_000,
}


@pytest.mark.parametrize("message", SLOW.values(), ids=SLOW)
def test_a_message_that_is_made_to_be_slow_is_read_within_seconds(message: bytes) -> None:
    """Anybody can send an e-mail: the time must not grow with the square of its length."""
    began = time.process_time()
    found = mail_text.parse(message[: mailbox.MOST_BYTES])
    assert time.process_time() - began < 3  # it took from ten seconds to hours
    assert found.text.startswith("Help")


def test_the_bounds_of_a_message_leave_usual_ones_whole() -> None:
    name = "list of needs; Munhava; north and south.pdf"
    file = f'--b\r\nContent-Type: application/pdf; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\nx'
    page = (
        "--b\r\nContent-Type: text/html\r\n\r\n<!--[if mso]><style>p{}</style><![endif]--><p>5 < 7: "
        f"<a href='https://example.org/{'x' * 600}'>water</a></p>\r\n"
    )
    body = page + file + "\r\n--b--"
    found = mail_text.parse(raw(body, more='Content-Type: multipart/mixed; boundary="b"\r\n'))
    assert "5 < 7: water" in found.text and "list of needs; Munhava; north and south.pdf" in found.text
