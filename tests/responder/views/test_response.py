"""The board of the response: what it counts, who may do what from it, and one keystroke's open and take."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classifier import clock
from responder.incidents import handling, membership, merging, responding, undoing
from responder.models import Event, Feed, Incident, IncidentEntry, Post, Team, TeamArea
from responder.models.incident import UNANSWERED
from responder.queries import clocks, response

pytestmark = pytest.mark.django_db


@pytest.fixture
def board(client, people):
    client.force_login(people["lead"])
    return client


@pytest.fixture
def opened(make_post, people):
    """Opens an incident with one post."""

    def call(severity=1, title="Families on roofs", **columns):
        post = make_post(severity=severity)
        incident = membership.create(post_ids=[post.pk], by=people["lead"], title=title)
        Incident.objects.filter(pk=incident.pk).update(**columns)
        incident.refresh_from_db()
        return incident

    return call


def counted(client, url="/response/"):
    answer = client.get(url)
    assert answer.status_code == 200
    found = re.search(r"data-unanswered-count>([0-9,]+)<", answer.content.decode())
    return int(found[1].replace(",", ""))


def test_the_count_is_the_databases_at_every_step(board, opened, people):
    first, second, low = opened(), opened(), opened(severity=3)

    def same(number):
        assert counted(board) == counted(board, "/response/part?show=board") == number
        assert Incident.objects.filter(UNANSWERED).count() == number

    def ask(verb, incident, **arguments):
        incident.refresh_from_db()
        return verb(incident_id=incident.pk, version=incident.version, by=people["lead"], **arguments)

    same(2)
    ask(responding.confirm, low)
    same(3)
    ask(responding.assign, first, to=people["lead"].pk)
    same(3)
    ask(responding.set_off, first)
    same(2)
    ask(responding.turn_back, first, reason="The road is closed")
    same(3)
    second.refresh_from_db()
    merged = ask(merging.merge, first, into_id=second.pk, into_version=second.version)
    same(2)
    ask(undoing.undo, second, entry_id=merged.pk)
    same(3)
    ask(handling.verify, second, verification="false", reason="An old picture")
    same(2)
    ask(responding.resolve, first, outcome="done", reason="They are safe")
    same(1)


def test_the_list_has_the_worst_first_and_among_them_those_that_wait_longest(opened, event):
    now = clock.now()
    low = opened(severity=3, status="confirmed", waiting_since=now - timedelta(days=2))
    young = opened(waiting_since=now - timedelta(minutes=5))
    old = opened(waiting_since=now - timedelta(minutes=22))
    found = response.board(event, None)
    assert [one["ref"] for one in found.worst] == [old.ref, young.ref, low.ref]
    assert [one["clocks"].overdue for one in found.worst] == [True, False, True]
    assert (found.unanswered, found.overdue) == (3, 2)


def test_overdue_is_said_in_words_with_the_target(board, opened, settings):
    opened(waiting_since=clock.now() - timedelta(minutes=22, seconds=5))
    text = re.sub(r"<[^>]+>", "", board.get("/response/").content.decode())
    assert "22 min, target 20 min · overdue" in " ".join(text.split())
    settings.RESPONSE_TARGETS = (30, 60, 240, 1440)
    text = re.sub(r"<[^>]+>", "", board.get("/response/").content.decode())
    assert "22 min, target 30 min" in " ".join(text.split())
    assert "overdue" not in text


def test_columns_count_all_and_resolved_ones_of_the_last_day(opened, event, people):
    for status in ("open", "confirmed", "assigned", "on_the_way"):
        opened(severity=2, status=status)
    old, fresh = opened(), opened()
    for one in (old, fresh):
        responding.resolve(
            incident_id=one.pk, version=one.version, by=people["lead"], outcome="done", reason="They are safe"
        )
    IncidentEntry.objects.filter(incident=old, verb="resolve").update(at=clock.now() - timedelta(hours=25))
    found = {column.status: column for column in response.board(event, None).columns}
    assert {status: column.count for status, column in found.items()} == dict.fromkeys(Incident.Status.values, 1)
    assert [one["ref"] for one in found["resolved"].incidents] == [fresh.ref]


def test_the_nearest_free_team_is_by_its_last_position_or_its_areas_centre(opened, event):
    incident = opened(latitude=-20.0, longitude=34.0)
    ring = [[34.0, -20.2], [34.2, -20.2], [34.2, -20.0], [34.0, -20.0], [34.0, -20.2]]
    area = TeamArea.objects.create(event=event, name="South", area={"type": "Polygon", "coordinates": [ring]})
    by_area = Team.objects.create(event=event, name="Boats", area=area)
    Team.objects.create(event=event, name="Nowhere")
    Team.objects.create(event=event, name="Busy", latitude=-20.0, longitude=34.0, availability="busy")
    other = Event.objects.create(ref="fire", name="Fire", started_at=clock.now())
    Team.objects.create(event=other, name="Of another event", latitude=-20.0, longitude=34.0)
    shown = response.board(event, None).worst[0]
    assert (shown["ref"], shown["nearest"]["name"], shown["nearest"]["km"]) == (incident.ref, "Boats", 15)
    Team.objects.filter(pk=by_area.pk).update(latitude=-20.0, longitude=34.05)
    assert response.board(event, None).worst[0]["nearest"]["km"] == 5


def test_the_number_of_queries_does_not_grow_with_incidents(board, opened):
    def queries(url):
        with CaptureQueriesContext(connection) as captured:
            board.get(url)
        return len(captured)

    opened(severity=1)  # each list that has rows asks twice, however long it is
    opened(status="confirmed")
    board.get("/response/")
    one = [queries("/response/part"), queries("/response/part?show=board")]
    for number in range(12):
        opened(severity=1 + number % 4, status="confirmed" if number % 2 else "open")
    assert [queries("/response/part"), queries("/response/part?show=board")] <= one


def test_an_empty_board_does_not_look_calm_while_sources_are_silent(board, event):
    empty = board.get("/response/").content.decode()
    assert "No incident is unanswered" in empty
    assert "No source connected" in empty and "does not mean that nothing happens" in empty
    Feed.objects.create(
        event=event, name="Reports", kind="mastodon", wanted=True, state="live", seen_at=clock.now(), connected_at=clock.now(),
        lease_until=clock.now() + timedelta(minutes=1), last_post_at=clock.now(),
    )  # fmt: skip
    calm = board.get("/response/").content.decode()
    assert "does not mean that nothing happens" not in calm
    assert "Somebody is going to every confirmed and every critical incident" in calm


def test_steps_work_as_plain_forms_and_come_back_to_the_board(board, opened, people):
    incident = opened(severity=2)
    here = "/response/?event=flood&show=board"
    sent = {"version": incident.version, "next": here}
    answer = board.post(f"/incidents/{incident.ref}/confirm", sent)
    assert (answer.status_code, answer["Location"]) == (302, here)
    incident.refresh_from_db()
    answer = board.post(
        f"/incidents/{incident.ref}/assign", {"version": incident.version, "to": people["lead"].pk, "next": here}
    )
    assert answer["Location"] == here
    incident.refresh_from_db()
    assert (incident.status, incident.owner) == ("assigned", people["lead"])


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/logout", "/response/../logout", ""])
def test_a_form_leads_nowhere_but_to_the_board(board, opened, elsewhere):
    incident = opened()
    answer = board.post(f"/incidents/{incident.ref}/confirm", {"version": incident.version, "next": elsewhere})
    assert answer["Location"] == f"/incidents/{incident.ref}/"


def test_viewers_see_the_board_without_buttons_and_reviewers_do_not_resolve(client, opened, people):
    opened()
    client.force_login(people["viewer"])
    assert "data-step" not in client.get("/response/").content.decode()
    client.force_login(people["reviewer"])
    shown = client.get("/response/").content.decode()
    assert 'data-step="confirm"' in shown and 'data-step="resolve"' not in shown
    client.logout()
    assert client.get("/response/").status_code == 302


def test_incidents_of_events_that_the_person_may_not_see_are_not_counted(opened, make_post, people):
    opened()
    other = Event.objects.create(ref="fire", name="Fire", started_at=clock.now())
    assert response.board(None, frozenset({other.pk})).unanswered == 0
    assert response.board(None, frozenset({other.pk})).loose == 0
    assert response.board(None, None).unanswered == 1


def test_critical_posts_without_an_incident_are_said(board, event, make_post, opened):
    make_post(severity=1)
    make_post(severity=1, status="dismissed")
    make_post(severity=2)
    opened()
    assert response.board(event, None).loose == 1
    assert "1 critical post belongs to no incident yet." in board.get("/response/").content.decode()


class TestAtOnce:
    @pytest.fixture
    def json(self, people):
        client = Client(headers={"Accept": "application/json"})
        client.force_login(people["reviewer"])
        return client

    def test_one_step_opens_an_incident_and_its_undo_gives_the_post_free(self, json, make_post):
        post = make_post(severity=1)
        answer = json.post(f"/response/posts/{post.pk}/open").json()
        incident = Incident.objects.get()
        assert (answer["ref"], incident.size, incident.owner) == (incident.ref, 1, None)
        undo = answer["undo"]
        assert json.post(undo["url"], {"version": undo["version"], "entry": undo["entry"]}).status_code == 200
        incident.refresh_from_db()
        assert (incident.status, incident.outcome, incident.size, incident.unanswered) == ("resolved", "", 0, False)
        assert Post.objects.get().response == Post.Response.NONE
        assert json.post(f"/response/posts/{post.pk}/open").status_code == 200

    def test_what_changed_since_cannot_be_opened_by_mistake(self, json, make_post):
        undo = json.post(f"/response/posts/{make_post().pk}/open").json()["undo"]
        incident = Incident.objects.get()
        json.post(f"/incidents/{incident.ref}/confirm", {"version": incident.version})
        incident.refresh_from_db()
        refused = json.post(undo["url"], {"version": incident.version, "entry": undo["entry"]})
        assert refused.status_code == 400 and "later change" in refused.json()["detail"]

    def test_a_post_of_an_incident_is_not_opened_again(self, json, make_post):
        post = make_post()
        ref = json.post(f"/response/posts/{post.pk}/open").json()["ref"]
        refused = json.post(f"/response/posts/{post.pk}/open")
        assert refused.status_code == 400 and ref in refused.json()["detail"]

    def test_taking_opens_where_there_is_none_and_assigns_to_oneself(self, json, make_post, people):
        post = make_post()
        taken = json.post(f"/response/posts/{post.pk}/take").json()
        incident = Incident.objects.get()
        assert (incident.owner, incident.status) == (people["reviewer"], "assigned")
        assert json.post(f"/response/posts/{post.pk}/take").status_code == 400  # already theirs
        undo = taken["undo"]
        assert json.post(undo["url"], {"version": undo["version"], "entry": undo["entry"]}).status_code == 200
        incident.refresh_from_db()
        assert (incident.owner, incident.status) == (None, "open")

    @pytest.mark.parametrize("role", ["viewer", "auditor", "approver", "partner"])
    def test_who_may_not_review_may_neither_open_nor_take(self, role, make_post, people):
        client = Client(headers={"Accept": "application/json"})
        client.force_login(people[role])
        for verb in ("open", "take"):
            assert client.post(f"/response/posts/{make_post().pk}/{verb}").status_code == 403
        assert not Incident.objects.exists()

    def test_without_scripts_the_incidents_page_follows(self, client, make_post, people):
        client.force_login(people["reviewer"])
        answer = client.post(f"/response/posts/{make_post().pk}/take")
        assert answer["Location"] == f"/incidents/{Incident.objects.get().ref}/"

    def test_a_post_that_is_not_there_is_said(self, json):
        assert (
            json.post("/response/posts/99/open").status_code == json.post("/response/posts/99/take").status_code == 404
        )


def test_medians_are_by_severity_and_leave_out_what_nobody_saw(opened, event):
    now = clock.now()
    since = now - timedelta(minutes=90)
    for seen, going in ((10, 20), (20, 40), (60, None)):
        opened(
            waiting_since=since, seen_at=since + timedelta(minutes=seen),
            going_at=since + timedelta(minutes=going) if going else None,
        )  # fmt: skip
    opened(severity=2, waiting_since=since, seen_at=None)
    critical, high, *_rest = clocks.medians(event, None)
    assert (critical.incidents, critical.seen, critical.going, critical.target) == (3, 20, 30, 20)
    assert (high.incidents, high.seen, high.going) == (1, None, None)
    assert high.words["seen"] == ""


def test_clocks_start_anew_when_an_incident_is_opened_again(opened, people):
    incident = opened(waiting_since=clock.now() - timedelta(hours=3))
    responding.resolve(
        incident_id=incident.pk, version=incident.version, by=people["lead"], outcome="done", reason="They are safe"
    )
    incident.refresh_from_db()
    assert clocks.of(incident).waiting is None
    responding.reopen(incident_id=incident.pk, version=incident.version, by=people["lead"], reason="More people")
    incident.refresh_from_db()
    assert (clocks.of(incident).waiting, clocks.of(incident).overdue, clocks.of(incident).seen) == (0, False, 0)


def test_the_list_says_how_many_people_are_at_risk_as_posts_state_it(people, make_post, client):
    from responder.models import IncidentFact

    incident = membership.create(post_ids=[make_post(severity=1).pk], by=people["lead"])
    for number in (40, 80):
        post = make_post()
        membership.attach(incident_id=incident.pk, version=incident.version, post_ids=[post.pk], by=people["lead"])
        incident.refresh_from_db()
        IncidentFact.objects.create(incident=incident, post=post, kind="people", value="people", number=number)
    client.force_login(people["viewer"])
    assert "40–80" in client.get("/response/").content.decode()
