"""Work without a network: the service worker, who is signed in, whose page it is, and reports that are sent late."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from classifier import clock
from responder.field_reports import typed
from responder.models import Event, FieldReport, Post, TriageAction, User
from responder.web import offline
from responder.web.same_person import HEADER

pytestmark = pytest.mark.django_db
SENT = {
    "kind": "phone", "event": "flood", "text": "Twelve people on the roof of the school", "about": "self", "severity": "",
    "name": "", "telephone": "", "place_name": "", "latitude": "", "longitude": "", "radius_km": "2", "place_of": "",
    "form_key": "one",
}  # fmt: skip
BY_SCRIPT = {"Accept": "application/json", "X-Requested-With": "fetch"}


@pytest.fixture
def reviewer(people: dict[str, User], client: Client) -> User:
    client.force_login(people["reviewer"])
    return people["reviewer"]


def settings_of(script: str) -> dict[str, Any]:
    found = re.match(r"self\.kept = (\{.*\});\n", script)
    assert found
    return dict(json.loads(found[1]))


def test_the_worker_is_of_the_whole_site_and_under_the_strict_policy(client: Client) -> None:
    answer = client.get("/sw.js")
    assert answer.status_code == 200 and answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Service-Worker-Allowed"] == "/" and answer["Cache-Control"] == "no-cache"
    assert (
        "script-src 'self'" in answer["Content-Security-Policy"] and "unsafe" not in answer["Content-Security-Policy"]
    )
    assert 'importScripts("/static/js/push-worker.js", "/static/js/worker.js");' in answer.text
    assert not answer.cookies


def test_the_worker_names_files_that_are_there_and_no_page_beyond_the_few(client: Client) -> None:
    kept = settings_of(client.get("/sw.js").text)
    assert kept["assets"] and not [url for url in kept["assets"] if not finders.find(url.removeprefix("/static/"))]
    needed = {"/static/js/triage.js", "/static/js/device.js", "/static/js/map.js", "/static/js/field-report.js",
              "/static/css/shell.css", "/static/vendor/leaflet/leaflet.js", "/static/vendor/world/world.json"}  # fmt: skip
    assert needed <= set(kept["assets"])
    assert sorted(kept["pages"].values()) == ["/field-reports/new", "/map/", "/offline/", "/response/", "/triage/"]
    assert {"/api/", "/admin/", "/export", "/report/"} <= set(kept["passed"])


def test_the_version_changes_with_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "js").mkdir()
    for name in (*offline.LEFT_OUT, "js/map.js"):
        (tmp_path / name).write_text("one")
    monkeypatch.setattr(offline, "packaged", lambda _folder: tmp_path)
    before = offline.version.__wrapped__()
    assert offline.version.__wrapped__() == before
    (tmp_path / "js" / "map.js").write_text("two")
    after = offline.version.__wrapped__()
    (tmp_path / "js" / "worker.js").write_text("two")
    assert len({before, after, offline.version.__wrapped__()}) == 3


def test_the_page_for_no_network_is_the_same_for_everybody(client: Client, people: dict[str, User]) -> None:
    anonymous = client.get("/offline/away")
    client.force_login(people["viewer"])
    assert anonymous.status_code == 200 and "There is no network" in anonymous.text
    assert client.get("/offline/away").text == anonymous.text and not anonymous.has_header(HEADER)


def test_the_page_of_the_device_is_for_whoever_is_signed_in(client: Client, people: dict[str, User]) -> None:
    assert client.get(reverse("offline")).status_code == 302
    for role in ("viewer", "partner"):
        client.force_login(people[role])
        assert "Waiting to be sent" in client.get(reverse("offline")).text


def test_the_state_names_the_person_and_nobody_else(client: Client, people: dict[str, User]) -> None:
    assert client.get("/offline/state").json() == {"person": "", "token": ""}
    client.force_login(people["viewer"])
    answer = client.get("/offline/state")
    assert answer.json()["person"] == str(people["viewer"].pk) and len(answer.json()["token"]) > 30
    assert "no-store" in answer["Cache-Control"]


def test_the_token_of_the_state_is_accepted(people: dict[str, User], event: Event) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people["reviewer"])
    refused = strict.post("/field-reports/new", SENT, headers=BY_SCRIPT)
    token = strict.get("/offline/state").json()["token"]
    accepted = strict.post("/field-reports/new", SENT | {"csrfmiddlewaretoken": token}, headers=BY_SCRIPT)
    assert (refused.status_code, accepted.status_code) == (403, 200)
    # The scripts tell an old token from a refusal by this: our refusals are problems with a title.
    assert "problem+json" not in refused["Content-Type"]


def test_pages_say_whose_they_are(client: Client, reviewer: User, event: Event) -> None:
    page = client.get("/map/")
    assert page[HEADER] == str(reviewer.pk) and f'data-person="{reviewer.pk}"' in page.text
    client.logout()
    assert not client.get("/login/").has_header(HEADER)


def test_what_a_page_of_somebody_else_sends_is_not_done(
    client: Client, people: dict[str, User], reviewer: User, make_post: Any
) -> None:
    post, other = make_post(), str(people["lead"].pk)
    url = reverse("triage-confirm", args=[post.pk])
    refused = client.post(url, {"version": "1"}, headers=BY_SCRIPT | {HEADER: other})
    assert refused.status_code == 412 and refused.json()["title"] == "Signed in as somebody else"
    report = client.post("/field-reports/new", SENT, headers=BY_SCRIPT | {HEADER: other})
    assert report.status_code == 412
    assert not TriageAction.objects.exists() and not FieldReport.objects.exists()
    done = client.post(url, {"version": "1"}, headers=BY_SCRIPT | {HEADER: str(reviewer.pk)})
    assert done.status_code == 200 and TriageAction.objects.get().actor == reviewer


def test_a_report_by_script_is_stored_once_however_often_it_is_sent(
    client: Client, reviewer: User, event: Event
) -> None:
    first = client.post("/field-reports/new", SENT, headers=BY_SCRIPT)
    again = client.post("/field-reports/new", SENT | {"age_s": "7200"}, headers=BY_SCRIPT)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["is_new"] and not again.json()["is_new"] and first.json()["ref"] == again.json()["ref"]
    assert first.json()["url"] == "/field-reports/new?kind=phone&event=flood"
    assert Post.objects.count() == FieldReport.objects.count() == 1
    assert f"Report {first.json()['ref']} is saved" in client.get(first.json()["url"]).text


def test_a_report_that_was_sent_late_has_the_time_at_which_it_was_written(
    client: Client, reviewer: User, event: Event
) -> None:
    with time_machine.travel(clock.now(), tick=False):
        client.post("/field-reports/new", SENT | {"age_s": "5400"}, headers=BY_SCRIPT)
        post = Post.objects.get()
        assert clock.now() - post.created_at == timedelta(minutes=90)
        assert FieldReport.objects.get().received_at == clock.now()
        client.post("/field-reports/new", SENT | {"form_key": "two", "age_s": "999999999"}, headers=BY_SCRIPT)
        assert clock.now() - Post.objects.latest("pk").created_at == typed.MOST_AGE
    assert "in triage within seconds" not in client.get("/field-reports/new").text  # told by the page that sent it


@pytest.mark.parametrize("age", ["-1", "1.5", "x", "٣", "9999999999", "\0"])
def test_an_age_that_is_none_is_refused(client: Client, reviewer: User, event: Event, age: str) -> None:
    answer = client.post("/field-reports/new", SENT | {"age_s": age}, headers=BY_SCRIPT)
    assert answer.status_code == 400 and not FieldReport.objects.exists()


def test_a_report_that_is_wrong_is_a_problem_for_scripts_and_a_page_for_people(
    client: Client, reviewer: User, event: Event
) -> None:
    by_script = client.post("/field-reports/new", SENT | {"text": ""}, headers=BY_SCRIPT)
    by_form = client.post("/field-reports/new", SENT | {"text": ""}, headers={"Accept": "text/html"})
    assert by_script.status_code == by_form.status_code == 400
    assert by_script["Content-Type"] == "application/problem+json" and "<form" in by_form.text


def test_only_who_may_file_reports_may_send_them_late(client: Client, people: dict[str, User], event: Event) -> None:
    client.force_login(people["viewer"])
    answer = client.post("/field-reports/new", SENT | {"age_s": "60"}, headers=BY_SCRIPT)
    assert answer.status_code == 403 and not FieldReport.objects.exists()


def test_the_manifest_names_icons_that_are_there(client: Client) -> None:
    path = finders.find("img/responder.webmanifest")
    assert isinstance(path, str)
    with open(path) as file:
        manifest = json.load(file)
    assert manifest["start_url"] == manifest["scope"] == "/"
    assert all(finders.find(f"img/{icon['src']}") for icon in manifest["icons"])
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    assert "img/responder.webmanifest" in client.get("/login/").text
