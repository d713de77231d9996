"""The triage page and its parts over HTTP: roles, what they show, how many queries they make."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from responder import triage
from responder.incidents import membership
from responder.models import Claim, Post, Snooze, TriageAction
from responder.triage import claims

PARTS = ["", "rows", "counts", "items/{id}", "items/{id}/beside"]
VERBS = ["{id}/severity", "{id}/claim", "{id}/release", "{id}/snooze", "{id}/wake", "bulk"]


@pytest.fixture
def reviewer(client, people):
    client.force_login(people["reviewer"])
    return client


@pytest.mark.parametrize("part", PARTS)
def test_reading_the_queue_needs_the_role(client, people, make_post, part):
    address = "/triage/" + part.format(id=make_post().pk)
    assert client.get(address).status_code == 302
    for role in people:
        client.force_login(people[role])
        allowed = role in ("reviewer", "lead", "superuser")
        assert client.get(address).status_code == (200 if allowed else 403), role


@pytest.mark.parametrize("verb", VERBS)
def test_changing_anything_needs_the_role_and_a_post_request(client, people, make_post, verb):
    address = "/triage/" + verb.format(id=make_post().pk)
    for role in ("viewer", "approver", "auditor", "partner"):
        client.force_login(people[role])
        assert client.post(address, {"version": 1}).status_code == 403
    client.force_login(people["reviewer"])
    assert client.get(address).status_code == 405
    assert not (TriageAction.objects.exists() or Claim.objects.exists() or Snooze.objects.exists())


def test_the_page_opens_the_first_entry_or_the_one_that_is_named(reviewer, make_post):
    mild, worst = make_post(severity=3), make_post(severity=1)
    assert reviewer.get("/triage/").context["item"]["id"] == worst.pk
    named = reviewer.get(f"/triage/?sel={mild.pk}")
    assert named.context["item"]["id"] == mild.pk
    assert [item["id"] for item in named.context["items"]] == [worst.pk, mild.pk]


def test_the_rule_of_the_order_is_printed(reviewer, make_post):
    make_post()
    assert "most severe first, then longest waiting" in reviewer.get("/triage/").content.decode()
    assert "Newest decision first" in reviewer.get("/triage/?tab=done").content.decode()


def test_tabs_count_what_they_list(reviewer, make_post, people):
    for number in range(4):
        make_post(text_key=f"k{number % 2}", band=2)
    triage.confirm(post_id=make_post().pk, version=1, by=people["lead"])
    for tab, number in (("review", 2), ("uncertain", 2), ("mine", 0), ("snoozed", 0), ("done", 1)):
        context = reviewer.get(f"/triage/?tab={tab}").context
        counts = {one["id"]: one["count"] for one in context["tabs"]}
        assert (len(context["items"]), counts[tab]) == (number, str(number))


def test_a_status_from_another_page_chooses_the_tab_and_an_odd_one_is_told(reviewer, make_post):
    make_post()
    assert reviewer.get("/triage/?status=done").context["tab"] == "done"
    odd = reviewer.get("/triage/?tab=fish").context
    assert (odd["tab"], odd["notices"]) == ("review", ["This tab does not exist. Showing posts for review."])


def test_filters_are_those_of_the_map_and_stay_in_every_link(reviewer, make_post):
    make_post(severity=1)
    make_post(severity=3)
    page = reviewer.get("/triage/?sev=1&t=24h")
    assert len(page.context["items"]) == 1
    assert all("sev=1" in one["url"] and "t=24h" in one["url"] for one in page.context["tabs"])
    assert all("sev=1" in one["toggle_url"] for one in page.context["groups"])


def test_copies_are_one_row_that_says_how_many(reviewer, make_post):
    for _ in range(6):
        make_post(text_key="same")
    page = reviewer.get("/triage/")
    assert len(page.context["items"]) == 1
    assert "and 5 copies" in page.content.decode()


def test_who_has_a_post_open_is_shown(reviewer, make_post, people):
    post = make_post()
    claims.take(post_id=post.pk, by=people["lead"])
    assert "Ana Lead has it open" in reviewer.get("/triage/").content.decode()


@pytest.mark.parametrize("part", ["", "rows", "counts"])
def test_the_number_of_queries_does_not_grow_with_the_posts(reviewer, make_post, people, part):
    def asked():
        with CaptureQueriesContext(connection) as found:
            assert reviewer.get(f"/triage/{part}").status_code == 200
        return len(found)

    make_post(text_key="k0")
    asked()
    few = asked()
    for number in range(45):
        post = make_post(text_key=f"k{number % 33}", severity=1 + number % 4)
        claims.take(post_id=post.pk, by=people["lead"])
    assert asked() == few


def test_what_stands_beside_is_bounded_and_masked(reviewer, make_post):
    post = make_post(text_key="same")
    for number in range(9):
        make_post(text_key="same", text=f"call +258 84 123 456{number}")
        make_post(text=f"near {number} @someone")
    make_post(text="far away", latitude=-12.0, longitude=40.0)
    page = reviewer.get(f"/triage/items/{post.pk}/beside").content.decode()
    assert page.count('class="other"') == 10
    assert "far away" not in page
    assert "84 123" not in page and "123 456" not in page
    assert "@someone" not in page


def test_incidents_that_a_post_may_belong_to_stand_beside_it(reviewer, make_post, people):
    post, other, far = make_post(), make_post(), make_post(place_name="Chimoio")
    here = membership.create(post_ids=[other.pk], by=people["lead"], title="<b>Well</b> broken")
    membership.create(post_ids=[far.pk], by=people["lead"], title="Elsewhere")
    page = reviewer.get(f"/triage/items/{post.pk}/beside").content.decode()
    assert "&lt;b&gt;Well&lt;/b&gt; broken" in page and "Elsewhere" not in page
    fields = {"version": 1, "post": post.pk}
    answer = reviewer.post(f"/incidents/{here.ref}/attach", fields, headers={"Accept": "application/json"})
    assert answer.json()["ref"] == here.ref
    page = reviewer.get(f"/triage/items/{post.pk}/beside").content.decode()
    assert here.ref in page and "data-attach" not in page


def test_a_decision_covers_copies_and_a_repeat_changes_nothing(reviewer, make_post):
    posts = [make_post(text_key="same") for _ in range(3)]
    headers = {"Idempotency-Key": str(uuid4())}
    fields = {"version": 1, "copies": "1", "list": "queue"}
    first = reviewer.post(f"/triage/{posts[0].pk}/confirm", fields, headers=headers).json()
    again = reviewer.post(f"/triage/{posts[0].pk}/confirm", fields, headers=headers).json()
    assert (first["posts"], first["message"]) == (3, "Confirmed Requests or urgent needs · 3 posts")
    assert again == first
    assert TriageAction.objects.count() == 3
    assert "data-pick" in first["item_html"]


def test_an_odd_key_is_a_problem(reviewer, make_post):
    response = reviewer.post(
        f"/triage/{make_post().pk}/confirm", {"version": 1}, headers={"Idempotency-Key": "seventeen"}
    )
    assert response.status_code == 400


@pytest.mark.parametrize(("severity", "status"), [("1", 200), ("4", 200), ("5", 400), ("", 400), ("x", 400)])
def test_severity_is_one_to_four(reviewer, make_post, severity, status):
    response = reviewer.post(f"/triage/{make_post().pk}/severity", {"version": 1, "severity": severity})
    assert response.status_code == status


def test_bulk_reports_conflicts_item_by_item(reviewer, make_post, people):
    fine, taken = make_post(), make_post()
    triage.correct(post_id=taken.pk, version=1, by=people["lead"], category="caution_and_advice")
    answer = reviewer.post("/triage/bulk", {"verb": "confirm", "items": f"{fine.pk}:1,{taken.pk}:1,99999:1"}).json()
    assert [result["status"] for result in answer["results"]] == [200, 409, 404]
    assert (answer["done"], answer["refused"], answer["results"][0]["version"]) == (1, 2, 2)
    conflict = answer["results"][1]
    assert (conflict["by"], conflict["what"], conflict["version"]) == ("Ana Lead", "Set Caution and advice", 2)


@pytest.mark.parametrize(
    "fields",
    [
        {"verb": "confirm"}, {"verb": "confirm", "items": "x"}, {"verb": "confirm", "items": "1:x"},
        {"verb": "eat", "items": "1:1"}, {"verb": "category", "items": "1:1", "category": "fish"},
        {"verb": "confirm", "items": ",".join(f"{number}:1" for number in range(201))},
        {"verb": "confirm", "items": "1:1," * 9_000},
    ],
)  # fmt: skip
def test_bad_bulk_requests_are_problems(reviewer, fields):
    response = reviewer.post("/triage/bulk", fields)
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"


def test_two_hundred_posts_in_one_request(reviewer, make_post):
    posts = [make_post() for _ in range(200)]
    items = ",".join(f"{post.pk}:1" for post in posts)
    answer = reviewer.post("/triage/bulk", {"verb": "dismiss", "items": items}).json()
    assert (answer["done"], answer["refused"]) == (200, 0)
    assert Post.objects.filter(status="dismissed").count() == 200


def test_claiming_tells_who_else_is_there_and_leaving_frees(reviewer, make_post, people):
    mine, theirs = make_post(), make_post()
    claims.take(post_id=theirs.pk, by=people["lead"])
    answer = reviewer.post(f"/triage/{mine.pk}/claim", {"seen": f"{theirs.pk},x,{'9' * 30}"}).json()
    assert (answer["mine"], answer["lease_s"]) == (True, 90)
    assert answer["claims"] == [{"id": theirs.pk, "name": "Ana Lead", "initials": "AL"}]
    assert reviewer.post(f"/triage/{theirs.pk}/claim").json()["mine"] is False
    assert reviewer.post(f"/triage/{mine.pk}/release").status_code == 204
    assert Claim.objects.count() == 1
    assert reviewer.post("/triage/99999/claim").status_code == 404


def test_snoozing_and_waking(reviewer, make_post):
    post = make_post()
    assert "Snoozed until" in reviewer.post(f"/triage/{post.pk}/snooze", {"span": "15m"}).json()["message"]
    assert "Snoozed until" in reviewer.get("/triage/?tab=snoozed").content.decode()
    assert reviewer.post(f"/triage/{post.pk}/wake").status_code == 200
    assert not Snooze.objects.exists()
    for fields in ({}, {"span": "2y"}, {"grow_by": "x"}, {"grow_by": "99999"}):
        assert reviewer.post(f"/triage/{post.pk}/snooze", fields).status_code == 400


def test_the_footer_tells_ones_own_pace_and_agreement(reviewer, make_post, people):
    for number in range(12):
        post = make_post()
        triage.confirm(post_id=post.pk, version=1, by=people["reviewer"])
        verb = triage.dismiss if number < 3 else triage.confirm
        verb(post_id=post.pk, version=2, by=people["lead"])
    page = reviewer.get("/triage/").content.decode()
    assert "second reviewers agreed with 8 in 10 of 12" in page
    assert reviewer.get("/triage/counts").json()["pace"] == 12
