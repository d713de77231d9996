"""Pages of official alerts, of their sources, and of what is not known."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from classifier import clock
from monitoring.models import AuditEvent
from responder.hazards.shapes import Shape
from responder.models import Event, EventRole, HazardSource, Incident, OfficialAlert, Post, TeamArea, User

pytestmark = pytest.mark.django_db
People = dict[str, User]
NEW = {"kind": "cap", "name": "Weather service", "address": "https://alerts.example.org/cap/list.xml?area=all"}


@pytest.fixture
def source(db: None) -> HazardSource:
    return HazardSource.objects.create(
        name="GDACS", kind="gdacs", address="https://gdacs.example/rss", answered_at=clock.now()
    )


@pytest.fixture
def alert(source: HazardSource) -> OfficialAlert:
    shape, now = Shape.of(circles=[(34.84, -19.84, 50.0)]), clock.now()
    west, south, east, north = shape.bounds or (0, 0, 0, 0)
    return OfficialAlert.objects.create(
        source=source, identifier="FL1", hazard="flood", level=2, level_word="Orange", headline="<b>Flood</b> in Sofala",
        sent=now - timedelta(hours=3), valid_until=now + timedelta(days=1), shape=shape.as_json(), west=west, south=south,
        east=east, north=north, description="Leave low ground", url="https://gdacs.example/1", radius_is_assumed=True,
    )  # fmt: skip


def asked(client: Client, person: User, name: str, *args: Any, **query: str) -> Any:
    client.force_login(person)
    return client.get(reverse(name, args=args), query)


def test_list_of_alerts(client: Client, people: People, event: Event, alert: OfficialAlert) -> None:
    page = asked(client, people["viewer"], "hazards", event="flood").content.decode()
    assert "&lt;b&gt;Flood&lt;/b&gt; in Sofala" in page and "Orange (severe)" in page and "not stated" in page
    assert "Up to date" in page and "Add a source" not in page


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ("no-posts", "Flood&lt;/b&gt;"),
        ("no-alert", "no such place"),
        ("ended", "No alert has ended"),
        ("nonsense", "Flood&lt;/b&gt;"),
    ],
)
def test_views_of_alerts(
    client: Client, people: People, event: Event, alert: OfficialAlert, view: str, words: str
) -> None:
    response = asked(client, people["viewer"], "hazards", event="flood", view=view)
    assert response.status_code == 200 and words in response.content.decode()


def test_pages_without_any_event(client: Client, people: People, alert: OfficialAlert) -> None:
    for name in ("hazards", "unknowns", "hazards-map", "unknowns-map"):
        for view in ("", "no-posts", "no-alert", "ended"):
            assert asked(client, people["viewer"], name, view=view).status_code == 200


def test_one_alert_with_what_it_replaced(client: Client, people: People, alert: OfficialAlert) -> None:
    earlier = OfficialAlert.objects.create(
        source=alert.source, identifier="FL0", state="replaced", replaced_by=alert, headline="Earlier", sent=alert.sent,
        valid_until=alert.sent, url="javascript:alert(1)",
    )  # fmt: skip
    page = asked(client, people["viewer"], "official-alert", alert.pk).content.decode()
    assert "Leave low ground" in page and "Earlier" in page and "is our assumption" in page
    page = asked(client, people["viewer"], "official-alert", earlier.pk).content.decode()
    assert "Replaced by a later alert" in page and f"/hazards/{alert.pk}/" in page
    assert asked(client, people["viewer"], "official-alert", 99_999).status_code == 404


def test_layer_of_alerts(client: Client, people: People, event: Event, alert: OfficialAlert) -> None:
    data = asked(client, people["viewer"], "hazards-map", event="flood").json()
    (drawn,) = data["alerts"]
    assert (
        drawn["circles"] == [[34.84, -19.84, 50.0]] and drawn["name"] == "Flood, Orange (severe)" and drawn["assumed"]
    )
    assert drawn["line"].replace("\xa0", " ") == "GDACS: flood, orange, issued 3 hours ago"
    assert "newest answer" in data["panel"] and "Severe: long dashes" in data["panel"]


def test_poisoned_alert_breaks_no_page(client: Client, people: People, event: Event, alert: OfficialAlert) -> None:
    for columns in ({"shape": ["x"]}, {"shape": {"circles": [[9e9, None, "x"]]}}, {"level": 77}, {"hazard": "odd", "state": "odd"}, {"west": float("inf")}):  # fmt: skip
        OfficialAlert.objects.filter(pk=alert.pk).update(**columns)
        for name in ("hazards", "hazards-map"):
            assert asked(client, people["viewer"], name, event="flood").status_code == 200, columns
        assert asked(client, people["viewer"], "official-alert", alert.pk).status_code == 200


def test_incident_names_the_alert_as_context(
    client: Client, people: People, event: Event, alert: OfficialAlert
) -> None:
    incident = Incident.objects.create(event=event, title="Roofs", latitude=-19.84, longitude=34.84, size=2, authors=2)
    page = asked(client, people["viewer"], "incident", incident.ref).content.decode().replace("\xa0", " ")
    assert "GDACS: flood, orange, issued 3 hours ago" in page and "neither as a post nor as an author" in page
    assert "2 posts, 2 authors" in page


def test_what_is_not_known(client: Client, people: People, event: Event, make_post: Callable[..., Post]) -> None:
    make_post(severity=1, latitude=None, longitude=None, text="Call +258 84 123 4567, we drown")
    make_post(group="unmeasured", lang="ny")
    ring = [[32.5, -21], [33, -21], [33, -20.5], [32.5, -20.5], [32.5, -21]]
    TeamArea.objects.create(event=event, name="West team", area={"type": "Polygon", "coordinates": [ring]})
    page = asked(client, people["viewer"], "unknowns", event="flood").content.decode()
    for words in ("Chimoio", "unknown, not calm", "West team", "Nyanja", "we drown"):
        assert words in page, words
    assert "84 123 4567" not in page
    data = asked(client, people["viewer"], "unknowns-map", event="flood").json()
    assert {"Chimoio"} <= {place["name"] for place in data["places"]} and data["areas"][0]["polygon"][
        "coordinates"
    ] == [ring]
    assert "No posts: unknown, not calm" in data["panel"] and "Beira" not in {place["name"] for place in data["places"]}


def test_number_of_queries_of_the_pages(client: Client, people: People, event: Event, make_post: Callable[..., Post], django_assert_max_num_queries: Any) -> None:  # fmt: skip
    for number in range(20):
        make_post(severity=1, latitude=None, longitude=None, lang=f"x{number}", group="unmeasured")
    client.force_login(people["viewer"])
    with django_assert_max_num_queries(25):
        client.get(reverse("unknowns"), {"event": "flood"})
    with django_assert_max_num_queries(16):
        client.get(reverse("unknowns-map"), {"event": "flood"})


def test_other_events_stay_unseen(client: Client, people: People, event: Event, make_post: Callable[..., Post]) -> None:
    other = Event.objects.create(ref="other", name="Other")
    person = User.objects.create_user("one-event", toured=True)
    EventRole.objects.create(person=person, event=other, role="viewer")
    make_post(severity=1, latitude=None, longitude=None, text="We drown")
    page = asked(client, person, "unknowns", event="flood").content.decode()
    assert "We drown" not in page and "River flood" not in page


# --- sources


def test_lead_adds_changes_switches_and_deletes_a_source(client: Client, people: People) -> None:
    client.force_login(people["lead"])
    assert "https://www.gdacs.org/xml/rss.xml" in client.get(reverse("hazard-source-new")).content.decode()
    response = client.post(reverse("hazard-source-new"), NEW)
    source = HazardSource.objects.get()
    assert response.url == reverse("hazard-source", args=[source.pk])  # type: ignore[attr-defined]
    assert (source.kind, source.address, source.is_on) == ("cap", NEW["address"], True)
    HazardSource.objects.update(etag="x", answered_at=clock.now(), documents={"a": 0})
    changed = NEW | {"address": "https://alerts.example.org/other", "version": "1"}
    assert client.post(reverse("hazard-source-edit", args=[source.pk]), changed).status_code == 302
    source.refresh_from_db()
    assert (source.version, source.etag, source.documents, source.answered_at) == (2, "", {}, None)
    for verb, version, is_on in (("off", "2", False), ("on", "3", True)):
        assert (
            client.post(reverse("hazard-source-act", args=[source.pk, verb]), {"version": version}).status_code == 302
        )
        source.refresh_from_db()
        assert source.is_on is is_on
    HazardSource.objects.update(next_at=clock.now() + timedelta(hours=2))
    assert client.post(reverse("hazard-source-act", args=[source.pk, "ask"]), {"version": "4"}).status_code == 302
    source.refresh_from_db()
    assert source.next_at <= clock.now()
    assert client.post(reverse("hazard-source-act", args=[source.pk, "delete"]), {"version": "4"}).status_code == 302
    assert not HazardSource.objects.exists()
    actions = list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True))
    steps = ("created", "changed", "switched_off", "switched_on", "asked", "deleted")
    assert [one for one in actions if one.startswith("hazard_source")] == [f"hazard_source.{step}" for step in steps]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "x", "3 to 80 characters"), ("name", "", "3 to 80 characters"), ("address", "", "Enter the address"),
        ("address", "http://alerts.example.org/x", "https://"), ("address", "https://10.0.0.1/x", "private"),
        ("address", "https://user:secret@alerts.example.org/", "https://"), ("address", "https://localhost/", "private"),
        ("address", "ftp://alerts.example.org/", "https://"), ("address", "https://alerts.example.org/" + "x" * 500, "500 characters"),
        ("address", "https://[::1", "https://"), ("address", "https://alerts.example.org/a b", "without spaces"),
        ("address", "javascript:alert(1)", "https://"), ("kind", "nonsense", ""), ("name", "taken", "Another source"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_beside_its_field(
    client: Client, people: People, field: str, value: str, message: str
) -> None:
    HazardSource.objects.create(name="taken", kind="cap", address="https://a.example/")
    client.force_login(people["lead"])
    response = client.post(reverse("hazard-source-new"), NEW | {field: value})
    if field == "kind":  # the form falls back to one that exists
        assert response.status_code == 302
        return
    assert response.status_code == 400 and message in response.content.decode()
    assert HazardSource.objects.count() == 1


def test_two_leads_at_once(client: Client, people: People, source: HazardSource) -> None:
    client.force_login(people["lead"])
    for name, args, sent in (
        ("hazard-source-edit", [source.pk], NEW | {"version": "7"}), ("hazard-source-act", [source.pk, "off"], {"version": "7"}),
        ("hazard-source-act", [source.pk, "delete"], {"version": "7"}),
    ):  # fmt: skip
        assert client.post(reverse(name, args=args), sent).status_code == 409
    assert client.post(reverse("hazard-source-act", args=[source.pk, "explode"]), {"version": "1"}).status_code == 404
    assert client.post(reverse("hazard-source-act", args=[source.pk, "off"]), {"version": "x"}).status_code == 400
    assert client.post(reverse("hazard-source-act", args=[99_999, "off"]), {"version": "1"}).status_code == 404


@pytest.mark.parametrize("role", ["viewer", "reviewer", "approver", "auditor"])
def test_who_may_not_manage_sources(client: Client, people: People, source: HazardSource, role: str) -> None:
    client.force_login(people[role])
    assert client.get(reverse("hazard-source", args=[source.pk])).status_code == 200
    assert client.get(reverse("hazard-source-new")).status_code == 403
    assert client.post(reverse("hazard-source-new"), NEW).status_code == 403
    assert client.get(reverse("hazard-source-edit", args=[source.pk])).status_code == 403
    assert client.post(reverse("hazard-source-act", args=[source.pk, "off"]), {"version": "1"}).status_code == 403
    page = client.get(reverse("sources")).content.decode()
    assert "GDACS" in page and "Add a source of official alerts" not in page


def test_lead_of_one_event_may_not(client: Client, people: People, event: Event, source: HazardSource) -> None:
    person = User.objects.create_user("one-event", toured=True)
    EventRole.objects.create(person=person, event=event, role="lead")
    client.force_login(person)
    assert client.post(reverse("hazard-source-new"), NEW).status_code == 403
    assert client.get(reverse("hazard-source", args=[source.pk])).status_code == 200
    assert asked(client, people["partner"], "hazards").status_code == 403


def test_source_that_cannot_be_read_says_so(client: Client, people: People, source: HazardSource) -> None:
    HazardSource.objects.update(last_error="it is empty", last_error_at=clock.now(), last_unreadable=True, unreadable=3)
    for name, args in (("hazard-source", [source.pk]), ("sources", []), ("hazards", [])):
        page = asked(client, people["viewer"], name, *args).content.decode()
        assert "could not be read: it is empty." in page and "Answer unreadable" in page
