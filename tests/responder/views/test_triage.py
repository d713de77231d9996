import pytest
from django.test import Client

from responder.models import Post, TriageAction

PAGE = {"headers": {"Accept": "text/html,application/xhtml+xml"}}


@pytest.fixture
def reviewer(client, people):
    client.force_login(people["reviewer"])
    return client


@pytest.mark.parametrize(
    ("verb", "fields", "action", "message"),
    [
        ("confirm", {}, "confirmed", "Confirmed Requests or urgent needs"),
        ("category", {"category": "caution_and_advice"}, "corrected", "Set Caution and advice"),
        ("dismiss", {}, "dismissed", "Marked not relevant"),
    ],
)
def test_a_decision_answers_with_its_undo_and_the_item(reviewer, make_post, verb, fields, action, message):
    post = make_post()
    answer = reviewer.post(f"/triage/{post.pk}/{verb}", {"version": 1} | fields).json()
    assert (answer["id"], answer["version"], answer["action"]) == (post.pk, 2, action)
    assert answer["message"] == message
    assert answer["undo"] == {"url": f"/triage/{post.pk}/undo", "version": 2}
    assert 'data-version="2"' in answer["item_html"]
    undone = reviewer.post(answer["undo"]["url"], {"version": answer["undo"]["version"]}).json()
    assert (undone["action"], undone["version"], undone["undo"]) == ("undone", 3, None)
    assert Post.objects.get().status == "unreviewed"


def test_a_conflict_tells_who_did_what_and_when(reviewer, make_post, people):
    post = make_post()
    reviewer.post(f"/triage/{post.pk}/dismiss", {"version": 1})
    response = reviewer.post(f"/triage/{post.pk}/confirm", {"version": 1})
    assert response.status_code == 409
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert (problem["by"], problem["what"], problem["version"]) == ("Ana Reviewer", "Marked not relevant", 2)
    assert 0 <= problem["ago_s"] < 60


@pytest.mark.parametrize("version", [None, "", "x", "-1", "1.5", "9" * 30])
def test_a_missing_or_odd_version_is_a_problem(reviewer, make_post, version):
    fields = {} if version is None else {"version": version}
    response = reviewer.post(f"/triage/{make_post().pk}/confirm", fields)
    assert response.status_code == 400
    assert "version" in response.json()["detail"]


@pytest.mark.parametrize("category", ["", "fish", "<b>"])
def test_an_unknown_category_is_a_problem(reviewer, make_post, category):
    response = reviewer.post(f"/triage/{make_post().pk}/category", {"version": 1, "category": category})
    assert response.status_code == 400


def test_a_post_that_is_gone_is_not_found(reviewer):
    assert reviewer.post("/triage/77/confirm", {"version": 1}).status_code == 404


@pytest.mark.parametrize("verb", ["confirm", "category", "dismiss", "undo"])
def test_roles_that_do_not_triage_are_refused(client, people, make_post, verb):
    post = make_post()
    for role in ("viewer", "approver", "auditor", "partner"):
        client.force_login(people[role])
        assert client.post(f"/triage/{post.pk}/{verb}", {"version": 1}).status_code == 403
    client.logout()
    assert client.post(f"/triage/{post.pk}/{verb}", {"version": 1}).status_code == 302
    assert not TriageAction.objects.exists()


@pytest.mark.parametrize("verb", ["confirm", "category", "dismiss", "undo"])
def test_a_decision_needs_a_post_request_with_its_token(people, make_post, verb):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people["reviewer"])
    address = f"/triage/{make_post().pk}/{verb}"
    assert strict.post(address, {"version": 1}).status_code == 403
    assert strict.get(address).status_code == 405


def test_somebody_elses_decision_is_not_undone(client, people, make_post):
    post = make_post()
    client.force_login(people["lead"])
    client.post(f"/triage/{post.pk}/confirm", {"version": 1})
    client.force_login(people["reviewer"])
    assert client.post(f"/triage/{post.pk}/undo", {"version": 2}).status_code == 403
    assert Post.objects.get().status == "confirmed"


def test_a_plain_form_goes_back_to_where_it_was(reviewer, make_post):
    post = make_post()
    response = reviewer.post(f"/triage/{post.pk}/confirm", {"version": 1, "next": "/map/?sel=1"}, **PAGE)
    assert (response.status_code, response.headers["Location"]) == (302, "/map/?sel=1")
    refused = reviewer.post(f"/triage/{post.pk}/confirm", {"version": 1}, **PAGE)
    assert (refused.status_code, refused.headers["Location"]) == (302, "/map/")
    assert Post.objects.get().status == "confirmed"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"]
)
def test_a_form_never_leads_elsewhere(reviewer, make_post, target):
    response = reviewer.post(f"/triage/{make_post().pk}/confirm", {"version": 1, "next": target}, **PAGE)
    assert response.headers["Location"] == "/map/"


def test_a_script_gets_json_though_it_accepts_pages(reviewer, make_post):
    headers = PAGE["headers"] | {"X-Requested-With": "fetch"}
    response = reviewer.post(f"/triage/{make_post().pk}/confirm", {"version": 1}, headers=headers)
    assert response.headers["Content-Type"] == "application/json"
