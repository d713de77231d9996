from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from classifier import clock
from responder import triage
from responder.models import Event, Post
from responder.queries.marks import LIMIT

ADDRESSES = ["/map/", "/map/data", "/map/items"]


@pytest.fixture
def viewer(client, people):
    client.force_login(people["viewer"])
    return client


@pytest.mark.parametrize("address", [*ADDRESSES, "/map/items/1"])
def test_strangers_are_sent_to_log_in(client, db, address):
    assert client.get(address).headers["Location"].startswith("/login/")


@pytest.mark.parametrize("address", ADDRESSES)
def test_only_roles_that_view_may_look(client, people, address):
    for role, user in people.items():
        client.force_login(user)
        assert client.get(address).status_code == (403 if role == "partner" else 200), role


@pytest.mark.parametrize("address", ADDRESSES)
def test_looking_changes_nothing_and_is_not_kept(viewer, address):
    assert viewer.post(address).status_code == 405
    assert "no-store" in viewer.get(address).headers["Cache-Control"]


def test_the_page_has_what_its_script_and_list_need(viewer, make_post, event):
    for n in range(35):
        make_post(severity=1 + n % 4)
    make_post(category="not_humanitarian")
    context = viewer.get("/map/?sev=1,2&t=6h").context
    assert context["event"]["ref"] == "flood"
    assert [other["ref"] for other in context["shell"].events] == ["flood"]
    assert context["filters"].querystring() == "event=flood&t=6h&sev=1,2"
    assert context["figures"]["total"] == 18
    assert len(context["items"]) == 18
    assert context["next_cursor"] is None
    assert context["can_triage"] is False
    assert len(context["categories"]) == 11
    assert [one["value"] for one in context["shell"].time_ranges if one["current"]] == ["6h"]
    assert context["live"] == {"cursor": 0, "url": "/live/stream", "poll_url": "/live/changes"}
    groups = {group["id"]: group for group in context["groups"]}
    assert [name for name, group in groups.items() if not group["active"]] == ["aside"]
    assert "cat=people,damage,response,information" in groups["needs"]["toggle_url"]


def test_an_area_says_how_many_posts_without_a_location_it_leaves_out(viewer, client, people, make_post):
    make_post()
    nowhere = {"latitude": None, "longitude": None, "place_name": ""}
    make_post(**nowhere)
    for _ in range(2):
        make_post(**nowhere, severity=1)
    make_post(**nowhere, severity=1, category="missing_or_found_people")
    area = "area=34,-20,35,-19"
    said = "3 posts without a location are not shown, 2 of them are unanswered"
    assert viewer.get("/map/data").json()["left_out_by_area"] == ""
    assert viewer.get(f"/map/data?{area}&cat=needs").json()["left_out_by_area"] == said
    assert said in viewer.get(f"/map/?{area}&cat=needs").content.decode()
    client.force_login(people["reviewer"])
    for page in ("feed", "triage"):
        notices = client.get(f"/{page}/?{area}&cat=needs").context["notices"]
        assert notices == [f"{said}, because the filter has an area."], page
        assert client.get(f"/{page}/?cat=needs").context["notices"] == [], page
    make_post()
    located = client.get("/map/data?area=34,-20,35,-19&sev=3&q=post").json()
    assert located["left_out_by_area"] == "1 post without a location is not shown"


def test_copies_of_a_text_are_one_row_which_says_how_many(viewer, make_post):
    copies = [make_post(text="RT help at the bridge", text_key="same", severity=2) for _ in range(6)]
    alone = make_post(severity=1)
    page = viewer.get("/map/")
    assert [item["id"] for item in page.context["items"]] == [alone.pk, copies[0].pk]  # the newest of them
    assert "and 5 copies" in page.content.decode()
    assert page.context["figures"]["total"] == 7
    fragment = viewer.get("/map/items")
    assert [item["id"] for item in fragment.context["items"]] == [alone.pk, copies[0].pk]


def test_an_unreviewed_copy_is_never_hidden_behind_a_reviewed_one(viewer, make_post, people):
    worse = make_post(text_key="same", severity=1)
    triage.confirm(post_id=worse.pk, version=1, by=people["reviewer"])
    late = make_post(text_key="same", severity=3)
    assert [item["id"] for item in viewer.get("/map/").context["items"]] == [late.pk]
    assert [item["id"] for item in viewer.get("/map/?status=done").context["items"]] == [worse.pk]


def test_pages_of_the_list_hold_each_text_once(viewer, make_post):
    for number in range(70):
        make_post(text_key=f"text{number % 35}", severity=1 + number % 3)
    first = viewer.get("/map/items")
    rest = viewer.get("/map/items", {"cursor": first.context["next_cursor"]})
    shown = [item["id"] for page in (first, rest) for item in page.context["items"]]
    keys = list(Post.objects.filter(pk__in=shown).values_list("text_key", flat=True))
    assert (len(shown), len(set(keys))) == (35, 35)


def test_what_is_set_aside_is_counted_though_it_is_not_shown(viewer, make_post):
    make_post(category="not_humanitarian")
    context = viewer.get("/map/").context
    assert context["figures"]["total"] == 0
    assert {group["id"]: group["count"] for group in context["groups"]}["aside"] == 1


