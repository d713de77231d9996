"""The pages of the rumour ledger: what they show, to whom, and what they answer to bad values."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from responder.models import Event, EventRole, Rumour, User
from responder.rumours import keeping
from tests.responder.html_forms import read_forms

pytestmark = pytest.mark.django_db


@pytest.fixture
def rumour(event, people, make_post):
    post = make_post(text="They say the bridge at Buzi is gone, call +258 84 123 4567")
    return keeping.open_rumour(event=event, claim="The bridge at Buzi is gone", by=people["reviewer"], post_id=post.pk)


def test_a_rumour_is_opened_from_a_post_and_judged(client, people, make_post):
    client.force_login(people["lead"])
    post = make_post(text="The bridge stands")
    page = client.get("/rumours/pick", {"post": post.pk})
    assert read_forms(page).value("claim") == "The bridge stands"
    sent = {"claim": "The bridge is gone", "post": post.pk, "side": "against"}
    answer = client.post("/rumours/open", sent, follow=True)
    rumour = Rumour.objects.get()
    assert answer.redirect_chain[-1][0] == f"/rumours/{rumour.ref}/"
    assert rumour.evidence.get().side == "against"
    sent = {"version": 1, "verdict": "false", "basis": "Seen standing at noon", "answer": "The bridge stands."}
    page = client.post(f"/rumours/{rumour.ref}/judge", sent, follow=True)
    assert "by Ana Lead" in page.content.decode()
    assert "The bridge stands." in client.get("/rumours/?verdict=false").content.decode()
    assert client.get("/rumours/?verdict=verified").context["rumours"] == []


def test_what_viewers_read_is_masked_and_they_are_offered_no_change(client, people, rumour):
    Rumour.objects.update(claim="Call +258 84 123 4567 about the bridge")
    client.force_login(people["viewer"])
    page = client.get(f"/rumours/{rumour.ref}/")
    assert page.status_code == 200
    assert "123 4567" not in page.content.decode() + client.get("/rumours/").content.decode()
    assert "rumour-act" not in page.content.decode() and "/judge" not in page.content.decode()
    assert client.post(f"/rumours/{rumour.ref}/judge", {"version": 1, "verdict": "false"}).status_code == 403


def test_a_refused_verdict_keeps_what_was_typed(client, people, rumour):
    client.force_login(people["lead"])
    sent = {"version": 1, "verdict": "false", "basis": "short", "answer": "It stands."}
    page = client.post(f"/rumours/{rumour.ref}/judge", sent)
    form = read_forms(page)
    assert page.status_code == 400
    assert form.errors == {"basis": "Say in 10 to 1000 characters what the verdict rests on."}
    assert form.value("answer") == "It stands."
    assert client.post(f"/rumours/{rumour.ref}/judge", sent | {"version": 9, "basis": "x" * 20}).status_code == 409


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/rumours/RUM-9999/", 404), ("/rumours/x/", 404), ("/rumours/RUM-" + "9" * 40 + "/", 404), ("/rumours/%00/", 404),
        ("/rumours/pick", 404), ("/rumours/pick?post=x", 404), ("/rumours/pick?post=" + "9" * 18, 404),
        ("/rumours/?verdict=x&before=y", 200), ("/rumours/?before=" + "9" * 18, 200),
    ],
)  # fmt: skip
def test_odd_addresses(client, people, rumour, address, status):
    client.force_login(people["lead"])
    assert client.get(address).status_code == status


@pytest.mark.parametrize(
    "sent",
    [{}, {"version": "x"}, {"version": 1, "post": "x", "side": "for"}, {"version": 1, "post": 999999, "side": "x"}],
)
def test_bad_values_are_refused(client, people, rumour, sent):
    client.force_login(people["lead"])
    for verb in ("add", "remove", "judge"):
        assert client.post(f"/rumours/{rumour.ref}/{verb}", sent).status_code in (400, 404), verb
    assert client.post(f"/rumours/{rumour.ref}/burn", sent).status_code == 404
    assert client.post("/rumours/open", {"claim": ""}).status_code == 400


def test_a_rumour_of_another_event_does_not_exist(client, people, rumour, event):
    quake = Event.objects.create(ref="quake", name="Quake", started_at=event.started_at)
    hidden = keeping.open_rumour(event=quake, claim="The dam is broken", by=people["lead"])
    limited = User.objects.create_user("limited-bea", toured=True)
    EventRole.objects.create(person=limited, event=event, role="lead")
    client.force_login(limited)
    assert client.get(f"/rumours/{rumour.ref}/").status_code == 200
    assert client.get(f"/rumours/{hidden.ref}/").status_code == 404
    assert client.post(f"/rumours/{hidden.ref}/judge", {"version": 1}).status_code == 404
    assert "dam is broken" not in client.get("/rumours/").content.decode()


def test_pages_cost_the_same_for_any_number_of_rumours_and_posts(client, people, event, rumour, make_post):
    client.force_login(people["lead"])

    def queries(address):
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    before = [queries("/rumours/"), queries(f"/rumours/{rumour.ref}/")]
    for number in range(8):
        other = keeping.open_rumour(event=event, claim=f"Claim {number}", by=people["lead"], post_id=make_post().pk)
        rumour.refresh_from_db()
        keeping.add_post(
            rumour_id=rumour.pk, version=rumour.version, post_id=make_post().pk, side="against", by=people["lead"]
        )
        assert other.evidence.count() == 1
    assert [queries("/rumours/"), queries(f"/rumours/{rumour.ref}/")] == before
