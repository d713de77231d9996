from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from classifier import clock
from monitoring.models import AuditEvent
from responder import roles
from responder.errors import Invalid, Missing, NotPermitted, TooMany
from responder.models import Reveal
from responder.privacy import reveal

SECRET = "Looking for my sister Maria Sitoe, call +258 84 123 4567, Rua das Flores 112"
WHY = "The coast guard asks for the number"


@pytest.fixture
def post(make_post):
    return make_post(text=SECRET, author_handle="ana_matos", latitude=-19.84362, longitude=34.83891, radius_km=0.05)


def test_a_lead_sees_it_after_giving_a_reason_and_for_a_while_only(client, people, post):
    client.force_login(people["lead"])
    address = f"/posts/{post.pk}/reveal"
    assert "4567" not in client.get(address).content.decode()
    assert client.post(address, {"reason": WHY}).status_code == 302
    shown = client.get(address).content.decode()
    for part in ("Maria Sitoe", "4567", "112", "ana_matos", "-19.84362", WHY):
        assert part in shown
    Reveal.objects.update(until=clock.now() - timedelta(seconds=1))
    assert "4567" not in client.get(address).content.decode()


@pytest.mark.parametrize("role", ["viewer", "reviewer", "approver", "auditor", "partner"])
def test_other_roles_do_not(client, people, post, role):
    client.force_login(people[role])
    for ask in (client.get, client.post):
        assert ask(f"/posts/{post.pk}/reveal", {"reason": WHY}).status_code == 403
    with pytest.raises(NotPermitted):
        reveal.ask(post_id=post.pk, reason=WHY, by=people[role])
    assert not Reveal.objects.exists()


def test_one_persons_reveal_shows_nothing_to_another_nor_on_any_other_page(client, people, post):
    reveal.ask(post_id=post.pk, reason=WHY, by=people["lead"])
    client.force_login(people["superuser"])
    assert "4567" not in client.get(f"/posts/{post.pk}/reveal").content.decode()
    client.force_login(people["lead"])
    for address in (f"/map/items/{post.pk}", "/feed/", "/map/"):
        assert "4567" not in client.get(address).content.decode()


def test_who_lost_the_role_sees_nothing_any_more(people, post):
    reveal.ask(post_id=post.pk, reason=WHY, by=people["lead"])
    people["lead"].groups.remove(Group.objects.get(name="lead"))
    roles.forget(people["lead"])
    assert reveal.standing(post_id=post.pk, by=people["lead"]) is None


def test_it_is_on_the_record_with_its_reason_and_without_the_text(people, post):
    reveal.ask(post_id=post.pk, reason=WHY, by=people["lead"])
    audit_event = AuditEvent.objects.get(action="post.revealed")
    assert (audit_event.actor, audit_event.object_id, audit_event.detail["reason"]) == (
        "user:lead-ana",
        str(post.pk),
        WHY,
    )
    assert "Sitoe" not in str(audit_event.detail)


@pytest.mark.parametrize("reason", ["", "   ", "because", "x" * 301, " ".join("ab")])
def test_a_reason_that_says_nothing_is_refused(client, people, post, reason):
    client.force_login(people["lead"])
    answer = client.post(f"/posts/{post.pk}/reveal", {"reason": reason})
    assert answer.status_code == 400
    assert "4567" not in answer.content.decode()
    with pytest.raises(Invalid):
        reveal.ask(post_id=post.pk, reason=reason, by=people["lead"])


def test_nobody_leafs_through_the_masked(client, people, post, monkeypatch):
    monkeypatch.setattr(reveal, "MOST_AN_HOUR", 2)
    for _ in range(2):
        reveal.ask(post_id=post.pk, reason=WHY, by=people["lead"])
    with pytest.raises(TooMany):
        reveal.ask(post_id=post.pk, reason=WHY, by=people["lead"])
    client.force_login(people["lead"])
    assert client.post(f"/posts/{post.pk}/reveal", {"reason": WHY}).status_code == 429
    Reveal.objects.update(at=clock.now() - timedelta(hours=2))
    assert reveal.ask(post_id=post.pk, reason=WHY, by=people["lead"])


def test_a_post_that_is_gone_is_not_found(client, people, db):
    client.force_login(people["lead"])
    assert client.get("/posts/1/reveal").status_code == 404
    with pytest.raises(Missing):
        reveal.ask(post_id=1, reason=WHY, by=people["lead"])
