"""Merging and splitting lose neither owner, nor severity, nor clock, whatever was done before; an undo restores all."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from classifier import clock
from responder.errors import Invalid, ResponderError
from responder.incidents import combining, handling, membership, merging, responding, undoing
from responder.models import Event, Incident, IncidentEntry, IncidentFollower, IncidentPost, Post, Team, User

pytestmark = pytest.mark.django_db
Status = Incident.Status
SEQUENCES, STEPS = 25, 14
IGNORED = {"version", "seen_at", "last_evidence_at", "started_at"}  # a version grows; that it was seen stays true


@pytest.fixture
def team(event: Event) -> Team:
    return Team.objects.create(event=event, name="Boat 2")


@pytest.fixture
def opened(make_post: Callable[..., Post], people: dict[str, User]) -> Callable[..., Incident]:
    def make(*severities: int, **columns: Any) -> Incident:
        posts = [make_post(severity=severity, author_handle=f"author{n}") for n, severity in enumerate(severities)]
        found = membership.create(post_ids=[post.pk for post in posts], by=people["lead"])
        Incident.objects.filter(pk=found.pk).update(**columns)
        found.refresh_from_db()
        return found

    return make


def merged(source: Incident, target: Incident, lead: User, **more: Any) -> tuple[Incident, IncidentEntry]:
    for one in (source, target):
        one.refresh_from_db()
    entry = merging.merge(
        incident_id=source.pk, version=source.version, into_id=target.pk, into_version=target.version, by=lead, **more
    )
    target.refresh_from_db()
    return target, entry


def test_what_is_unanswered_stays_so_although_somebody_goes_to_the_other(
    opened: Callable[..., Incident], people: dict[str, User], team: Team
) -> None:
    now = clock.now()
    going = opened(
        3, status="on_the_way", team=team, owner=people["lead"], going_at=now, waiting_since=now - timedelta(hours=2)
    )
    waiting = opened(1, waiting_since=now - timedelta(minutes=20))
    assert merging.preview_merge(incident_id=waiting.pk, into_id=going.pk, by=people["lead"]).needs_word
    found, entry = merged(waiting, going, people["lead"])
    assert (found.status, found.owner, found.team, found.going_at) == ("assigned", people["lead"], team, None)
    assert found.unanswered and found.severity == 1 and found.waiting_since == now - timedelta(minutes=20)
    undoing.undo(incident_id=found.pk, version=found.version, entry_id=entry.pk, by=people["lead"])
    found.refresh_from_db()
    assert (found.status, found.going_at, found.severity) == ("on_the_way", now, 3)
    assert found.waiting_since == now - timedelta(hours=2)


@pytest.mark.parametrize("swapped", [False, True])
def test_a_person_may_say_that_who_goes_goes_for_both(
    opened: Callable[..., Incident], people: dict[str, User], team: Team, swapped: bool
) -> None:
    going = opened(3, status="on_the_way", team=team, going_at=clock.now())
    waiting = opened(1, status="assigned", owner=people["reviewer"])
    source, target = (going, waiting) if swapped else (waiting, going)
    found, _entry = merged(source, target, people["lead"], covers_both=True)
    assert (found.status, found.team, found.owner) == ("on_the_way", team, people["reviewer"])
    assert not found.unanswered and found.going_at


def test_the_owner_who_is_displaced_follows_and_leaves_with_the_undo(
    opened: Callable[..., Incident], people: dict[str, User]
) -> None:
    source, target = opened(2, owner=people["reviewer"]), opened(2, owner=people["lead"])
    preview = merging.preview_merge(incident_id=source.pk, into_id=target.pk, by=people["lead"])
    assert any("Ana Reviewer" in warning for warning in preview.warnings)
    found, entry = merged(source, target, people["lead"])
    assert found.owner == people["lead"] and found.followers.get().user == people["reviewer"]
    undoing.undo(incident_id=found.pk, version=found.version, entry_id=entry.pk, by=people["lead"])
    assert not IncidentFollower.objects.exists()


@pytest.mark.parametrize(
    ("source", "target", "severity", "by_person"),
    [
        ({"severity": 1, "severity_by_person": True}, {}, 1, True),
        ({"severity": 4, "severity_by_person": True}, {}, 2, True),
        ({}, {"severity": 3, "severity_by_person": True}, 2, True),
        ({}, {}, 2, False),
    ],
)
def test_the_higher_severity_is_kept(
    opened: Callable[..., Incident], people: dict[str, User], source: Any, target: Any, severity: int, by_person: bool
) -> None:
    found, _entry = merged(opened(2, **source), opened(2, **target), people["lead"])
    assert (found.severity, found.severity_by_person) == (severity, by_person)


def test_the_severity_of_an_incident_without_posts_is_kept(
    opened: Callable[..., Incident], people: dict[str, User]
) -> None:
    source, target = opened(1), opened(3)
    IncidentPost.objects.filter(incident=source).delete()
    found, _entry = merged(source, target, people["lead"])
    assert (found.severity, found.severity_by_person) == (1, True)


def test_what_is_unanswered_does_not_vanish_as_false(opened: Callable[..., Incident], people: dict[str, User]) -> None:
    source, target = opened(1), opened(1, verification="false", verified_by=people["lead"], verified_at=clock.now())
    found, entry = merged(source, target, people["lead"])
    assert (found.verification, found.verified_by) == ("unverified", None) and found.unanswered
    undoing.undo(incident_id=found.pk, version=found.version, entry_id=entry.pk, by=people["lead"])
    found.refresh_from_db()
    assert (found.verification, found.verified_by) == ("false", people["lead"])


def test_a_resolved_incident_answers_nothing(opened: Callable[..., Incident], people: dict[str, User]) -> None:
    source = opened(2, status="resolved", outcome="done", owner=people["reviewer"])
    found, _entry = merged(source, opened(1), people["lead"])
    assert (found.status, found.outcome, found.owner) == ("open", "", people["reviewer"]) and found.unanswered


def test_needs_of_both_are_kept_and_needed_wins(opened: Callable[..., Incident], people: dict[str, User]) -> None:
    source = opened(2, needs={"water": "needed", "food": "met"}, place_name="", latitude=None, longitude=None)
    found, _entry = merged(source, opened(2, needs={"water": "met", "shelter": "needed"}), people["lead"])
    assert found.needs == {"water": "needed", "food": "met", "shelter": "needed"}


def test_what_people_did_after_a_merge_stays_when_it_is_undone(
    opened: Callable[..., Incident], people: dict[str, User]
) -> None:
    source, target = opened(2, status="assigned", owner=people["reviewer"]), opened(2)
    found, entry = merged(source, target, people["lead"])
    responding.set_off(incident_id=found.pk, version=found.version, by=people["lead"])
    found.refresh_from_db()
    undoing.undo(incident_id=found.pk, version=found.version, entry_id=entry.pk, by=people["lead"])
    found.refresh_from_db()
    source.refresh_from_db()
    assert (found.status, found.owner) == ("on_the_way", people["reviewer"])
    assert (source.status, source.owner, source.merged_into) == ("assigned", people["reviewer"], None)


@pytest.mark.parametrize(
    ("columns", "severity", "by_person"),
    [({}, 2, False), ({"severity": 1, "severity_by_person": True}, 1, True),
     ({"severity": 4, "severity_by_person": True}, 2, False)],
)  # fmt: skip
def test_what_is_split_off_inherits_the_response(
    opened: Callable[..., Incident], people: dict[str, User], team: Team, columns: Any, severity: int, by_person: bool
) -> None:
    since = clock.now() - timedelta(hours=3)
    response = {
        "status": "assigned",
        "team": team,
        "owner": people["reviewer"],
        "waiting_since": since,
        "seen_at": since,
    }
    incident = opened(1, 2, **response, **columns)
    moved = incident.memberships.get(post__severity=2).post_id
    entry = merging.split(incident_id=incident.pk, version=incident.version, post_ids=[moved], by=people["lead"])
    fresh = entry.other
    assert fresh is not None
    fresh.refresh_from_db()
    assert {name: getattr(fresh, name) for name in response} == response
    assert (fresh.severity, fresh.severity_by_person) == (severity, by_person)


def test_a_split_whose_part_was_changed_is_merged_instead(
    opened: Callable[..., Incident], people: dict[str, User]
) -> None:
    incident = opened(1, 2)
    moved = incident.memberships.get(post__severity=2).post_id
    entry = merging.split(incident_id=incident.pk, version=incident.version, post_ids=[moved], by=people["lead"])
    assert entry.other is not None
    responding.confirm(incident_id=entry.other.pk, version=1, by=people["lead"])
    with pytest.raises(Invalid, match="Merge it instead"):
        undoing.undo(incident_id=incident.pk, version=incident.version + 1, entry_id=entry.pk, by=people["lead"])


def state() -> dict[str, Any]:
    """All incidents and memberships, without what an undo does not take back."""
    columns = [field.attname for field in Incident._meta.fields if field.attname not in IGNORED]
    rows = IncidentPost.objects.filter(state="accepted").order_by("post").values_list("post", "incident")
    return {
        "incidents": list(Incident.objects.filter(size__gt=0).order_by("pk").values(*columns)),
        "posts": list(rows),
        "followers": list(IncidentFollower.objects.order_by("pk").values_list("incident", "user", "follows")),
    }


def step(chance: random.Random, people: dict[str, User], teams: list[Team]) -> IncidentEntry | None:
    """One change of one incident, as people might ask for it; None where it is refused."""
    active = list(Incident.objects.filter(merged_into=None, size__gt=0).order_by("pk"))
    one = chance.choice(active)
    call: dict[str, Any] = {"incident_id": one.pk, "version": one.version, "by": people["lead"]}
    others = [other for other in active if other.pk != one.pk]
    posts = sorted(one.memberships.filter(state="accepted").values_list("post", flat=True))
    choices: list[Callable[[], IncidentEntry]] = [
        lambda: responding.confirm(**call),
        lambda: responding.assign(**call, to=people[chance.choice(["lead", "reviewer"])].pk),
        lambda: responding.assign(**call, team=chance.choice(teams).pk),
        lambda: responding.set_off(**call),
        lambda: responding.turn_back(**call, reason="The road is cut"),
        lambda: responding.resolve(**call, outcome="done", reason="All are safe"),
        lambda: responding.reopen(**call, reason="Two are missing"),
        lambda: handling.edit(**call, severity=chance.randint(1, 4)),
        lambda: handling.verify(**call, verification=chance.choice(["false", "verified"]), reason="A call"),
        lambda: merging.split(**call, post_ids=chance.sample(posts, max(1, len(posts) // 2))),
    ]
    if others:
        other = chance.choice(others)
        choices += [lambda: merging.merge(**call, into_id=other.pk, into_version=other.version)] * 4
    try:
        return chance.choice(choices)()
    except ResponderError:
        return None


def kept(before: dict[int, Incident], entry: IncidentEntry) -> None:
    """What a merge or a split must not lose."""
    after = {one.pk: one for one in Incident.objects.all()}
    if entry.verb == IncidentEntry.Verb.MERGE:
        result = after[entry.incident_id]
        sides = [before[entry.incident_id], before[entry.other_id]]  # type: ignore[index]
        results = [result]
    else:
        result, sides = after[entry.incident_id], [before[entry.incident_id]]
        results = [result, after[entry.other_id]]  # type: ignore[index]
    owners = {side.owner_id for side in sides} - {None}
    for one in results:
        assert not owners or one.owner_id in owners
        following = set(one.followers.filter(follows=True).values_list("user", flat=True))
        assert owners <= {one.owner_id} | following
        seen = [side.seen_at for side in sides if side.seen_at]
        assert one.seen_at and (not seen or one.seen_at <= min(seen))
    assert min(one.severity for one in results) <= min(side.severity for side in sides)
    unanswered = [side for side in sides if side.unanswered]
    if unanswered:
        assert any(one.unanswered for one in results)
        assert max(one.waiting_since for one in results) <= min(side.waiting_since for side in unanswered)
    for one in results:
        assert one.status != Status.ON_THE_WAY or (one.going_at and (one.owner_id or one.team_id))
        assert one.status == Status.ON_THE_WAY or one.resolved or one.going_at is None


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_whatever_was_done_nothing_is_lost_and_an_undo_restores_all(
    opened: Callable[..., Incident], people: dict[str, User], event: Event, seed: int
) -> None:
    chance = random.Random(seed)
    teams = [Team.objects.create(event=event, name=f"Boat {n}") for n in range(2)]
    for _ in range(4):
        opened(*[chance.randint(1, 4) for _ in range(chance.randint(2, 4))])
    for _ in range(STEPS):
        before, rows = state(), {one.pk: one for one in Incident.objects.all()}
        entry = step(chance, people, teams)
        if entry is None:
            continue
        if entry.verb in (IncidentEntry.Verb.MERGE, IncidentEntry.Verb.SPLIT):
            kept(rows, entry)
        if chance.random() < 0.5:
            held = Incident.objects.get(pk=entry.incident_id)
            undoing.undo(incident_id=held.pk, version=held.version, entry_id=entry.pk, by=people["lead"])
            assert state() == before


def test_every_status_of_a_merge_is_ordered() -> None:
    assert {*combining.FURTHER, Status.RESOLVED} == set(Status)
