"""A critical post opens an incident by itself; few posts without a place are suggested to people."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from classifier import clock
from monitoring.models import AuditEvent
from responder.classification import pipeline
from responder.errors import Conflict, Invalid, Missing, NotPermitted
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.incidents import evidence, grouping, membership, suggesting
from responder.models import Event, Incident, IncidentPost, IncidentSuggestion, Post, PostEmbedding, SuggestedPost, User

pytestmark = pytest.mark.django_db
ROOF = "Twenty people trapped on the roof of the school in Beira, water rising"
ROOF_AGAIN = "People trapped on the roof of the school in Beira, the water is rising fast"
THIRST = "We have had no drinking water for two days and the children are sick"


@pytest.fixture
def arrive(event: Event) -> Any:
    """Posts come in and are understood; returns their rows. `author` is the same for all, otherwise each has its own."""
    numbers = itertools.count()

    def come(*texts: str, author: str = "", lang: str = "en") -> list[Post]:
        chosen = list(zip(numbers, texts, strict=False)) if texts else []
        posts = [
            RawPost(f"s{number}", text, lang=lang, created_at=clock.now(), author_handle=author or f"author{number}")
            for number, text in chosen
        ]
        ingest.accept(posts=posts, source="wire", event=event)
        pipeline.drain()
        return [Post.objects.get(source_id=f"s{number}") for number, _text in chosen]

    return come


@pytest.fixture
def suggestion(arrive: Any) -> IncidentSuggestion:
    arrive(THIRST, THIRST + " https://example.org/a")
    return IncidentSuggestion.objects.get()


def members(suggestion: IncidentSuggestion) -> list[int]:
    return sorted(suggestion.members.values_list("post", flat=True))


def again(*posts: Post) -> None:
    PostEmbedding.objects.filter(post__in=posts).update(grouped_at=None, leads=False)
    grouping.drain()


def test_one_critical_post_opens_an_incident_and_later_ones_join_it(arrive: Any) -> None:
    [first] = arrive(ROOF)
    assert first.severity == 1
    incident = Incident.objects.get()
    assert (incident.size, incident.severity, incident.unanswered, incident.created_by) == (1, 1, True, None)
    assert PostEmbedding.objects.get(post=first).leads
    [later] = arrive(ROOF_AGAIN)
    assert Incident.objects.get().size == 2
    assert later.memberships.get().incident == incident and later.memberships.get().likeness < 1


def test_one_post_that_is_not_critical_opens_none(arrive: Any) -> None:
    [post] = arrive("No electricity in Beira since last night, the power lines are down")
    assert post.severity and post.severity > 1 and not Incident.objects.exists()
    assert not IncidentSuggestion.objects.exists()


@pytest.mark.parametrize("changes", [{"group": "aside", "category": "not_humanitarian"}, {"group": "aside"}])
def test_what_was_set_aside_opens_none(arrive: Any, monkeypatch: Any, changes: dict[str, str]) -> None:
    with monkeypatch.context() as later:
        later.setattr(pipeline, "group", lambda: 0)
        posts = arrive(ROOF, ROOF_AGAIN)
    Post.objects.filter(pk__in=[post.pk for post in posts]).update(**changes)
    grouping.drain()
    assert not Incident.objects.exists() and not IncidentSuggestion.objects.exists() and not grouping.waiting()


def test_grouping_a_critical_post_twice_opens_one_incident(arrive: Any) -> None:
    posts = arrive(ROOF)
    again(*posts)
    assert Incident.objects.count() == 1 and IncidentPost.objects.count() == 1


def test_a_critical_post_that_people_took_out_opens_no_other_incident(arrive: Any, people: dict[str, User]) -> None:
    [post] = arrive(ROOF)
    incident = Incident.objects.get()
    membership.detach(incident_id=incident.pk, version=1, post_id=post.pk, by=people["reviewer"])
    again(post)
    assert Incident.objects.count() == 1 and post.memberships.get().state == "detached"


def test_an_edited_post_stays_in_the_incident_that_it_makes_up(arrive: Any) -> None:
    [post] = arrive(ROOF)
    incident = Incident.objects.get()
    Post.objects.filter(pk=post.pk).update(
        text=ROOF_AGAIN.replace("school", "market"), severity=2, edited_at=clock.now()
    )
    evidence.forget_rule([post.pk])
    again(post)
    incident.refresh_from_db()
    assert Incident.objects.count() == 1 and (incident.size, incident.severity) == (1, 2)
    assert "market" in incident.title


def test_few_posts_without_a_place_are_suggested(suggestion: IncidentSuggestion) -> None:
    assert not Incident.objects.exists() and not IncidentPost.objects.exists()
    assert (suggestion.state, len(members(suggestion))) == ("waiting", 2)
    assert list(suggesting.waiting(None)) == [suggestion] and not suggesting.waiting(frozenset()).exists()


def test_a_third_author_makes_an_incident_of_a_suggestion(suggestion: IncidentSuggestion, arrive: Any) -> None:
    arrive(THIRST + " https://example.org/b", author="author0")
    assert not Incident.objects.exists() and len(members(suggestion)) == 3  # the third post, but the second author
    arrive(THIRST + " https://example.org/c")
    incident = Incident.objects.get()
    suggestion.refresh_from_db()
    assert (incident.size, incident.authors) == (4, 3)
    assert (suggestion.state, suggestion.incident, suggestion.by) == ("opened", incident, None)
    assert not SuggestedPost.objects.exists()


def test_a_critical_post_makes_an_incident_of_a_suggestion(suggestion: IncidentSuggestion, arrive: Any) -> None:
    posts = [row.post for row in suggestion.members.select_related("post")]
    Post.objects.filter(pk=posts[1].pk).update(severity=1)
    again(posts[1])
    assert Incident.objects.get().size == 2 and Incident.objects.get().severity == 1


def test_suggesting_twice_changes_nothing(suggestion: IncidentSuggestion) -> None:
    before = members(suggestion)
    again(*Post.objects.all())
    assert IncidentSuggestion.objects.get() == suggestion and members(suggestion) == before


def test_a_person_opens_a_suggestion(suggestion: IncidentSuggestion, people: dict[str, User]) -> None:
    posts = members(suggestion)
    incident = suggesting.open_suggestion(suggestion_id=suggestion.pk, version=1, by=people["reviewer"])
    suggestion.refresh_from_db()
    assert sorted(incident.memberships.filter(state="accepted").values_list("post", flat=True)) == posts
    assert (suggestion.state, suggestion.incident, suggestion.by) == ("opened", incident, people["reviewer"])
    assert not suggesting.waiting(None).exists() and not SuggestedPost.objects.exists()
    recorded = AuditEvent.objects.get(action="suggestion.decide")
    assert recorded.detail["incident"] == incident.ref and THIRST not in str(recorded.detail)
    with pytest.raises(Conflict, match="Ana Reviewer"):
        suggesting.dismiss(suggestion_id=suggestion.pk, version=1, by=people["lead"])


def test_what_people_dismissed_is_not_suggested_again(
    suggestion: IncidentSuggestion, people: dict[str, User], arrive: Any
) -> None:
    suggesting.dismiss(suggestion_id=suggestion.pk, version=1, by=people["reviewer"])
    arrive(*[f"{THIRST} https://example.org/{n}" for n in range(4)])
    assert not Incident.objects.exists() and not suggesting.waiting(None).exists()
    assert len(members(suggestion)) == 6
    suggesting.suggest_again(suggestion_id=suggestion.pk, version=2, by=people["lead"])
    assert suggesting.waiting(None).get() == suggestion


def test_a_critical_post_is_not_swallowed_by_a_dismissed_suggestion(
    suggestion: IncidentSuggestion, people: dict[str, User], arrive: Any
) -> None:
    suggesting.dismiss(suggestion_id=suggestion.pk, version=1, by=people["reviewer"])
    [post] = arrive(THIRST + " https://example.org/z")
    Post.objects.filter(pk=post.pk).update(severity=1)
    again(post)
    incident = Incident.objects.get()
    assert (incident.size, incident.severity) == (1, 1) and post.pk not in members(suggestion)


def test_a_post_that_joined_an_incident_is_no_suggestion(
    suggestion: IncidentSuggestion, people: dict[str, User]
) -> None:
    first, second = members(suggestion)
    membership.create(post_ids=[first], by=people["reviewer"])
    assert members(suggestion) == [second]
    evidence.forget([second])
    assert not suggesting.waiting(None).exists()
    with pytest.raises(Invalid, match="belong to incidents by now"):
        suggesting.open_suggestion(suggestion_id=suggestion.pk, version=1, by=people["reviewer"])


@pytest.mark.parametrize("verb", [suggesting.open_suggestion, suggesting.dismiss])
def test_who_may_not_changes_nothing(suggestion: IncidentSuggestion, people: dict[str, User], verb: Any) -> None:
    for role in ("viewer", "auditor", "approver", "partner"):
        with pytest.raises(NotPermitted):
            verb(suggestion_id=suggestion.pk, version=1, by=people[role])
    with pytest.raises(Conflict):
        verb(suggestion_id=suggestion.pk, version=2, by=people["lead"])
    with pytest.raises(Missing):
        verb(suggestion_id=10**9, version=1, by=people["lead"])
    suggestion.refresh_from_db()
    assert (suggestion.state, suggestion.version) == ("waiting", 1)


def test_posts_a_day_apart_are_not_suggested_together(arrive: Any) -> None:
    [old] = arrive(THIRST)
    PostEmbedding.objects.filter(post=old).update(at=clock.now() - timedelta(hours=30))
    arrive(THIRST + " https://example.org/a")
    assert not IncidentSuggestion.objects.exists()
