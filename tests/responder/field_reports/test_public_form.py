"""The public form: what strangers may send, what is kept of it, its limits, and its link."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from monitoring.models import AuditEvent
from responder.errors import Conflict, Invalid, NotPermitted
from responder.field_reports import TooManyReports, channels, contacts, keys, limits, public
from responder.models import Event, FieldReport, Post, ReportChannel, User

pytestmark = pytest.mark.django_db
TEXT = "Water up to the windows, three old people upstairs"
SENT = {
    "text": TEXT,
    "about": "self",
    "place": "",
    "name": "",
    "telephone": "",
    "website": "",
    "latitude": "",
    "longitude": "",
}
HOSTILE = [
    "<script>alert(1)</script>", "\"'><img src=x onerror=alert(2)>", "{{7*7}}{% debug %}", "${jndi:ldap://x.example/a}",
    "'; DROP TABLE responder_post;--", "\u202e\u200b\ufeff", "🌊" * 300, "a" * 1_500, "\x07\x1b[31m bell", "%00%0a%0d",
    "../../etc/passwd", "=cmd|'/c calc'!A0", "ا" * 700, "\ud83d lone", "null", "-1", "1e999", "٣٤٥٦", "é" * 900, "\r\n\r\nHTTP/1.1 200 OK",
]  # fmt: skip


def address(channel: ReportChannel) -> str:
    return reverse("report-form", args=[keys.key_of(channel)])


def test_a_report_needs_no_account_no_cookie_and_no_script(
    form_channel: ReportChannel, opened: Callable[[], str]
) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.get(address(form_channel))
    assert (
        page.status_code == 200 and page["X-Robots-Tag"] == "noindex, nofollow" and "no-store" in page["Cache-Control"]
    )
    assert page["Referrer-Policy"] == "no-referrer" and not client.cookies
    assert "This is not an emergency number" in page.content.decode()
    answer = client.post(address(form_channel), SENT | {"form_key": opened(), "telephone": "+258 84 1", "name": "Zo"})
    assert answer.status_code == 302 and not client.cookies
    report = FieldReport.objects.get()
    receipt = client.get(answer["Location"])
    assert report.ref in receipt.content.decode() and TEXT not in receipt.content.decode()
    assert (report.post.source, report.post.text, report.post.event) == ("public-form", TEXT, form_channel.event)
    assert contacts.decrypted(report.contact) == contacts.Contact("Zo", "+258 84 1")
    form_channel.refresh_from_db()
    assert form_channel.received == 1 and form_channel.last_received_at
    assert "Zo" not in str(list(AuditEvent.objects.values()))


def test_all_that_a_phone_fetches_is_small(client: Client, form_channel: ReportChannel) -> None:
    from responder.settings.paths import packaged

    page = client.get(address(form_channel))
    fetched = re.findall(r'(?:href|src)="/static/([^"]+)"', page.content.decode())
    assert sorted(fetched) == ["css/report-form.css", "js/report-form.js"]
    size = len(page.content) + sum((packaged("static") / name).stat().st_size for name in fetched)
    assert size <= 30_000, size


def test_the_organisations_own_text_replaces_ours(client: Client, lead: User, event: Event) -> None:
    fields = {"name": "Own words", "event": event.ref, "notice": "Call 112 <b>now</b>"}
    page = client.get(address(channels.create(kind="public-form", by=lead, fields=fields))).content.decode()
    assert "Call 112 &lt;b&gt;now&lt;/b&gt;" in page and "This is not an emergency number" not in page


@pytest.mark.parametrize("number", range(200))
def test_hostile_submissions_are_stored_as_text_or_refused_beside_their_field(
    client: Client, form_channel: ReportChannel, opened: Callable[[], str], number: int
) -> None:
    fields = [
        "text",
        "place",
        "name",
        "telephone",
        "latitude",
        "longitude",
        "accuracy_km",
        "about",
        "form_key",
        "website",
    ]
    nasty, field = HOSTILE[number % len(HOSTILE)], fields[number // len(HOSTILE)]
    sent = SENT | {"form_key": opened()} | {field: nasty.encode("utf-8", "replace").decode()}
    answer = client.post(address(form_channel), sent)
    assert answer.status_code in (302, 400), (field, nasty)
    page = answer.content.decode()
    assert "<script>alert" not in page and "onerror=alert(2)>" not in page.replace("&#x27;", "'").replace(
        "&quot;&gt;", ""
    )
    assert FieldReport.objects.count() == Post.objects.count() == (answer.status_code == 302)
    if answer.status_code == 302:
        assert client.get(answer["Location"]).status_code == 200
    elif field in ("about", "name", "telephone", "place", "text"):
        assert f'id="{field}_error"' in page


def test_a_body_that_is_too_large_is_refused_and_odd_ones_too(client: Client, form_channel: ReportChannel) -> None:
    assert client.post(address(form_channel), {"text": "x" * 20_000}).status_code == 400
    assert client.post(address(form_channel), b"\xff\xfe\x00", content_type="text/plain").status_code == 400
    assert client.put(address(form_channel)).status_code == 405
    assert not Post.objects.exists()


def test_the_field_that_people_do_not_see_and_the_shortest_time(
    client: Client, form_channel: ReportChannel, opened: Callable[[], str]
) -> None:
    trapped = client.post(address(form_channel), SENT | {"form_key": opened(), "website": "https://spam.example"})
    assert (
        trapped.status_code == 400
        and TEXT in trapped.content.decode()
        and "spam.example" not in trapped.content.decode()
    )
    hasty = client.post(address(form_channel), SENT | {"form_key": public.new_key()})
    assert hasty.status_code == 400 and TEXT in hasty.content.decode()
    assert not Post.objects.exists()


@pytest.mark.parametrize("key", ["", "x", "x" * 200, "WyJhIiwxXQ:1abc:def"])
def test_a_form_with_a_forged_key_is_shown_again_with_a_valid_one(
    client: Client, form_channel: ReportChannel, key: str
) -> None:
    answer = client.post(address(form_channel), SENT | {"form_key": key})
    assert answer.status_code == 400 and TEXT in answer.content.decode()
    fresh = re.search(r'name="form_key" value="([^"]+)"', answer.content.decode())
    assert fresh and public.opened_at(fresh[1]) > 0
    assert not Post.objects.exists()


def test_sending_twice_is_one_report(client: Client, form_channel: ReportChannel, opened: Callable[[], str]) -> None:
    sent = SENT | {"form_key": opened()}
    answers = {client.post(address(form_channel), sent)["Location"] for _turn in range(3)}
    assert len(answers) == 1 and Post.objects.count() == 1


def test_the_position_of_the_device_is_that_of_the_need_only_if_that_is_said(
    client: Client, form_channel: ReportChannel, opened: Callable[[], str]
) -> None:
    here = {"latitude": "-19.841234", "longitude": "34.851234", "accuracy_km": "0.02"}

    def sent(**changes: str) -> FieldReport:
        client.post(address(form_channel), SENT | here | {"form_key": opened()} | changes)
        return FieldReport.objects.latest("id")

    own = sent()
    assert own.post.source_position["latitude"] == -19.841234 and own.contact == ""
    other = sent(about="other", place="Chimoio")
    assert other.post.source_position is None and other.post.text == f"{TEXT}\n\nChimoio"
    assert contacts.decrypted(other.contact).latitude == -19.841234
    stated = sent(about="other", here="on")
    assert stated.post.source_position["longitude"] == 34.851234 and stated.contact == ""
    assert sent(latitude="nan", longitude="inf").post.source_position is None


def test_an_address_a_network_and_an_event_have_limits(
    client: Client, form_channel: ReportChannel, opened: Callable[[], str], event: Event
) -> None:
    for _number in range(limits.PER_ADDRESS):
        limits.count(event, "127.0.0.1")
    answer = client.post(address(form_channel), SENT | {"form_key": opened()})
    assert answer.status_code == 429 and 0 < int(answer["Retry-After"]) <= limits.WINDOW_S
    assert TEXT in answer.content.decode() and not Post.objects.exists()
    with pytest.raises(TooManyReports):
        for number in range(limits.PER_NETWORK[56] + 1):
            limits.count(event, f"2001:db8:0:{number:x}::")
    for number in range(limits.PER_EVENT):
        limits.count(Event(pk=99), f"192.0.2.{number}")
    with pytest.raises(TooManyReports):
        limits.count(Event(pk=99), "203.0.113.9")
    limits.count(Event(pk=98), "203.0.113.9")


@pytest.mark.parametrize("token", ["x", "a" * 43, "a" * 300, "%00", "ä", "ABCDEFGH-"])
def test_a_forged_link_is_not_found(client: Client, form_channel: ReportChannel, token: str) -> None:
    for path in (f"/report/{token}/", f"/report/{token}/R-ABCD-EFGH/"):
        assert client.get(path).status_code == 404
    assert client.post(f"/report/{token}/", SENT).status_code == 404


def test_a_link_that_is_replaced_or_off_or_of_a_closed_event_takes_nothing(
    client: Client, form_channel: ReportChannel, lead: User, opened: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, old = SENT | {"form_key": opened()}, address(form_channel)
    assert keys.key_of(form_channel) not in str(ReportChannel.objects.values().get())
    channel = channels.rotate(ref=form_channel.ref, version=1, by=lead)
    assert client.post(old, sent).status_code == 404 and client.get(address(channel)).status_code == 200
    channel = channels.switch(ref=channel.ref, version=2, is_on=False, by=lead)
    off = client.post(address(channel), sent)
    assert off.status_code == 410 and "not stored" in off.content.decode()
    channels.switch(ref=channel.ref, version=3, is_on=True, by=lead)
    Event.objects.update(state="closed")
    assert client.post(address(channel), sent).status_code == 410
    assert not Post.objects.exists()


def test_a_receipt_is_of_its_own_form_alone(
    client: Client, form_channel: ReportChannel, make_channel: Callable[..., ReportChannel], opened: Callable[[], str]
) -> None:
    client.post(address(form_channel), SENT | {"form_key": opened()})
    ref = FieldReport.objects.get().ref
    other = make_channel("public-form", name="Another form")
    assert client.get(f"{address(other)}{ref}/").status_code == 404
    assert client.get(f"{address(form_channel)}{'R' * 30}/").status_code == 404


# --- who manages channels
def test_who_may_not_manage_events_creates_no_form(people: dict[str, User], event: Event) -> None:
    for role in ("viewer", "reviewer", "approver", "auditor", "partner"):
        with pytest.raises(NotPermitted):
            channels.create(kind="public-form", by=people[role], fields={"name": "Form", "event": event.ref})
    assert channels.create(kind="public-form", by=people["administrator"], fields={"name": "Form", "event": event.ref})


def test_two_who_change_a_channel_at_once_are_told(form_channel: ReportChannel, lead: User, event: Event) -> None:
    channels.change(ref=form_channel.ref, version=1, by=lead, fields={"name": "New name", "event": event.ref})
    for work in (channels.rotate, lambda **given: channels.switch(is_on=False, **given)):
        with pytest.raises(Conflict):
            work(ref=form_channel.ref, version=1, by=lead)
    with pytest.raises(Invalid):
        channels.create(kind="public-form", by=lead, fields={"name": "New name", "event": event.ref})
    with pytest.raises(Invalid):
        channels.create(kind="pigeon", by=lead, fields={"name": "Pigeon", "event": event.ref})


def test_the_pages_of_a_channel(client: Client, people: dict[str, User], event: Event) -> None:
    client.force_login(people["lead"])
    answer = client.post("/report-channels/new", {"kind": "public-form", "name": "Help form", "event": event.ref})
    channel = ReportChannel.objects.get()
    page = client.get(answer["Location"]).content.decode()
    assert f"http://testserver{address(channel)}" in page
    code = client.get(f"/report-channels/{channel.ref}/code.svg")
    assert code["Content-Type"] == "image/svg+xml" and b"<svg" in code.content and b"<script" not in code.content
    assert (
        f"http://testserver{address(channel)}" in client.get(f"/report-channels/{channel.ref}/poster").content.decode()
    )
    for verb, version in (("off", 1), ("on", 2), ("rotate", 3)):
        done = client.post(f"/report-channels/{channel.ref}/{verb}", {"version": version})
        assert done.status_code == 302
    assert client.post(f"/report-channels/{channel.ref}/rotate", {"version": "1"}).status_code == 409
    assert client.post(f"/report-channels/{channel.ref}/burn", {"version": "4"}).status_code == 404
    changed = {"version": 4, "name": "Help", "event": event.ref, "notice": "Call 112"}
    assert client.post(f"/report-channels/{channel.ref}/edit", changed).status_code == 302
    refused = client.post(f"/report-channels/{channel.ref}/edit", changed | {"name": "", "version": 5})
    assert refused.status_code == 400 and 'id="name_error"' in refused.content.decode()
    assert client.get("/report-channels/NOPE/").status_code == 404
    assert "Help" in client.get("/feeds/").content.decode()
    client.force_login(people["reviewer"])
    assert client.get(f"/report-channels/{channel.ref}/").status_code == 403
    seen = client.get("/feeds/").content.decode()
    assert "Help" in seen and keys.key_of(ReportChannel.objects.get()) not in seen
