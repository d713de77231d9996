"""What partners say back: it waits for a reviewer, changes nothing by itself, and its outcome is told."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from classifier import clock
from classifier.models import Label
from monitoring import audit
from monitoring.models import AuditEvent
from responder import roles
from responder.feeds import erasure
from responder.incidents import membership
from responder.models import Incident, IncidentEntry, PartnerFeedback, Post, TriageAction, User
from responder.partners import tokens
from responder.privacy.masking import HIDDEN
from responder.queries import notifications
from responder.triage import suggestions

pytestmark = pytest.mark.django_db
LIST, DAMAGE = "/api/v1/feedback", "infrastructure_and_utility_damage"
MakePost = Callable[..., Post]


@pytest.fixture
def partner(as_partner: Callable[..., APIClient]) -> APIClient:
    return as_partner("write:feedback")


def give(client: APIClient, post: Post, key: str = "", **body: Any) -> Any:
    sent = {"wrong": ["category"], "category": DAMAGE} | body
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"/api/v1/posts/{post.pk}/feedback", sent, format="json", headers=headers)


def decide(client: Client, row: PartnerFeedback, verb: str, **body: Any) -> Any:
    return client.post(f"/triage/suggestions/{row.pk}/{verb}", body)


def test_feedback_waits_masked_and_changes_nothing(partner: APIClient, make_post: MakePost) -> None:
    post = make_post()
    answer = give(partner, post, note="Ask @ana_m, +258 84 123 4567", place="Rua das Flores 112", priority="High")
    feedback = answer.json()
    assert answer.status_code == 201 and feedback["state"] == "open" and feedback["decided_at"] is None
    assert feedback["wrong"] == ["category", "priority", "place"] and feedback["priority"] == "High"
    assert feedback["note"] == f"Ask @{HIDDEN}, {HIDDEN}" and "112" not in feedback["place"]
    row = PartnerFeedback.objects.get()
    assert (row.organisation, row.owner.username, row.note) == ("Relief", "partner-ana", feedback["note"])
    before = (post.category, post.status, post.version)
    post.refresh_from_db()
    assert (post.category, post.status, post.version) == before
    assert not Label.objects.exists() and not TriageAction.objects.exists()
    event = AuditEvent.objects.get(action="feedback.given")
    assert event.actor.startswith("token:rsp_") and "Flores" not in str(event.detail)


def test_a_repeated_key_has_one_effect(partner: APIClient, make_post: MakePost) -> None:
    post = make_post()
    first, second = give(partner, post, key="k-1"), give(partner, post, key="k-1")
    assert first.json() == second.json() and second.status_code == 201 and PartnerFeedback.objects.count() == 1
    assert give(partner, post, key="k-1", note="other").status_code == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"wrong": []}, "wrong"), ({"wrong": ["author"]}, "wrong[0]"), ({"category": "x"}, "category"),
        ({"priority": "Urgent"}, "priority"), ({"place": "x" * 201}, "place"), ({"note": "x" * 1_001}, "note"),
        ({"wrong": "category"}, "wrong"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_field(
    partner: APIClient, make_post: MakePost, body: dict[str, Any], field: str
) -> None:
    answer = give(partner, make_post(), **body)
    assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"].startswith(field.partition("[")[0])
    assert not PartnerFeedback.objects.exists()


@pytest.mark.parametrize("number", ["999999", "0", "-1", "x", "9" * 30])
def test_of_posts_that_nobody_sees_there_is_no_feedback(partner: APIClient, make_post: MakePost, number: str) -> None:
    make_post(state=Post.State.ACCEPTED)
    sent = {"wrong": ["place"]}
    for known in (number, str(Post.objects.get().pk)):
        assert partner.post(f"/api/v1/posts/{known}/feedback", sent, format="json").status_code == 404


def test_too_many_open_suggestions_wait(
    partner: APIClient, make_post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "MOST_OPEN", 2)
    post = make_post()
    assert [give(partner, post).status_code for _ in range(3)] == [201, 201, 429]


def test_a_partner_reads_their_own_by_page_and_state(
    partner: APIClient, as_partner: Callable[..., APIClient], make_post: MakePost, people: dict[str, User], issue: Any
) -> None:
    made = [give(partner, make_post()).json()["id"] for _ in range(5)]
    stranger = User.objects.create_user("stranger")
    roles.grant(user=stranger, role="partner")
    _, secret = issue(owner=stranger, by=stranger, scopes=["write:feedback"])
    other = APIClient(headers={"Authorization": f"Token {secret}"})
    give(other, make_post())
    seen, cursor = [], ""
    while True:
        answer = as_partner("write:feedback").get(LIST, {"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [row["id"] for row in answer["feedback"]]
        if not (cursor := answer["next_cursor"]):
            break
    assert seen == made[::-1]
    assert partner.get(LIST, {"state": "accepted"}).json()["feedback"] == []
    assert partner.get(LIST, {"cursor": "forged"}).status_code == 400
    assert partner.get(LIST, {"state": "fish"}).status_code == 400
    tag = partner.get(LIST)["ETag"]
    assert partner.get(LIST, headers={"If-None-Match": tag}).status_code == 304


def test_accepting_decides_in_the_reviewers_name_and_their_label_teaches(
    partner: APIClient, make_post: MakePost, people: dict[str, User], client: Client
) -> None:
    post = make_post()
    give(partner, post, priority="Critical")
    client.force_login(people["reviewer"])
    assert [one.url for one in notifications.for_user(people["reviewer"], None)] == ["/triage/suggestions/"]
    assert "Relief" in client.get("/triage/suggestions/").content.decode()
    row = PartnerFeedback.objects.get()
    assert decide(client, row, "accept", version=post.version).status_code == 302
    post.refresh_from_db()
    row.refresh_from_db()
    assert (post.category, post.severity, post.reviewed_by) == (DAMAGE, 1, people["reviewer"])
    assert (row.state, row.decided_by) == ("accepted", people["reviewer"])
    label = Label.objects.get()
    assert (label.category, label.by) == (DAMAGE, people["reviewer"])
    feedback = partner.get(LIST).json()["feedback"][0]
    assert feedback["state"] == "accepted" and feedback["decided_at"] and "reviewer" not in str(feedback)
    assert audit.verify().intact
    assert decide(client, row, "refuse", reason="too late").status_code == 400


def test_a_post_that_changed_meanwhile_is_looked_at_again(
    partner: APIClient, make_post: MakePost, people: dict[str, User], client: Client
) -> None:
    post = make_post()
    give(partner, post)
    client.force_login(people["reviewer"])
    Post.objects.update(version=2)
    row = PartnerFeedback.objects.get()
    assert decide(client, row, "accept", version=1).status_code == 409
    row.refresh_from_db()
    assert row.state == "open" and Post.objects.get().category == post.category


def test_a_reviewer_is_told_that_the_post_was_edited_since(
    partner: APIClient, make_post: MakePost, people: dict[str, User], client: Client
) -> None:
    give(partner, make_post())
    client.force_login(people["reviewer"])
    assert "changed the post" not in client.get("/triage/suggestions/").content.decode()
    Post.objects.update(edited_at=clock.now())
    assert "changed the post" in client.get("/triage/suggestions/").content.decode()


def test_a_refusal_tells_the_partner_why(
    partner: APIClient, make_post: MakePost, people: dict[str, User], client: Client
) -> None:
    give(partner, make_post())
    client.force_login(people["lead"])
    row = PartnerFeedback.objects.get()
    assert decide(client, row, "refuse", reason="  ").status_code == 400
    assert decide(client, row, "refuse", reason="The bridge stands, says +258 84 123 4567").status_code == 302
    feedback = partner.get(LIST, {"state": "refused"}).json()["feedback"][0]
    assert feedback["reason"] == f"The bridge stands, says {HIDDEN}" and not Label.objects.exists()


@pytest.mark.parametrize("role", [*roles.ROLES])
def test_only_who_decides_on_posts_decides_on_suggestions(
    role: str, partner: APIClient, make_post: MakePost, people: dict[str, User], client: Client
) -> None:
    give(partner, make_post())
    row, allowed = PartnerFeedback.objects.get(), roles.allows(people[role], roles.TRIAGE)
    client.force_login(people[role])
    assert client.get("/triage/suggestions/").status_code == (200 if allowed else 403)
    assert decide(client, row, "refuse", reason="because").status_code == (302 if allowed else 403)
    assert decide(client, row, "accept", version=1).status_code == (400 if allowed else 403)
    row.refresh_from_db()
    assert (row.state == "refused") == allowed


def test_feedback_goes_with_its_post(partner: APIClient, make_post: MakePost) -> None:
    post = make_post(source="wire", source_id="7")
    give(partner, post)
    erasure.delete(source="wire", source_ids=["7"])
    assert not PartnerFeedback.objects.exists()


def test_the_page_asks_as_often_for_many_as_for_few(
    partner: APIClient, make_post: MakePost, people: dict[str, User], client: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(25):
        give(partner, make_post())
    client.force_login(people["reviewer"])
    client.get("/triage/suggestions/")
    with django_assert_max_num_queries(22):
        assert client.get("/triage/suggestions/").content.count(b'id="suggestion-') == 25


@pytest.fixture
def incident(make_post: MakePost, people: dict[str, User]) -> Incident:
    return membership.create(post_ids=[make_post().pk], by=people["lead"], title="Bridge")


def comment(
    client: APIClient, ref: str, text: Any = "Boat of ours is there, call +258 84 123 4567", key: str = ""
) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"/api/v1/incidents/{ref}/comments", {"text": text}, format="json", headers=headers)


def test_a_comment_stands_in_the_timeline_as_the_partners_and_holds_nobody_up(
    partner: APIClient, incident: Incident, people: dict[str, User], client: Client
) -> None:
    version = incident.version
    first, again = comment(partner, incident.ref, key="c-1"), comment(partner, incident.ref, key="c-1")
    assert first.status_code == 201 and first.json() == again.json()
    assert first.json()["text"] == f"Boat of ours is there, call {HIDDEN}"
    entry = IncidentEntry.objects.get(verb="comment")
    assert (entry.organisation, entry.note) == ("Relief", first.json()["text"])
    incident.refresh_from_db()
    assert incident.version == version
    client.force_login(people["reviewer"])
    page = client.get(f"/incidents/{incident.ref}/").content.decode()
    assert "Partner comment" in page and "Relief" in page and "Boat of ours" in page
    event = AuditEvent.objects.get(action="incident.comment")
    assert event.actor.startswith("token:rsp_") and "Boat" not in str(event.detail)


def test_a_comment_on_a_merged_incident_goes_where_its_posts_are(
    partner: APIClient, incident: Incident, make_post: MakePost, people: dict[str, User]
) -> None:
    other = membership.create(post_ids=[make_post().pk], by=people["lead"])
    Incident.objects.filter(pk=incident.pk).update(merged_into=other)
    assert comment(partner, incident.ref).json()["incident"] == other.ref


@pytest.mark.parametrize("text", ["", "  \n", "x" * 2_001, 3, None, ["a"]])
def test_comments_are_bounded(partner: APIClient, incident: Incident, text: Any) -> None:
    assert comment(partner, incident.ref, text).status_code == 400
    assert comment(partner, "INC-9999").status_code == 404


def test_comments_count_against_the_tokens_rate(partner: APIClient, incident: Incident, settings: Any) -> None:
    settings.PREDICT_RATE = "2/hour"
    assert [comment(partner, incident.ref).status_code for _ in range(3)] == [201, 201, 429]


def test_the_scope_is_wanted(as_partner: Callable[..., APIClient], incident: Incident, make_post: MakePost) -> None:
    other = as_partner(*(scope for scope in tokens.SCOPES if scope != "write:feedback"))
    assert comment(other, incident.ref).status_code == give(other, make_post()).status_code == 403
