"""The pages of incidents: who sees and does what, conflicts without loss, cursors, queries that do not grow."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classifier import clock
from responder.incidents import following, handling, membership
from responder.models import Incident
from tests.responder.html_forms import read_forms

HTML = {"headers": {"accept": "text/html"}}
JSON = {"headers": {"accept": "application/json"}}
PERSONAL = "Call +258 84 123 4567"


@pytest.fixture
def as_role(people):
    def sign_in(role):
        client = Client()
        client.force_login(people[role])
        return client

    return sign_in


@pytest.fixture
def open_one(make_post, people):
    def make(title="Water at Beira", posts=2, **columns):
        found = [make_post(author_handle=f"author{n}") for n in range(posts)]
        incident = membership.create(post_ids=[post.pk for post in found], by=people["lead"], title=title)
        Incident.objects.filter(pk=incident.pk).update(**columns)
        incident.refresh_from_db()
        return incident

    return make


def titles(response):
    return [one["title"] for one in response.context["incidents"]]


@pytest.mark.parametrize("role", ["viewer", "reviewer", "lead", "approver", "auditor"])
def test_whoever_reads_the_map_reads_incidents(as_role, open_one, role):
    incident = open_one()
    for path in ("", f"{incident.ref}/", "news?after=0"):
        assert as_role(role).get(f"/incidents/{path}").status_code == 200


def test_partners_and_strangers_are_refused(as_role, open_one, client):
    incident = open_one()
    for path in ("", f"{incident.ref}/", "news", f"pick?post={incident.memberships.first().post_id}"):
        assert as_role("partner").get(f"/incidents/{path}").status_code == 403
        assert client.get(f"/incidents/{path}").status_code == 302


def test_forms_stand_only_where_the_role_allows_them(as_role, open_one):
    url = f"/incidents/{open_one().ref}/"
    for role, seen in (("viewer", ()), ("reviewer", ("confirm", "detach", "assign")), ("lead", ("confirm", "assign"))):
        page = as_role(role).get(url).content.decode()
        for verb in ("confirm", "detach", "assign"):
            expected = verb in seen or (role == "lead" and verb == "detach")
            assert (f"/{verb}" in page) == expected, (role, verb)
    assert as_role("viewer").post(f"{url}note", {"version": 1, "text": "x"}, **JSON).status_code == 403


@pytest.fixture
def described(open_one, people):
    """An incident whose note, summary, resolution and place name people; the older texts were stored unmasked."""
    incident = open_one(
        summary=f"{PERSONAL} summary", resolution=f"{PERSONAL} resolution", public_summary=f"{PERSONAL} public",
        status="resolved", place_name=f"{PERSONAL} place", place_by_person=True, latitude=-19.8, longitude=34.8,
    )  # fmt: skip
    handling.note(incident_id=incident.pk, version=1, by=people["reviewer"], text=f"{PERSONAL} note")
    return incident


@pytest.mark.parametrize("role", ["viewer", "approver", "auditor"])
def test_who_does_not_handle_incidents_reads_their_texts_masked(as_role, described, role):
    page = as_role(role).get(f"/incidents/{described.ref}/").content.decode()
    for what in ("summary", "resolution", "public", "note", "place"):
        assert f"Call ••• {what}" in page, what
    assert "123 4567" not in page


@pytest.mark.parametrize("role", ["reviewer", "lead"])
def test_who_handles_incidents_reads_notes_summary_and_resolution_as_written(as_role, described, role):
    page = as_role(role).get(f"/incidents/{described.ref}/").content.decode()
    for what in ("summary", "resolution", "note"):
        assert f"{PERSONAL} {what}" in page, what
    assert "Call ••• public" in page


def test_the_worst_come_first_and_pages_neither_skip_nor_repeat(as_role, open_one):
    for number in range(70):
        open_one(
            f"Incident {number}",
            posts=1,
            severity=1 + number % 3,
            last_evidence_at=clock.now() - timedelta(minutes=number // 2),
        )
    client, seen, url = as_role("viewer"), [], "/incidents/"
    while url:
        response = client.get(url)
        seen += [(one["severity"], one["title"]) for one in response.context["incidents"]]
        url = response.context["next_url"]
    assert len(seen) == len({title for _, title in seen}) == 70
    assert [level for level, _ in seen] == sorted(level for level, _ in seen)


def test_filters_say_what_is_shown_and_bad_ones_are_told(as_role, open_one, people):
    open_one("Open one", severity=1)
    open_one("Done one", status="resolved")
    open_one("Mine", owner=people["viewer"], status="assigned")
    client = as_role("viewer")
    assert set(titles(client.get("/incidents/"))) == {"Open one", "Mine"}
    assert titles(client.get("/incidents/?state=resolved")) == ["Done one"]
    assert titles(client.get("/incidents/?whose=mine")) == ["Mine"]
    assert titles(client.get("/incidents/?severity=1")) == ["Open one"]
    assert titles(client.get("/incidents/?title=done&state=all")) == ["Done one"]
    answer = client.get("/incidents/?state=fish&severity=9&cursor=forged")
    assert answer.status_code == 200 and len(answer.context["notices"]) == 3


def test_what_is_snoozed_comes_back_when_it_has_grown(as_role, open_one, people):
    incident = open_one()
    following.snooze(incident_id=incident.pk, by=people["viewer"], grows_by=2)
    assert titles(as_role("viewer").get("/incidents/")) == []
    assert titles(as_role("reviewer").get("/incidents/")) == ["Water at Beira"]
    Incident.objects.update(size=4)
    assert titles(as_role("viewer").get("/incidents/")) == ["Water at Beira"]


def test_new_incidents_are_counted(as_role, open_one):
    first = open_one()
    open_one("Another")
    assert as_role("viewer").get(f"/incidents/news?after={first.pk}").json() == {"new": 1}


def test_a_conflict_keeps_what_was_entered_and_offers_both_choices(as_role, open_one, people):
    incident = open_one()
    handling.note(incident_id=incident.pk, version=1, by=people["reviewer"], text="First")
    client = as_role("lead")
    url = f"/incidents/{incident.ref}/edit"
    answer = client.post(url, {"version": 1, "summary": "My long summary"}, **HTML)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Ana Reviewer" in page and 'value="My long summary"' in page
    assert "Keep theirs" in page and "Use mine" in page
    assert client.post(url, {"version": 2, "summary": "My long summary"}, **HTML).status_code == 302
    incident.refresh_from_db()
    assert incident.summary == "My long summary"
    problem = client.post(url, {"version": 1, "summary": "x"}, **JSON)
    assert (problem.status_code, problem.json()["version"]) == (409, 3)


@pytest.mark.parametrize("sent", [{}, {"version": "x"}, {"version": "9" * 30}, {"version": 1, "severity": "²"}])
def test_bad_input_is_a_clear_400(as_role, open_one, sent):
    incident = open_one()
    assert as_role("lead").post(f"/incidents/{incident.ref}/edit", sent, **JSON).status_code == 400


@pytest.mark.parametrize("path", ["INC-9999/", "fish/", "INC-0001/fish", "INC-" + "9" * 40 + "/", "pick?post=999999"])
def test_what_is_not_there_is_404(as_role, open_one, path):
    open_one()
    client = as_role("lead")
    assert (client.post if path.endswith("fish") else client.get)(f"/incidents/{path}").status_code == 404


def test_a_post_on_the_map_is_attached_or_opens_an_incident(as_role, open_one, make_post):
    incident, post = open_one(), make_post()
    client = as_role("reviewer")
    assert incident.ref in client.get(f"/incidents/pick?post={post.pk}").content.decode()
    sent = {"version": incident.version, "post": post.pk}
    assert client.post(f"/incidents/{incident.ref}/attach", sent, **HTML).status_code == 302
    incident.refresh_from_db()
    assert incident.size == 3
    assert client.post("/incidents/create", {"post": make_post().pk}, **JSON).status_code == 201


def test_merging_is_looked_at_first_and_leads_on(as_role, open_one):
    one, other = open_one(), open_one("Same thing")
    client = as_role("lead")
    page = client.get(f"/incidents/{one.ref}/merge-preview?into={other.ref}")
    assert page.context["preview"].size == 4
    client.post(f"/incidents/{one.ref}/merge", {"version": 1, "into": other.ref, "into_version": 1}, **HTML)
    assert client.get(f"/incidents/{one.ref}/").headers["location"] == f"/incidents/{other.ref}/"
    assert client.get(f"/incidents/{one.ref}/merge-preview?into=fish").status_code == 400
    assert as_role("reviewer").get(f"/incidents/{one.ref}/merge-preview?into={other.ref}").status_code == 403


def test_pages_mask_people(as_role, open_one, make_post, people):
    incident = open_one()
    post = make_post(text="Call +258 84 123 4567 or @amina", author_handle="secretname")
    membership.attach(incident_id=incident.pk, version=1, post_ids=[post.pk], by=people["lead"])
    page = as_role("lead").get(f"/incidents/{incident.ref}/").content.decode()
    assert "4567" not in page and "@amina" not in page and "secretname" not in page


REFUSED = [  # the address, what is sent besides the version, each field's error, the menu that is open, what has the focus
    (
        "edit", {"title": "x", "summary": "s" * 4001, "severity": "9"},
        {
            "title": "A title must have at least 3 characters.", "summary": "A summary can have at most 4000 characters.",
            "severity": "Severity must be a number from 1 (critical) to 4 (low).",
        },
        "Edit title, summary, severity", "edit-title",
    ),
    (
        "edit", {"place_name": "p" * 201, "latitude": "north", "longitude": "181", "radius_km": ""},
        {
            "place_name": "A place can have at most 200 characters.",
            "latitude": "Enter a latitude from -90 to 90, such as -19.84.",
            "longitude": "Enter a longitude from -180 to 180, such as 34.84.",
            "radius_km": "Enter a radius from 0.1 to 500 km.",
        },
        "Edit location", "place-place_name",
    ),
    (
        "verify", {"verification": "maybe", "reason": "x"},
        {
            "verification": "Choose verified, unverified, false or unverifiable.",
            "reason": "A reason must have at least 3 characters.",
        },
        "Verification", "verify-verification",
    ),
    ("resolve", {"outcome": "done", "reason": " "}, {"reason": "A reason is required."}, "Resolve", "resolve-reason"),
    (
        "resolve", {"outcome": "won", "reason": "Over"},
        {"outcome": "Choose done, cannot be met or handed to another organisation."}, "Resolve", "resolve-outcome",
    ),
    ("confirm", {"note": "n" * 2001}, {"note": "A note can have at most 2000 characters."}, "Confirm", "confirm-note"),
    ("assign", {"to": "0"}, {"to": "Choose a person whose role lets them work on incidents."}, "Assign", "assign-to"),
    ("snooze", {"grows_by": "some"}, {"grows_by": "Enter a whole number."}, "Snooze", "snooze-grows_by"),
    (
        "snooze", {"grows_by": "100001"}, {"grows_by": "Enter the number of further posts: 1 to 100,000."},
        "Snooze", "snooze-grows_by",
    ),
    ("publish", {"text": "t" * 2001}, {"text": "A public summary can have at most 2000 characters."}, "Public summary", "publish-text"),
    ("note", {"text": "n" * 2001}, {"text": "A note can have at most 2000 characters."}, None, "note-text"),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "typed", "errors", "menu", "focus"), REFUSED)
def test_all_errors_stand_beside_their_fields_and_what_was_typed_stays(
    as_role, open_one, verb, typed, errors, menu, focus
):
    incident = open_one()
    answer = as_role("lead").post(f"/incidents/{incident.ref}/{verb}", typed | {"version": 1}, **HTML)
    form = read_forms(answer)
    assert answer.status_code == 400 and form.errors == errors and form.focused == [focus] and not form.top_errors
    assert menu in form.open_menus or menu is None
    prefix = focus.rpartition("-")[0]
    chosen = {"severity", "verification", "to", "team", "outcome"}  # what is no option can't be shown
    kept = {name: form.by_id(f"{prefix}-{name}") for name in typed if name not in chosen}
    assert kept == {name: value for name, value in typed.items() if name not in chosen}
    assert verb == "snooze" or form.by_id(f"{prefix}-version") == "1"
    incident.refresh_from_db()
    assert incident.version == 1


def test_what_a_form_is_refused_for_as_a_whole_stands_above_it_and_what_was_typed_stays(as_role, open_one):
    incident = open_one(status="resolved")
    client = as_role("lead")
    answer = client.post(f"/incidents/{incident.ref}/reopen", {"version": 1, "reason": ""}, **HTML)
    assert read_forms(answer).errors == {"reason": "A reason is required."}
    Incident.objects.update(status="confirmed")
    answer = client.post(f"/incidents/{incident.ref}/confirm", {"version": 1, "note": "On it"}, **HTML)
    assert read_forms(answer).top_errors == ["The incident is already confirmed."]
    nothing = {"version": 1, "title": incident.title, "summary": "", "severity": incident.severity}
    Incident.objects.update(title_by_person=True, severity_by_person=True)
    form = read_forms(client.post(f"/incidents/{incident.ref}/edit", nothing, **HTML))
    assert form.top_errors == ["Nothing was changed."] and form.by_id("edit-title") == incident.title
    forbidden = as_role("viewer").post(f"/incidents/{incident.ref}/resolve", {"version": 1, "reason": ""}, **HTML)
    assert forbidden.status_code == 403 and read_forms(forbidden).errors == {}


def test_a_refused_merge_keeps_the_reference_and_a_refused_split_its_title_and_posts(as_role, open_one):
    incident, client = open_one(), as_role("lead")
    answer = client.get(f"/incidents/{incident.ref}/merge-preview?into={incident.ref}", **HTML)
    form = read_forms(answer)
    assert answer.status_code == 400 and form.by_id("merge-into") == incident.ref and "Merge" in form.open_menus
    assert form.errors == {"into": "An incident cannot be merged with itself."} and form.focused == ["merge-into"]
    post = incident.memberships.first().post_id
    sent = {"version": 1, "post": post, "title": "t" * 201}
    answer = client.post(f"/incidents/{incident.ref}/split", sent, **HTML)
    form = read_forms(answer)
    assert answer.status_code == 400 and form.errors == {"title": "A title can have at most 200 characters."}
    assert {name: form.value(name, "/split") for name in sent} == {name: str(value) for name, value in sent.items()}


def test_an_incident_that_is_not_opened_keeps_its_title_and_post(as_role, make_post):
    post = make_post()
    answer = as_role("reviewer").post("/incidents/create", {"post": post.pk, "title": "t" * 201}, **HTML)
    form = read_forms(answer)
    assert answer.status_code == 400 and form.errors == {"title": "A title can have at most 200 characters."}
    assert form.by_id("title") == "t" * 201 and form.value("post", "/create") == str(post.pk)
    assert form.focused == ["title"] and not Incident.objects.exists()


def test_queries_grow_neither_with_incidents_nor_with_posts(as_role, open_one):
    client, counts = as_role("lead"), []
    for number, posts in ((2, 2), (25, 30)):
        for _ in range(number):
            incident = open_one(posts=2 if number > 2 else posts)
        big = open_one("Big", posts=posts)
        both = []
        for url in ("/incidents/", f"/incidents/{big.ref}/"):
            with CaptureQueriesContext(connection) as asked:
                assert client.get(url).status_code == 200
            both.append(len(asked))
        counts.append(both)
    assert incident
    assert counts[0] == counts[1]
