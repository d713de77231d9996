"""What posts state of an incident, what people make of it, and when it was last confirmed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from classifier import clock
from monitoring.models import AuditEvent
from responder.errors import Conflict, Invalid, Missing, NotPermitted
from responder.incidents import evidence, facts, membership, merging, rechecking, responding, undoing
from responder.models import Event, Incident, IncidentFact, Post, User
from responder.queries import facts as stated_facts
from responder.queries import freshness

pytestmark = pytest.mark.django_db
TEXTS = [
    "80 people on the roof of the school",
    "About 40 people on a roof. The road is closed",
    "12 injured people here",
]


@pytest.fixture
def incident(make_post: Callable[..., Post], people: dict[str, User]) -> Incident:
    posts = [make_post(text=text, author_handle=text[:5]) for text in TEXTS]
    return membership.create(post_ids=[post.pk for post in posts], by=people["reviewer"])


@pytest.fixture
def ask(people: dict[str, User]) -> Callable[..., Any]:
    def call(verb: Any, incident: Incident, role: str = "reviewer", **arguments: Any) -> Any:
        incident.refresh_from_db()
        return verb(incident_id=incident.pk, version=incident.version, by=people[role], **arguments)

    return call


def words(incident: Incident) -> list[str]:
    return [stated_facts.words_for(one) for one in stated_facts.stated(incident)]


def of(incident: Incident, number: int) -> IncidentFact:
    return incident.facts.get(number=number)


def test_numbers_are_shown_as_stated_and_not_summed(incident: Incident) -> None:
    assert sorted(words(incident)) == ["12 injured", "40–80 people", "Road closed"]
    people = next(one for one in stated_facts.stated(incident) if one.value == "people")
    assert {fact.post.text for fact in people.facts if fact.post} == set(TEXTS[:2]) and not people.is_confirmed
    assert stated_facts.people_at_risk([incident.pk]) == {incident.pk: (40, 80)}


def test_a_confirmed_number_counts_alone_and_an_undo_takes_it_back(incident: Incident, ask: Any) -> None:
    entry = ask(facts.confirm_fact, incident, fact_id=of(incident, 40).pk)
    assert "40 people" in words(incident) and stated_facts.people_at_risk([incident.pk]) == {incident.pk: (40, 40)}
    recorded = AuditEvent.objects.get(action="incident.fact")
    assert recorded.object_id == incident.ref and TEXTS[1] not in str(recorded.detail)
    with pytest.raises(Invalid):
        ask(facts.confirm_fact, incident, fact_id=of(incident, 40).pk)
    ask(undoing.undo, incident, entry_id=entry.pk)
    assert "40–80 people" in words(incident) and of(incident, 40).by is None


def test_what_is_withdrawn_is_shown_no_more_and_comes_back_with_the_undo(incident: Incident, ask: Any) -> None:
    entry = ask(facts.withdraw_fact, incident, fact_id=of(incident, 80).pk)
    assert "40 people" in words(incident)
    facts.note(incident.memberships.values_list("post", flat=True))  # reading the posts again changes nothing
    assert "40 people" in words(incident)
    ask(undoing.undo, incident, entry_id=entry.pk)
    assert "40–80 people" in words(incident)


def test_who_may_not_decides_nothing(incident: Incident, ask: Any, make_post: Callable[..., Post]) -> None:
    fact = of(incident, 80)
    for verb in (facts.confirm_fact, facts.withdraw_fact):
        for role in ("viewer", "auditor", "partner"):
            with pytest.raises(NotPermitted):
                ask(verb, incident, role, fact_id=fact.pk)
        with pytest.raises(Missing):
            ask(verb, incident, fact_id=10**9)
    with pytest.raises(Conflict):
        facts.confirm_fact(incident_id=incident.pk, version=99, fact_id=fact.pk, by=_lead())
    assert of(incident, 80).state == "stated"


def _lead() -> User:
    return User.objects.get(username="lead-ana")


def test_facts_go_where_their_posts_go(incident: Incident, ask: Any, people: dict[str, User]) -> None:
    moved = of(incident, 80).post_id
    entry = ask(merging.split, incident, "lead", post_ids=[moved])
    fresh = entry.other
    assert words(fresh) == ["80 people"] and "40 people" in words(incident)
    ask(undoing.undo, incident, "lead", entry_id=entry.pk)
    assert "40–80 people" in words(incident) and not fresh.facts.exists()
    ask(membership.detach, incident, post_id=moved)
    assert "40 people" in words(incident)


def test_what_a_person_confirmed_outlives_its_post_through_a_merge_and_back(
    incident: Incident, ask: Any, make_post: Callable[..., Post], people: dict[str, User]
) -> None:
    kept, gone = of(incident, 80), of(incident, 40)
    ask(facts.confirm_fact, incident, fact_id=kept.pk)
    for fact in (kept, gone):
        evidence.forget([fact.post_id])
        Post.objects.filter(pk=fact.post_id).delete()
    assert words(incident) == ["80 people", "12 injured"] or sorted(words(incident)) == ["12 injured", "80 people"]
    other = membership.create(post_ids=[make_post().pk], by=people["lead"])
    entry = ask(merging.merge, incident, "lead", into_id=other.pk, into_version=other.version)
    assert sorted(words(other)) == ["12 injured", "80 people"]
    ask(undoing.undo, other, "lead", entry_id=entry.pk)
    assert sorted(words(incident)) == ["12 injured", "80 people"] and words(other) == []


def test_an_edited_post_states_its_new_words(incident: Incident) -> None:
    post = of(incident, 80).post
    assert post is not None
    Post.objects.filter(pk=post.pk).update(text="90 people on the roof")
    evidence.forget_rule([post.pk])
    facts.note([post.pk])
    assert "40–90 people" in words(incident)


def test_posts_confirm_an_incident_and_contradict_it(
    incident: Incident, ask: Any, make_post: Callable[..., Post], people: dict[str, User]
) -> None:
    now = clock.now()
    Incident.objects.filter(pk=incident.pk).update(last_confirmed_at=now - timedelta(hours=2))
    newer = make_post(text="80 people still there", created_at=now - timedelta(hours=1))
    ask(membership.attach, incident, post_ids=[newer.pk])
    incident.refresh_from_db()
    assert (incident.last_confirmed_at, incident.last_confirmed_post) == (newer.created_at, newer)
    over = make_post(text="All rescued, everyone is safe", created_at=now - timedelta(minutes=30))
    ask(membership.attach, incident, post_ids=[over.pk])
    incident.refresh_from_db()
    assert (incident.contradicted_by, incident.last_confirmed_post, incident.status) == (over, newer, "open")
    assert list(freshness.to_recheck(None, None)) == [incident]
    entry = ask(rechecking.recheck, incident, note="Called the school")
    incident.refresh_from_db()
    assert (incident.contradicted_by, incident.last_confirmed_by) == (None, people["reviewer"])
    assert not freshness.to_recheck(None, None).exists()
    ask(undoing.undo, incident, entry_id=entry.pk)
    incident.refresh_from_db()
    assert (incident.contradicted_by, incident.last_confirmed_post) == (over, newer)


def test_an_old_post_neither_confirms_nor_contradicts(
    incident: Incident, ask: Any, make_post: Callable[..., Post]
) -> None:
    ask(responding.confirm, incident)
    incident.refresh_from_db()
    at = incident.last_confirmed_at
    old = clock.now() - timedelta(hours=5)
    posts = [make_post(text=text, created_at=old) for text in ("All rescued, everyone is safe", "80 people there")]
    ask(membership.attach, incident, post_ids=[post.pk for post in posts])
    incident.refresh_from_db()
    assert (incident.last_confirmed_at, incident.contradicted_by) == (at, None)


@pytest.mark.parametrize("severity", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("category", "times"), [("requests_or_urgent_needs", 1), ("infrastructure_and_utility_damage", 2), ("", 1)]
)
def test_an_incident_is_stale_past_the_limit_of_its_kind(
    incident: Incident, severity: int, category: str, times: int, time_machine: Any
) -> None:
    now = clock.now()
    time_machine.move_to(now, tick=False)
    limit = freshness.LIMITS[severity] * times
    for age, stale in ((limit - timedelta(minutes=1), False), (limit + timedelta(minutes=1), True)):
        Incident.objects.filter(pk=incident.pk).update(
            severity=severity, category=category, last_confirmed_at=now - age
        )
        incident.refresh_from_db()
        assert freshness.is_stale(incident) is stale
        assert freshness.to_recheck(None, None).exists() is stale


@pytest.mark.parametrize("columns", [{"status": "resolved"}, {"verification": "false"}])
def test_what_is_closed_or_false_need_not_be_checked(incident: Incident, columns: dict[str, str]) -> None:
    Incident.objects.filter(pk=incident.pk).update(last_confirmed_at=clock.now() - timedelta(days=9), **columns)
    incident.refresh_from_db()
    assert not freshness.is_stale(incident) and not freshness.to_recheck(None, None).exists()


def test_the_queue_is_of_the_events_that_a_person_sees(incident: Incident, event: Event) -> None:
    Incident.objects.update(last_confirmed_at=clock.now() - timedelta(days=9))
    assert list(freshness.to_recheck(event, frozenset({event.pk}))) == [incident]
    assert not freshness.to_recheck(None, frozenset()).exists()


def test_the_queue_begins_with_what_is_contradicted_and_then_the_most_severe(
    make_post: Callable[..., Post], people: dict[str, User]
) -> None:
    found = [membership.create(post_ids=[make_post().pk], by=people["lead"]) for _ in range(4)]
    old, over = clock.now() - timedelta(days=9), [make_post(), make_post()]
    for one, severity, post in zip(found, (1, 3, 2, 4), (None, *over, None), strict=True):
        Incident.objects.filter(pk=one.pk).update(severity=severity, contradicted_by=post, last_confirmed_at=old)
    assert list(freshness.to_recheck(None, None)) == [found[2], found[1], found[0], found[3]]


def test_closing_one_closes_no_other(
    incident: Incident, ask: Any, make_post: Callable[..., Post], people: dict[str, User]
) -> None:
    other = membership.create(post_ids=[make_post(text=TEXTS[0]).pk], by=people["lead"])
    ask(responding.resolve, incident, "lead", outcome="done", reason="All are safe")
    other.refresh_from_db()
    assert other.status == "open"


def test_the_script_asks_about_the_facts_and_names_nobody(incident: Incident, ask: Any) -> None:
    Incident.objects.filter(pk=incident.pk).update(
        title="Call Ana at +258 84 123 4567", needs={"water": "needed", "food": "met"}, place_name="Beira"
    )
    incident.refresh_from_db()
    script = "\n".join(freshness.script(incident, stated_facts.stated(incident)))
    assert "40–80 people" in script and "road is closed" in script and "in Beira" in script
    assert "ater" in script and "ood" not in script.replace("good", "") and "123" not in script
