"""Incidents of an event in several states, and leads who write and sign reports."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Group

from classifier import clock
from responder.incidents import base, handling, responding
from responder.models import Event, Incident, IncidentEntry, Post, SituationReport, User
from responder.situation import publishing, writing

HOURS = 6


@dataclass
class Clock:
    """The product's clock, which tests set."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def on(self, **span: float) -> None:
        self.at += timedelta(**span)


def settle(now: Clock) -> None:
    """Date the entries that were just made by the tests' clock: columns' defaults read the true one."""
    IncidentEntry.objects.filter(at__gt=now()).update(at=now())


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock(datetime.fromisoformat("2026-03-14T08:00:00+00:00"))
    monkeypatch.setattr(clock, "now", found)
    return found


@pytest.fixture
def other_lead(people: dict[str, User]) -> User:
    user = User.objects.create_user("lead-bea", first_name="Bea", last_name="Lead", toured=True)
    user.groups.add(Group.objects.get(name="lead"))
    return user


@pytest.fixture
def make_incident(event: Event, make_post: Callable[..., Post], now: Clock) -> Callable[..., Incident]:
    """Creates an incident with as many posts as there are `texts`, each by another author."""

    def make(title: str = "Water, Beira", *, texts: tuple[str, ...] = (), **columns: object) -> Incident:
        given = {
            "event": event, "title": title, "place_name": "Beira", "latitude": -19.84321, "longitude": 34.83876,
            "radius_km": 9.0, "severity": 2, "category": "requests_or_urgent_needs", "created_at": now(),
            "waiting_since": now(), "severity_by_person": True,
        }  # fmt: skip
        incident = Incident.objects.create(**(given | columns))
        number = Post.objects.count()
        posts = [
            make_post(text=text, author_handle=f"author{number + at}", created_at=now(), text_key=f"own{number + at}")
            for at, text in enumerate(texts)
        ]
        base.taken_in(incident, [post.pk for post in posts], by=None)
        return incident

    return make


@pytest.fixture
def step(people: dict[str, User], now: Clock) -> Callable[..., Incident]:
    """Takes steps with an incident as the lead: `step(incident, "confirm", "assign", "set_off")`."""

    def take(incident: Incident, *verbs: str, outcome: str = "done") -> Incident:
        for verb in verbs:
            incident.refresh_from_db()
            given = {"incident_id": incident.pk, "version": incident.version, "by": people["lead"]}
            match verb:
                case "assign":
                    responding.assign(**given, to=people["lead"].pk)
                case "resolve":
                    responding.resolve(**given, outcome=outcome, reason="Seen there")
                case "verify" | "false":
                    handling.verify(**given, verification="verified" if verb == "verify" else "false", reason="Seen it")
                case "turn_back":
                    responding.turn_back(**given, reason="Bridge is out")
                case _:
                    getattr(responding, verb)(**given)
        settle(now)
        incident.refresh_from_db()
        return incident

    return take


@pytest.fixture
def draft(event: Event, people: dict[str, User], now: Clock) -> Callable[..., SituationReport]:
    """Drafts the report of the last `HOURS` hours as the lead."""

    def make(hours: float = HOURS) -> SituationReport:
        start = (now() - timedelta(hours=hours)).isoformat()
        return writing.draft(event_id=event.pk, by=people["lead"], period_from=start)

    return make


@pytest.fixture
def published(draft: Callable[..., SituationReport], people: dict[str, User], other_lead: User) -> SituationReport:
    report = draft()
    report = writing.propose(report_id=report.pk, version=report.version, by=people["lead"])
    return publishing.publish(report_id=report.pk, version=report.version, by=other_lead)
