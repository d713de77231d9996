"""Incidents for partners: by scope, by cursor, rounded and masked."""

import pytest

from responder.incidents import membership, responding
from responder.models import Incident, Team

pytestmark = pytest.mark.django_db
URL = "/api/v1/incidents"


@pytest.fixture
def incident(make_post, people):
    return membership.create(post_ids=[make_post().pk], by=people["lead"], title="Call +258 84 123 4567 at Beira")


def test_an_incident_leaves_rounded_and_masked(as_partner, incident):
    answer = as_partner("read:incidents").get(URL)
    assert answer.status_code == 200
    shown = answer.json()["incidents"][0]
    assert shown["ref"] == incident.ref and "4567" not in shown["title"]
    assert (shown["place"]["latitude"], shown["place"]["longitude"]) == (-19.8, 34.8)
    assert as_partner("read:incidents").get(f"{URL}/{incident.ref}").json() == shown


def test_the_response_is_told_with_the_teams_name_and_nobodys(as_partner, incident, people, event):
    team = Team.objects.create(event=event, name="Boats of @ana_matos")
    Incident.objects.update(severity=1)
    client = as_partner("read:incidents")
    shown = client.get(f"{URL}/{incident.ref}").json()
    assert (shown["unanswered"], shown["outcome"], shown["going_at"], shown["team"]) == (True, "", None, "")
    assert shown["waiting_since"] and shown["seen_at"]
    for verb, arguments in (
        (responding.assign, {"to": people["lead"].pk, "team": team.pk}), (responding.set_off, {}),
        (responding.resolve, {"outcome": "handed_over", "reason": "To the navy"}),
    ):  # fmt: skip
        incident.refresh_from_db()
        verb(incident_id=incident.pk, version=incident.version, by=people["lead"], **arguments)
    shown = client.get(f"{URL}/{incident.ref}").json()
    assert (shown["status"], shown["outcome"], shown["unanswered"]) == ("resolved", "handed_over", False)
    assert shown["going_at"] and shown["team"] == "Boats of @•••"
    assert people["lead"].display_name not in str(shown)


def test_texts_stored_before_they_were_masked_leave_masked(as_partner, incident):
    Incident.objects.update(
        public_summary="Call +258 84 123 4567", place_name="House of @ana_matos", place_by_person=True
    )
    shown = as_partner("read:incidents").get(f"{URL}/{incident.ref}").json()
    assert (shown["public_summary"], shown["place"]["name"]) == ("Call •••", "House of @•••")


def test_pages_follow_the_cursor(as_partner, make_post, people):
    for _ in range(5):
        membership.create(post_ids=[make_post().pk], by=people["lead"])
    client, seen, cursor = as_partner("read:incidents"), [], ""
    while True:
        answer = client.get(URL, {"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [one["ref"] for one in answer["incidents"]]
        cursor = answer["next_cursor"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize(("query", "status"), [
    ({"state": "fish"}, 400), ({"severity": "9"}, 400), ({"cursor": "forged"}, 400), ({"event": "nowhere"}, 404),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(as_partner, incident, query, status):
    assert as_partner("read:incidents").get(URL, query).status_code == status


def test_filters_are_those_of_the_page(as_partner, incident):
    Incident.objects.update(status="resolved")
    client = as_partner("read:incidents")
    assert client.get(URL).json()["incidents"] == []
    assert len(client.get(URL, {"state": "resolved"}).json()["incidents"]) == 1


def test_a_merged_incident_leads_on_and_an_unknown_one_is_404(as_partner, incident, make_post, people):
    other = membership.create(post_ids=[make_post().pk], by=people["lead"])
    Incident.objects.filter(pk=incident.pk).update(merged_into=other)
    client = as_partner("read:incidents")
    assert client.get(f"{URL}/{incident.ref}").json()["ref"] == other.ref
    assert client.get(f"{URL}/INC-9999").status_code == 404


def test_another_scope_does_not_do(as_partner, incident):
    assert as_partner("read:posts").get(URL).status_code == 403
