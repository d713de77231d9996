"""Offers of posts: stored once, matched by kind and distance, and what people do with them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from classifier import clock
from monitoring.models import AuditEvent
from responder.errors import Conflict, InvalidFields, NotPermitted
from responder.incidents import handling, membership, responding
from responder.models import Event, Incident, Offer, Post, User
from responder.offers import deciding, noting
from responder.offers.matching import Needs

pytestmark = pytest.mark.django_db
TEXT = "We have 20 blankets and a truck available in Beira, call +258 84 123 4567"
MakePost = Callable[..., Post]


@pytest.fixture
def offer(make_post: MakePost) -> Offer:
    post = make_post(text=TEXT, lang="en", latitude=-19.84, longitude=34.84, place_name="Beira")
    noting.note([post])
    return Offer.objects.select_related("post").get()


@pytest.fixture
def incident(make_post: MakePost, people: dict[str, User]) -> Incident:
    """Dondo, about 26 km from the offer, which needs shelter."""
    made = membership.create(
        post_ids=[make_post(latitude=-19.61, longitude=34.74, place_name="Dondo", needs=[]).pk], by=people["lead"]
    )
    handling.edit(incident_id=made.pk, version=1, by=people["lead"], needs={"shelter": "needed"})
    made.refresh_from_db()
    return made


def test_an_offer_is_stored_once_and_follows_an_edit(offer: Offer) -> None:
    assert set(offer.kinds) == {"shelter", "search_and_rescue"} and "84" not in offer.said
    noting.note([offer.post])
    assert Offer.objects.count() == 1
    post = offer.post
    post.text, post.edited_at = "We need 20 blankets in Beira", clock.now()
    noting.note([post])
    assert not Offer.objects.exists()


def test_what_people_decided_outlives_an_edit(offer: Offer, people: dict[str, User]) -> None:
    deciding.dismiss(offer_id=offer.pk, version=1, by=people["reviewer"])
    offer.post.edited_at = clock.now()
    noting.note([offer.post])
    assert Offer.objects.get().state == Offer.State.DISMISSED


def test_it_is_matched_by_kind_and_distance_with_reasons(
    offer: Offer, incident: Incident, people: dict[str, User], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        (match,) = Needs(offer.event_id).matches(offer)
    assert (match.incident, match.needs, match.stated_by) == (incident, ("shelter",), "people")
    assert 25 < match.km < 29
    handling.edit(incident_id=incident.pk, version=2, by=people["lead"], needs={"shelter": "met"})
    assert Needs(offer.event_id).matches(offer) == []


def test_needs_that_posts_state_count_and_resolved_or_false_incidents_do_not(
    offer: Offer, make_post: MakePost, people: dict[str, User]
) -> None:
    post = make_post(latitude=-19.9, longitude=34.9, needs=["shelter"])
    made = membership.create(post_ids=[post.pk], by=people["lead"])
    assert [match.stated_by for match in Needs(offer.event_id).matches(offer)] == ["posts"]
    responding.resolve(incident_id=made.pk, version=1, by=people["lead"], outcome="done", reason="Delivered")
    assert Needs(offer.event_id).matches(offer) == []


def test_it_is_used_dismissed_and_opened_again(offer: Offer, incident: Incident, people: dict[str, User]) -> None:
    with pytest.raises(NotPermitted):
        deciding.use(offer_id=offer.pk, version=1, incident=incident.ref, by=people["viewer"])
    for wrong in ("", "INC-9999999", "x" * 400):
        with pytest.raises(InvalidFields):
            deciding.use(offer_id=offer.pk, version=1, incident=wrong, by=people["lead"])
    used = deciding.use(offer_id=offer.pk, version=1, incident=incident.ref, by=people["reviewer"])
    assert (used.state, used.incident) == ("used", incident)
    with pytest.raises(Conflict):
        deciding.dismiss(offer_id=offer.pk, version=1, by=people["lead"])
    assert deciding.reopen(offer_id=offer.pk, version=2, by=people["lead"]).incident is None
    actions = AuditEvent.objects.filter(object_type="offer").order_by("sequence").values_list("action", flat=True)
    assert list(actions) == ["offer.used", "offer.open"]
    assert "blankets" not in str(list(AuditEvent.objects.values_list("detail")))


def test_an_offer_is_not_used_for_an_incident_of_another_event(
    offer: Offer, people: dict[str, User], make_post: MakePost
) -> None:
    elsewhere = membership.create(
        post_ids=[make_post(event=Event.objects.create(ref="other", name="Another")).pk], by=people["lead"]
    )
    with pytest.raises(InvalidFields):
        deciding.use(offer_id=offer.pk, version=1, incident=elsewhere.ref, by=people["lead"])


def test_the_page_shows_the_offer_masked_and_its_matches(
    offer: Offer, incident: Incident, people: dict[str, User]
) -> None:
    client = Client()
    client.force_login(people["reviewer"])
    page = client.get("/offers/").content.decode()
    assert "20 blankets" in page and "+258" not in page and incident.ref in page and "about 28 km" in page
    answer = client.post(f"/offers/{offer.pk}/use", {"version": "1", "incident": incident.ref})
    assert answer.status_code == 302 and incident.ref in client.get("/offers/?state=used").content.decode()
    assert client.post(f"/offers/{offer.pk}/dismiss", {"version": "1"}).status_code == 409
    assert client.post(f"/offers/{offer.pk}/burn", {"version": "2"}).status_code == 404
    client.force_login(people["viewer"])
    assert "Use</button>" not in client.get("/offers/?state=used").content.decode()
    assert client.post(f"/offers/{offer.pk}/reopen", {"version": "2"}).status_code == 403
