"""The access section of a report: what posts of confirmed incidents state about roads, each with its evidence."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from responder.incidents import facts as fact_verbs
from responder.models import Incident, IncidentFact, Post, SituationFacts, SituationReport, User
from responder.situation import document, links, publishing, writing
from tests.responder.situation.conftest import Clock, settle
from tests.responder.situation.test_facts import content, recount
from tests.responder.situation.test_pages import outputs, signed_in

pytestmark = pytest.mark.django_db
Make = Callable[..., Incident]
CLOSED = ("The road to Buzi is closed, nobody can pass", "Estrada cortada em Buzi, a estrada está fechada")
OPEN = ("The road to Buzi is open again",)


def posts_that_state(incident: Incident, value: str) -> list[int]:
    rows = IncidentFact.objects.filter(incident=incident, kind="access", value=value).exclude(state="withdrawn")
    return sorted(pk for pk in rows.values_list("post", flat=True) if pk)


def roads(found: dict[str, Any]) -> dict[tuple[int, str], dict[str, Any]]:
    return {(road["incident"], road["value"]): road for row in found["access"] for road in row["roads"]}


@pytest.fixture
def make_incident(make_incident: Make) -> Make:
    """As the others' fixture; what the posts state is noted, as wherever posts join an incident."""

    def make(*arguments: Any, **columns: Any) -> Incident:
        incident = make_incident(*arguments, **columns)
        fact_verbs.note(incident.memberships.values_list("post", flat=True))
        return incident

    return make


def decide(incident: Incident, value: str, verb: str, by: User) -> None:
    incident.refresh_from_db()
    fact = incident.facts.filter(value=value).first()
    assert fact
    getattr(fact_verbs, verb)(incident_id=incident.pk, version=incident.version, fact_id=fact.pk, by=by)


@pytest.fixture
def closed(make_incident: Make, step: Any, now: Clock) -> Incident:
    found = step(make_incident("Road to Buzi", texts=CLOSED, place_name="Buzi"), "confirm")
    now.on(minutes=10)
    return Incident.objects.get(pk=found.pk)


def test_roads_are_told_with_the_posts_that_state_them(
    closed: Incident, make_incident: Make, step: Any, draft: Any
) -> None:
    make_incident("Nobody confirmed it", texts=("The road to Dondo is closed",), place_name="Dondo")
    step(make_incident("Over", texts=("The road to Gorongosa is closed",)), "confirm", "resolve")
    found = content(draft())
    recount(closed.event, found)
    evidence = posts_that_state(closed, "closed")
    assert len(evidence) == 2
    road = roads(found)[closed.pk, "closed"]
    assert len(roads(found)) == 1
    assert (road["posts"], road["authors"], road["is_confirmed"], road["ref"]) == (evidence, 2, False, closed.ref)
    assert [(row["place"], row["incidents"]) for row in found["access"]] == [("Buzi", [])]
    assert found["figures"]["road-closed"]["incidents"] == [closed.pk]
    assert (found["figures"]["road-open"]["value"], found["figures"]["road-disputed"]["value"]) == (0, 0)
    assert next(row["roads"] for row in found["incidents"] if row["id"] == closed.pk) == ["closed"]


def test_posts_that_disagree_are_listed_both_until_people_confirm_one(
    make_incident: Make, step: Any, draft: Any, now: Clock, people: dict[str, User]
) -> None:
    both = step(make_incident("Road to Buzi", texts=CLOSED + OPEN, place_name="Buzi"), "confirm")
    now.on(minutes=10)
    found = content(draft())
    assert set(roads(found)) == {(both.pk, "closed"), (both.pk, "open")}
    assert roads(found)[both.pk, "open"]["posts"] == posts_that_state(both, "open") != []
    assert found["figures"]["road-disputed"]["incidents"] == [both.pk]
    assert found["figures"]["road-closed"]["value"] == 0
    decide(both, "open", "confirm_fact", people["lead"])
    settle(now)
    now.on(minutes=10)
    found = content(draft())
    assert set(roads(found)) == {(both.pk, "open")} and roads(found)[both.pk, "open"]["is_confirmed"]
    assert (found["figures"]["road-disputed"]["value"], found["figures"]["road-open"]["value"]) == (0, 1)


def test_what_people_withdrew_and_what_came_after_the_period_is_left_out(
    closed: Incident, event: Any, make_post: Callable[..., Post], draft: Any, now: Clock, people: dict[str, User]
) -> None:
    from responder.incidents import membership

    later = make_post(text="The road to Buzi is open again", created_at=now() + timedelta(minutes=30))
    membership.attach(incident_id=closed.pk, version=closed.version, post_ids=[later.pk], by=people["lead"])
    assert posts_that_state(closed, "open") == [later.pk]
    assert set(roads(content(draft()))) == {(closed.pk, "closed")}
    for fact in closed.facts.filter(value="closed"):
        closed.refresh_from_db()
        fact_verbs.withdraw_fact(incident_id=closed.pk, version=closed.version, fact_id=fact.pk, by=people["lead"])
    found = content(draft())
    assert found["access"] == [] and found["figures"]["road-closed"]["value"] == 0


def test_every_output_tells_roads_with_their_evidence(
    closed: Incident, draft: Any, people: dict[str, User], other_lead: User
) -> None:
    report = draft()
    lead = signed_in(people["lead"])
    evidence = posts_that_state(closed, "closed")
    texts = outputs(lead, report)
    data = json.loads(texts["json"])
    assert data["access"][0]["roads"][0]["posts"] == evidence
    rows = list(csv.DictReader(io.StringIO(texts["hxl"].removeprefix("\ufeff"))))
    assert rows[0]["roads"] == "#access+status+list"
    assert {row["ref"]: row["roads"] for row in rows[1:]} == {closed.ref: "closed"}
    for name in ("md", "docx"):
        assert f"{closed.ref}: Road closed (2 posts, not confirmed: {evidence[0]}, {evidence[1]})" in texts[name], name
    assert "state a closed road: 1; an open road: 0" in texts["md"]
    for name in ("situation-report", "version"):
        assert all(f'href="/map/?sel={post}">{post}</a>' in texts[name] for post in evidence), name
        assert f'href="/incidents/{closed.ref}/#facts"' in texts[name], name
    report = writing.propose(report_id=report.pk, version=report.version, by=people["lead"])
    report = publishing.publish(report_id=report.pk, version=report.version, by=other_lead)
    link = links.create(report_id=report.pk, version=report.version, by=people["lead"])
    public = Client().get(reverse("situation-public", args=[links.key_of(link)])).content.decode()
    assert "Road closed" in public and "/map/" not in public and "/incidents/" not in public


def test_a_report_from_before_roads_were_told_is_still_shown(
    closed: Incident, draft: Callable[..., SituationReport], people: dict[str, User]
) -> None:
    report = draft()
    stored = SituationFacts.objects.get()
    content = stored.content
    for key in ("road-closed", "road-open", "road-disputed"):
        del content["figures"][key]
    content["access"] = [{"place": "Buzi", "incidents": [closed.pk], "authors": 1}]
    for row in content["incidents"]:
        del row["roads"]
    SituationFacts.objects.update(content=content)
    texts = outputs(signed_in(people["lead"]), report)
    assert all(closed.ref in text for text in texts.values())
    assert document.of_version(writing.latest(report)).access[0]["roads"] == []
