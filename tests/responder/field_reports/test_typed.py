"""Reports that the team types: what is stored, once; who may; where the need is; what the page says."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from classifier import categories
from monitoring.models import AuditEvent
from responder import corrections
from responder.classification import locating, pipeline, reported
from responder.corrections import finding
from responder.errors import InvalidFields, NotPermitted
from responder.feeds import erasure
from responder.field_reports import Erased, contacts, file_typed, suggesting
from responder.models import Event, FieldReport, Place, Post, ReportChannel, User
from responder.privacy import secrets

pytestmark = pytest.mark.django_db
SENT = {
    "kind": "phone", "event": "flood", "text": "Twelve people on the roof of the school", "about": "self", "severity": "",
    "name": "Zelda Quarrow", "telephone": "+258 84 555 0143", "place": "", "latitude": "", "longitude": "",
    "radius_km": "2", "place_of": "", "form_key": "one",
}  # fmt: skip


def report(by: User, **changes: str) -> FieldReport:
    return file_typed(**(SENT | changes), by=by).report


def test_a_report_is_a_post_that_waits_for_the_workers(reviewer: User, event: Event) -> None:
    found = report(reviewer)
    post = found.post
    assert (post.source, post.state, post.event, post.text) == ("phone", "accepted", event, SENT["text"])
    assert post.time_source == Post.TimeSource.SOURCE and found.filed_by == reviewer and found.ref.startswith("R-")
    assert AuditEvent.objects.filter(action="field_report.filed", object_id=found.ref).count() == 1


def test_the_contact_is_encrypted_and_nowhere_in_plain(reviewer: User, event: Event) -> None:
    found = report(reviewer)
    stored = str(FieldReport.objects.values().get()) + str(Post.objects.values().get())
    logged = str(list(AuditEvent.objects.values()))
    for secret in ("Zelda", "Quarrow", "0143", "258845550143"):
        assert secret not in stored and secret not in logged
    assert contacts.decrypted(found.contact) == contacts.Contact("Zelda Quarrow", "+258 84 555 0143")
    assert secrets.decrypt(found.contact).startswith("{")


def test_the_same_number_has_the_same_pseudonym_however_it_is_written(reviewer: User, event: Event) -> None:
    first, second = report(reviewer), report(reviewer, form_key="two", text="More of us", telephone="+258845550143")
    other = report(reviewer, form_key="three", text="And we", telephone="+258845550199")
    assert first.post.author_handle == second.post.author_handle != other.post.author_handle
    assert first.post.author_handle.startswith("reporter-")
    assert report(reviewer, form_key="four", telephone="").post.author_handle == ""


def test_a_form_that_is_sent_twice_is_one_report_and_a_changed_one_another(reviewer: User, event: Event) -> None:
    assert report(reviewer) == report(reviewer)
    assert Post.objects.count() == FieldReport.objects.count() == 1
    report(reviewer, text="Thirteen people on the roof of the school")
    report(reviewer, form_key="another")
    assert Post.objects.count() == FieldReport.objects.count() == 3


@pytest.mark.parametrize(
    ("changes", "is_need"),
    [
        ({"about": "self"}, True), ({"about": "self", "place_of": "reporter"}, False),
        ({"about": "self", "place_of": "need"}, True), ({"about": "other", "place_of": "need"}, True),
        ({"about": "other", "place_of": "reporter"}, False),
    ],
)  # fmt: skip
def test_the_place_of_the_reporter_is_not_that_of_the_need(
    reviewer: User, event: Event, changes: dict[str, str], is_need: bool
) -> None:
    pinned = {"latitude": "-19.84", "longitude": "34.85", "place": "Rua Correia de Brito"}
    found = report(reviewer, **pinned, **changes)
    known = contacts.decrypted(found.contact)
    if is_need:
        assert found.post.source_position["latitude"] == -19.84 and known.latitude is None
        assert found.post.text.endswith("\n\nRua Correia de Brito")
    else:
        assert found.post.source_position is None and found.post.text == SENT["text"]
        assert (known.latitude, known.longitude, known.place) == (-19.84, 34.85, "Rua Correia de Brito")


def test_a_place_for_somebody_else_must_say_whose_it_is(reviewer: User, event: Event) -> None:
    for given in ({"latitude": "-19.8", "longitude": "34.8"}, {"place": "Beira"}):
        with pytest.raises(InvalidFields) as refused:
            report(reviewer, about="other", **given)
        assert set(refused.value.fields) == {"place_of"}
    assert report(reviewer, about="other").post.source_position is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("kind", "sms"), ("kind", ""), ("event", "none"), ("event", "a\0b"), ("text", ""), ("text", "  "), ("text", "x" * 5_001),
     ("about", ""), ("about", "me"), ("severity", "0"), ("severity", "5"), ("severity", "x"), ("name", "x" * 101),
     ("telephone", "call me"), ("telephone", "1" * 41), ("place", "x" * 201), ("latitude", "91"), ("latitude", "nan"), ("latitude", "٣٤"),
     ("latitude", "1e400"), ("latitude", "x" * 25), ("form_key", "x" * 65)],
)  # fmt: skip
def test_each_invalid_field_is_named(reviewer: User, event: Event, field: str, value: str) -> None:
    changes = {field: value} | ({"longitude": "34"} if field == "latitude" else {})
    with pytest.raises(InvalidFields) as refused:
        report(reviewer, **changes)
    assert set(refused.value.fields) == {field}
    assert not Post.objects.exists()


@pytest.mark.parametrize("role", ["viewer", "approver", "auditor", "partner", "administrator"])
def test_who_may_not_triage_may_not_file(people: dict[str, User], event: Event, role: str) -> None:
    with pytest.raises(NotPermitted):
        report(people[role])
    client = Client()
    client.force_login(people[role])
    assert client.post("/field-reports/new", SENT).status_code == 403
    assert client.post("/field-reports/suggest", {"text": SENT["text"]}).status_code == 403
    assert not Post.objects.exists()


def test_a_closed_event_takes_no_reports(reviewer: User, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    Event.objects.update(state="closed")
    with pytest.raises(InvalidFields) as refused:
        report(reviewer)
    assert "River flood" in refused.value.fields["event"] and not Post.objects.exists()


def test_an_erased_report_does_not_come_back(reviewer: User, event: Event) -> None:
    found = report(reviewer)
    erasure.delete(source="phone", source_ids=[found.post.source_id])
    assert not FieldReport.objects.exists()
    with pytest.raises(Erased):
        report(reviewer)
    assert not Post.objects.exists()


def test_a_chosen_severity_holds_and_no_report_is_set_aside(
    reviewer: User, event: Event, make_post: Callable[..., Post]
) -> None:
    chosen, left = report(reviewer, severity="1").post, report(reviewer, form_key="b").post
    strange = make_post(group="aside", severity=4)
    for post in (chosen, left):
        post.severity, post.severity_reason, post.category, post.group = (
            4,
            "model: Low",
            categories.NOT_HUMANITARIAN,
            "aside",
        )
    reported.settle([chosen, left, strange])
    assert (chosen.severity, chosen.severity_reason) == (1, reported.CHOSEN)
    assert (left.severity, left.severity_reason) == (4, "model: Low")
    assert chosen.group == left.group == reported.SHOWN_GROUP and strange.group == "aside"


def test_the_stated_place_comes_before_places_of_the_text(reviewer: User, event: Event) -> None:
    post = report(reviewer, latitude="-19.84", longitude="34.85", place="School of Munhava").post
    named = {"text": "Maputo", "start": 0, "end": 6, "name": "Maputo", "type": "city", "country_code": "MZ",
             "latitude": -25.9, "longitude": 32.5, "radius_km": 10.0, "score": 1.0}  # fmt: skip
    chosen = locating.choose(locating.with_source(post, [named]))
    assert chosen is not None and (chosen["name"], chosen["reason"]) == ("School of Munhava", Place.STATED)


def test_the_whole_way_to_triage_and_to_the_revealed_contact(
    client: Client, reviewer: User, lead: User, event: Event
) -> None:
    client.force_login(reviewer)
    pinned = {"latitude": "-19.84", "longitude": "34.85", "place": "School of Munhava", "severity": "1"}
    answer = client.post("/field-reports/new", SENT | pinned | {"place_name": pinned["place"]}, follow=True)
    found = FieldReport.objects.get()
    assert answer.status_code == 200 and found.ref in answer.content.decode()
    assert 'value="phone"' in answer.content.decode()
    assert "Waiting for classification" in client.get("/field-reports/").content.decode()
    pipeline.drain()
    post = Post.objects.get()
    assert (post.state, post.severity, post.place_name, post.latitude) == ("classified", 1, "School of Munhava", -19.84)
    page = client.get(f"/triage/?event=flood&sel={post.pk}").content.decode()
    assert found.ref in page and "contact: masked" in page
    assert f"sel={post.pk}" in client.get("/field-reports/").content.decode()
    for seen in (page, client.get("/map/").content.decode(), client.get("/feed/").content.decode()):
        assert "Quarrow" not in seen and "5550143" not in seen and "555 0143" not in seen
    client.force_login(lead)
    assert "Quarrow" not in client.get(f"/posts/{post.pk}/reveal").content.decode()
    shown = client.post(
        f"/posts/{post.pk}/reveal", {"reason": "The boat crew calls back"}, follow=True
    ).content.decode()
    assert "Zelda Quarrow" in shown and "+258 84 555 0143" in shown
    for kind in ("csv", "geojson", "xlsx"):
        exported = client.get(f"/export/posts.{kind}?event=flood")
        content = b"".join(exported.streaming_content) if exported.streaming else exported.content
        assert b"Quarrow" not in content and b"5550143" not in content


def test_an_unknown_key_leaves_the_post_and_says_why(
    client: Client, lead: User, make_post: Callable[..., Post]
) -> None:
    post = make_post(source="phone")
    FieldReport.objects.create(ref="R-1", post=post, kind="phone", contact="gAAAAbroken")
    client.force_login(lead)
    shown = client.post(f"/posts/{post.pk}/reveal", {"reason": "The boat crew calls back"}, follow=True)
    assert shown.status_code == 200 and "RESPONDER_ENCRYPTION_KEY" in shown.content.decode()


def test_a_refused_form_keeps_what_was_typed(client: Client, reviewer: User, event: Event) -> None:
    client.force_login(reviewer)
    answer = client.post("/field-reports/new", SENT | {"about": "other", "place_name": "Beira"})
    page = answer.content.decode()
    assert answer.status_code == 400 and 'id="place_of_error"' in page
    assert SENT["text"] in page and 'value="one"' in page and "Zelda Quarrow" in page


def test_the_form_says_that_an_event_is_needed(client: Client, reviewer: User) -> None:
    client.force_login(reviewer)
    assert "There is no open event" in client.get("/field-reports/new").content.decode()


def test_the_suggestion_is_the_models_and_stores_nothing(client: Client, reviewer: User, event: Event) -> None:
    client.force_login(reviewer)
    answer = client.post(
        "/field-reports/suggest", {"text": "We urgently need drinking water in Beira", "event": "flood"}
    )
    found = answer.json()
    assert (
        found["category"] in {one.label for one in categories.CATEGORIES} and found["severity"] in categories.PRIORITIES
    )
    assert "Beira" in found["places"]
    assert not Post.objects.exists() and not FieldReport.objects.exists()


@pytest.mark.parametrize("text", ["", "short", "\0" * 40, " " * 50])
def test_nothing_is_suggested_for_little(client: Client, reviewer: User, event: Event, text: str) -> None:
    client.force_login(reviewer)
    assert client.post("/field-reports/suggest", {"text": text, "event": "x\0"}).status_code == 204


def test_without_a_model_nothing_is_suggested_and_nothing_fails(
    client: Client, reviewer: User, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Any:
        raise suggesting.serving.ModelUnavailable("no model")

    monkeypatch.setattr(suggesting.serving, "current", away)
    client.force_login(reviewer)
    assert client.post("/field-reports/suggest", {"text": SENT["text"], "event": "flood"}).status_code == 204
    assert client.post("/field-reports/new", SENT).status_code == 302


def test_typing_does_not_ask_without_end(client: Client, reviewer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(suggesting, "suggest", lambda text, _event: asked.append(text))
    client.force_login(reviewer)
    for _number in range(100):
        client.post("/field-reports/suggest", {"text": SENT["text"]})
    assert len(asked) == 90


def test_the_page_of_sources_shows_what_the_team_typed(
    client: Client, reviewer: User, form_channel: ReportChannel
) -> None:
    report(reviewer)
    client.force_login(reviewer)
    page = client.get("/feeds/").content.decode()
    assert "filed by the team" in page and form_channel.name in page


def test_a_correction_finds_a_report_by_its_reference(reviewer: User, lead: User, event: Event) -> None:
    found, _other = report(reviewer), report(reviewer, form_key="b", text="Another text")
    request, _token = corrections.receive(wish="remove", where=found.ref, contact="me@example.org")
    assert finding.search(request, found.ref.lower(), by=lead) == [found.post_id]
    assert finding.search(request, "R-ZZZZ-ZZZZ", by=lead) == []