def test_invalid_values_are_told_and_hostile_ones_escaped(viewer, make_post):
    make_post(text="<script>alert(1)</script>")
    response = viewer.get("/map/", {"t": "<b>", "q": "", "bbox": "x", "colour": "blue"})
    assert len(response.context["notices"]) == 2
    assert b"<script>alert(1)" not in response.content
    assert "“<b>”" not in response.content.decode()


@pytest.mark.parametrize("chosen", ["1", "999", "x", "9" * 30, "٣", "-1"])
def test_any_selection_is_harmless(viewer, make_post, chosen):
    make_post()
    assert viewer.get("/map/", {"sel": chosen}).status_code == 200


def test_a_selected_post_comes_with_the_page_whatever_the_filter(viewer, make_post):
    post = make_post(category="not_humanitarian")
    assert viewer.get("/map/", {"sel": post.pk}).context["selected"]["id"] == post.pk


@pytest.mark.parametrize(
    "query", ["", "bbox=170,-40,-170,40&z=3", "bbox=-1e9,-1e9,1e9,1e9&z=99", "bbox=5,5,5,5&z=-4", "z=x"]
)
def test_the_maps_data_adds_up_in_any_view(viewer, make_post, query):
    for n in range(60):
        make_post(severity=1 + n % 4, latitude=None if n % 6 == 0 else n - 30.0, longitude=6.0 * n - 180)
    data = viewer.get(f"/map/data?{query}").json()
    figures, clusters = data["figures"], data["clusters"]
    assert sum(mark["count"] for mark in clusters) + data["outside_view"]["count"] + figures["no_location"] == 60
    critical = sum(mark["unanswered"] for mark in clusters) + data["outside_view"]["unanswered"]
    assert critical + figures["unanswered_no_location"] == figures["unanswered"] == 15
    assert figures["unanswered_outside_view"] == data["outside_view"]["unanswered"]
    assert {one["id"]: one["count"] for one in data["groups"]}["needs"] == 60
    assert sum(sum(bucket["groups"].values()) for bucket in data["timeline"]["buckets"]) == 60
    assert len(clusters) <= LIMIT
    assert set(data) >= {"cursor", "as_of", "timeline", "groups"}


def test_the_list_goes_on_where_its_last_page_ended(viewer, make_post):
    for _ in range(70):
        make_post()
    seen, cursor = [], ""
    while cursor is not None:
        context = viewer.get("/map/items", {"cursor": cursor}).context
        seen += [item["id"] for item in context["items"]]
        cursor = context["next_cursor"]
    assert len(seen) == len(set(seen)) == 70


def test_a_forged_cursor_is_a_problem(viewer):
    response = viewer.get("/map/items?cursor=forged")
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"


def test_a_post_opens_alone_or_is_not_found(viewer, make_post):
    post = make_post()
    assert viewer.get(f"/map/items/{post.pk}").context["item"]["id"] == post.pk
    assert viewer.get(f"/map/items/{make_post(state='accepted').pk}").status_code == 404
    assert viewer.get(f"/map/items/{10**17}").status_code == 404
    assert viewer.get(f"/map/items/{10**40}").status_code == 404


def test_without_any_event_the_page_opens(viewer):
    context = viewer.get("/map/").context
    assert context["event"]["ref"] == ""
    assert viewer.get("/map/data").json()["clusters"] == []


def test_another_event_is_one_link_away(viewer, make_post, event):
    make_post()
    older = Event.objects.create(ref="quake", name="Earthquake", started_at=clock.now() - timedelta(days=9))
    make_post(event=older)
    context = viewer.get("/map/").context
    assert [(one["ref"], one["current"]) for one in context["shell"].events] == [("flood", True), ("quake", False)]
    assert viewer.get(context["shell"].events[1]["url"]).context["figures"]["total"] == 1


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_number_of_queries_is_the_same_for_any_number_of_posts(viewer, make_post, address):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert viewer.get(address).status_code == 200
        return len(captured)

    make_post(latitude=60.0, longitude=-120.0)  # a mark of its own
    for n in range(9):
        make_post(latitude=-20 + n / 9)
    few = queries()
    for n in range(190):
        make_post(latitude=-20 + n / 190)
    assert queries() == few


def test_a_mark_shows_its_places_and_most_urgent_posts(viewer, make_post, event):
    for number in range(12):
        make_post(place_name=f"Ward {number}", severity=4)
    worst = make_post(place_name="Beira", severity=1, text="Trapped, call +258 84 123 4567")
    make_post(place_name="Elsewhere", latitude=-12.0, longitude=40.0, severity=1)
    address = "/map/mark?event=flood&bbox=34.83,-19.85,34.85,-19.83"
    with CaptureQueriesContext(connection) as queries:
        page = viewer.get(address).content.decode()
    assert page.index("Beira") < page.index("Ward") and "1 unanswered" in page and "and more places" in page
    assert page.count("data-mark-post=") == 6 and f'data-mark-post="{worst.pk}"' in page
    assert page.index(f'data-mark-post="{worst.pk}"') < page.index("Most urgent posts") + 400
    assert "Elsewhere" not in page and "123 4567" not in page
    assert len(queries) < 16
    for wrong in ("", "bbox=", "bbox=1,2,3", "bbox=a,b,c,d", "bbox=nan,0,1,1"):
        assert viewer.get(f"/map/mark?{wrong}").status_code == 400
