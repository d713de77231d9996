from datetime import timedelta
from itertools import groupby

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from classifier import clock
from monitoring import alerts
from responder.models import Event, User
from responder.web import navigation

IN_ORDER = ["response", "map", "triage", "incidents", "field-reports", "situation", "rumours", "hazards", "feed", "analytics", "model", "labelling", "labels", "approvals", "events", "rules", "sources", "imports",
            "api", "files", "corrections", "basemaps", "people", "records", "help"]  # fmt: skip


def opened(client, user, address="/map/"):
    client.force_login(user)
    return client.get(address).context["shell"]


def test_the_rail_begins_with_what_the_response_needs():
    assert [entry.key for entry in navigation.ALL] == IN_ORDER


def test_no_two_pages_share_a_letter():
    letters = [entry.letter for entry in navigation.ALL if entry.letter]
    assert len(letters) == len(set(letters))


def test_an_entry_appears_only_where_something_answers(client, people, settings):
    shown = {page["key"] for page in opened(client, people["superuser"]).rail}
    there = {entry.key for entry in navigation.ALL if entry.url()}
    assert shown == there == {entry.key for entry in navigation.ALL}  # an entry that leads nowhere is an entry too many
    assert {"map", "analytics", "model", "api", "records"} <= there


@pytest.mark.parametrize("role", ["viewer", "reviewer", "approver", "auditor", "lead"])
def test_every_entry_of_the_rail_opens_for_whom_it_is_shown(client, people, role):
    for page in opened(client, people[role]).rail:
        assert client.get(page["url"]).status_code == 200, (role, page["url"])


def test_links_between_pages_carry_the_filter_along(client, people, event, make_post):
    make_post()
    shell = opened(client, people["viewer"], "/map/?event=flood&sev=1&t=now-90m&tz=Africa/Maputo&colour=blue")
    urls = {page["key"]: page["url"] for page in shell.rail}
    assert urls["analytics"] == "/analytics/?event=flood&t=now-90m&sev=1&tz=Africa/Maputo"
    assert urls["model"] == "/model/"


def test_the_phone_has_room_for_four_pages_and_more(client, people):
    shell = opened(client, people["superuser"])
    assert sum(page["phone"] for page in shell.rail) <= navigation.PHONE_PLACES
    assert len(shell.under_more) + sum(page["phone"] for page in shell.rail) == len(shell.rail)


@pytest.mark.parametrize(
    ("role", "has_more"), [("superuser", True), ("lead", True), ("viewer", False), ("partner", False)]
)
def test_the_rail_has_room_for_some_pages_and_the_rest_is_under_more(client, people, role, has_more):
    shell = opened(client, people[role], "/help/")
    hidden = [page["key"] for page in shell.rail if page["beyond"]]
    assert bool(hidden) == has_more
    shown = len(shell.rail) - len(hidden) + has_more  # More is an entry, too
    assert shown == navigation.RAIL_PLACES if has_more else shown <= navigation.RAIL_PLACES
    assert not {"response", "map", "triage", "incidents", "help"} & set(hidden)
    assert [
        key for one in shell.more_groups for key in (page["key"] for page in one["pages"] if page["beyond"])
    ] == hidden


def test_the_pages_of_a_group_stand_together():
    groups = [entry.group for entry in navigation.ALL]
    assert [name for name, _same in groupby(groups)] == [*navigation.GROUPS, ""]


def test_partners_have_their_pages_in_the_phones_bar(client, people):
    shell = opened(client, people["partner"], "/developers/")
    assert [page["key"] for page in shell.rail if page["phone"]] == ["api", "files"]


@pytest.mark.parametrize("zone", ["Mars/Base", "x" * 300, "../etc/passwd"])
def test_an_unknown_zone_falls_back_with_a_notice(client, people, event, make_post, zone):
    make_post()
    shell = opened(client, people["viewer"], f"/map/?tz={zone}")
    assert shell.view_state.zone == "Africa/Maputo"
    assert len(shell.view_state.notices) == 1


def test_times_are_shown_in_the_events_zone_unless_another_is_chosen(client, people, event, make_post):
    make_post()
    assert opened(client, people["viewer"]).view_state.zone == "Africa/Maputo"
    assert opened(client, people["viewer"], "/map/?tz=UTC").view_state.zone == "UTC"


def test_open_alerts_reach_those_who_can_act_on_them(client, people):
    alerts.raise_(key="drift:1", level="warning", title="The model drifts", path="/monitoring/")
    alerts.raise_(key="disk", level="critical", title="The disk is full", path="https://elsewhere.example/")
    titles = {role: [one.title for one in opened(client, people[role]).reminders] for role in ("lead", "viewer")}
    assert titles == {"lead": ["The disk is full", "The model drifts"], "viewer": []}
    assert [one.url for one in opened(client, people["lead"]).reminders] == ["", "/monitoring/"]


def test_a_post_that_nobody_answers_for_too_long_is_told_to_those_who_can_act(client, people, event, make_post):
    old = clock.now() - timedelta(minutes=11)
    make_post(severity=1, created_at=old, status="confirmed")  # confirming makes nobody go
    make_post(severity=3, created_at=old, response=1)
    make_post(severity=1, created_at=clock.now() - timedelta(minutes=9))
    make_post(severity=1, created_at=old, response=2)
    make_post(severity=1, created_at=old, status="dismissed")
    (notification,) = opened(client, people["reviewer"]).reminders
    assert notification.title == "2 posts unanswered for over 10 minutes"
    assert notification.url == f"/response/?event={event.ref}"
    assert opened(client, people["viewer"]).reminders == []


def test_a_partner_sees_a_frame_without_posts(client, people, make_post):
    make_post()
    client.force_login(people["partner"])
    page = client.get("/developers/").content.decode()
    assert "data-live" not in page
    assert "River flood" not in page


def test_the_frame_costs_the_same_for_any_number_of_posts_and_events(client, people, make_post):
    client.force_login(people["lead"])

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get("/model/")
        return len(captured)

    make_post(severity=1)
    few = queries()
    for number in range(20):
        make_post(severity=1, event=Event.objects.create(ref=f"e{number}", name=f"Event {number}"))
    assert queries() == few


def test_single_keys_are_switched_off_for_the_person(client, people):
    client.force_login(people["viewer"])
    assert client.post("/preferences/shortcuts", {"keys": "maybe"}).status_code == 400
    assert client.post("/preferences/shortcuts", {"keys": "off"}).status_code == 302
    assert b'data-keys="off"' in client.get("/map/").content
    assert User.objects.get(pk=people["reviewer"].pk).single_keys
