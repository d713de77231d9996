"""Rumours: who opens and judges them, what the records say, and two people at once."""

import pytest

from monitoring.models import AuditEvent
from responder.errors import Conflict, Invalid, InvalidFields, Missing, NotPermitted
from responder.models import Event, Rumour
from responder.queries import rumours as shown
from responder.rumours import keeping

pytestmark = pytest.mark.django_db
BASIS = "The district engineer stood on it at 14:00"


@pytest.fixture
def rumour(event, people, make_post):
    post = make_post(text="They say the bridge at Buzi is gone")
    return keeping.open_rumour(
        event=event, claim=" The bridge\n at Buzi is gone ", by=people["reviewer"], post_id=post.pk
    )


def judged(rumour, by, **more):
    wanted = {"version": rumour.version, "verdict": "false", "basis": BASIS, "answer": "It stands.", **more}
    return keeping.judge(rumour_id=rumour.pk, by=by, **wanted)


def test_a_claim_collects_posts_for_and_against_and_gets_a_verdict_by_name(rumour, people, make_post):
    assert (rumour.ref, rumour.claim, rumour.verdict) == (f"RUM-{rumour.pk:04d}", "The bridge at Buzi is gone", "open")
    denial = make_post(text="Not true, the bridge stands")
    keeping.add_post(rumour_id=rumour.pk, version=1, post_id=denial.pk, side="against", by=people["reviewer"])
    found = judged(Rumour.objects.get(), people["lead"])
    assert (found.verdict, found.verdict_by, found.answer, found.version) == ("false", people["lead"], "It stands.", 3)
    (in_favour, against) = shown.sides(found)
    assert (in_favour.count, [item["id"] for item in against.items]) == (1, [denial.pk])
    late = make_post()
    keeping.add_post(rumour_id=rumour.pk, version=3, post_id=late.pk, side="for", by=people["lead"])
    counted = shown.counted(Rumour.objects.all()).get()
    assert (counted.in_favour, counted.against, counted.newer, counted.verdict) == (2, 1, 1, "false")
    said = list(AuditEvent.objects.filter(object_type="rumour").order_by("pk").values_list("action", "actor"))
    assert [action for action, _actor in said] == [
        "rumour.opened", "rumour.post_added", "rumour.post_added", "rumour.judged", "rumour.post_added",
    ]  # fmt: skip
    assert said[3][1] == f"user:{people['lead'].username}"


def test_a_post_changes_sides_instead_of_standing_on_both(rumour, people):
    post = rumour.evidence.get().post
    keeping.add_post(rumour_id=rumour.pk, version=1, post_id=post.pk, side="against", by=people["reviewer"])
    assert [(row.post, row.side) for row in rumour.evidence.all()] == [(post, "against")]
    keeping.remove_post(rumour_id=rumour.pk, version=2, post_id=post.pk, by=people["reviewer"])
    assert not rumour.evidence.exists()
    with pytest.raises(Missing):
        keeping.remove_post(rumour_id=rumour.pk, version=3, post_id=post.pk, by=people["reviewer"])


def test_the_second_of_two_people_is_told(rumour, people, make_post):
    judged(rumour, people["lead"])
    with pytest.raises(Conflict):
        judged(rumour, people["lead"], verdict="verified")
    with pytest.raises(Conflict):
        keeping.add_post(rumour_id=rumour.pk, version=1, post_id=make_post().pk, side="for", by=people["reviewer"])
    assert Rumour.objects.get().verdict == "false"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("verdict", {"verdict": "maybe"}),
        ("basis", {"basis": "short"}),
        ("basis", {"basis": "x" * 1_001}),
        ("basis", {"basis": " \x00\u2028 "}),
        ("answer", {"answer": "x" * 1_001}),
    ],
)
def test_what_a_verdict_lacks_is_said_beside_its_field(rumour, people, field, changes):
    with pytest.raises(InvalidFields) as refused:
        judged(rumour, people["lead"], **changes)
    assert list(refused.value.fields) == [field]
    assert Rumour.objects.get().verdict == "open"


def test_a_verdict_is_taken_back_without_a_reason(rumour, people):
    judged(rumour, people["lead"])
    found = judged(Rumour.objects.get(), people["lead"], verdict="open", basis="", answer="")
    assert (found.verdict_by, found.verdict_at, found.basis) == (None, None, "")


@pytest.mark.parametrize("claim", ["", "  ", "ab", "x" * 301, "\x00\x00\x00"])
def test_a_claim_has_words(event, people, claim):
    with pytest.raises(InvalidFields) as refused:
        keeping.open_rumour(event=event, claim=claim, by=people["reviewer"])
    assert list(refused.value.fields) == ["claim"]


def test_who_may_not_is_refused(rumour, event, people, make_post):
    for role in ("viewer", "auditor", "approver", "partner"):
        with pytest.raises((NotPermitted, Missing)):
            keeping.open_rumour(event=event, claim="The bridge is gone", by=people[role])
    with pytest.raises(NotPermitted):
        judged(rumour, people["reviewer"])
    quake = Event.objects.create(ref="quake", name="Quake", started_at=event.started_at)
    with pytest.raises(Missing):  # a post of another event
        other = make_post(event=quake)
        keeping.add_post(rumour_id=rumour.pk, version=1, post_id=other.pk, side="for", by=people["lead"])
    with pytest.raises(Invalid):
        keeping.add_post(rumour_id=rumour.pk, version=1, post_id=make_post().pk, side="maybe", by=people["lead"])
