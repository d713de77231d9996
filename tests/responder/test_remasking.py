"""An update masks what an older masker had stored; it may be interrupted and repeated, and overwrites nobody."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from responder import remasking
from responder.classification import locating
from responder.incidents import handling, membership, undoing
from responder.models import CapAlert, Incident, IncidentEntry, PartnerFeedback, Post, PostWords, SavedView, User
from responder.partners import tokens
from responder.queries.mercator import project
from responder.web import saved_views

pytestmark = pytest.mark.django_db
PERSONAL = "Call +258 84 123 4567"
EXACT = (-19.84362, 34.83891)
MakePost = Callable[..., Post]


def upgrade() -> None:
    import_module("responder.migrations.0032_masked_again_3").mask_again(apps, None)


@pytest.fixture
def exact_post(make_post: MakePost) -> Post:
    return make_post(latitude=EXACT[0], longitude=EXACT[1], radius_km=0.05)  # with the grid of the exact position


@pytest.fixture
def incident(exact_post: Post, people: dict[str, User]) -> Incident:
    made = membership.create(post_ids=[exact_post.pk], by=people["lead"], title="Water")
    Incident.objects.update(title=PERSONAL, public_summary=PERSONAL, latitude=EXACT[0], longitude=EXACT[1])
    made.refresh_from_db()
    return made


def test_exact_positions_leave_the_map_and_others_stay(exact_post: Post, make_post: MakePost) -> None:
    town = make_post(latitude=EXACT[0], longitude=EXACT[1], radius_km=9)
    upgrade()
    exact_post.refresh_from_db()
    town.refresh_from_db()
    assert (exact_post.grid_x, exact_post.grid_y) == project(-19.84, 34.84)
    assert (exact_post.latitude, exact_post.longitude) == EXACT  # the post's own place, masked whenever it is shown
    assert (town.grid_x, town.grid_y) == project(*EXACT)
    locating.put_on_map(exact_post, _place(exact_post))
    assert (exact_post.grid_x, exact_post.grid_y) == project(-19.84, 34.84)


def _place(post: Post) -> dict[str, Any]:
    names = {"name": "", "type": "", "country_code": ""}
    return names | {name: getattr(post, name) for name in ("latitude", "longitude", "radius_km")}


def test_incidents_are_masked_and_places_that_people_set_stay(incident: Incident, people: dict[str, User]) -> None:
    typed = Incident.objects.create(title="School", latitude=EXACT[0], longitude=EXACT[1], place_by_person=True)
    upgrade()
    incident.refresh_from_db()
    typed.refresh_from_db()
    assert (incident.title, incident.public_summary) == ("Call •••", "Call •••")
    assert (incident.latitude, incident.longitude) == (-19.84, 34.84)
    assert (typed.latitude, typed.longitude) == EXACT


def test_an_undo_brings_nothing_unmasked_back(incident: Incident, people: dict[str, User]) -> None:
    entry = handling.edit(
        incident_id=incident.pk, version=incident.version, by=people["lead"], title="Water at Beira", place_name="Beira"
    )
    upgrade()
    incident.refresh_from_db()
    undoing.undo(incident_id=incident.pk, version=incident.version, entry_id=entry.pk, by=people["lead"])
    incident.refresh_from_db()
    assert (incident.title, incident.latitude, incident.longitude) == ("Call •••", -19.84, 34.84)


def test_words_of_partners_positions_of_drafts_and_names_of_views_are_masked(
    incident: Incident, exact_post: Post, people: dict[str, User]
) -> None:
    partner = people["partner"]
    token, _secret = tokens.issue(owner=partner, organisation="R", name="t", scopes=["write:feedback"], by=partner)
    PartnerFeedback.objects.create(
        post=exact_post, token=token, owner=partner, organisation="R", place=PERSONAL, note=PERSONAL
    )
    IncidentEntry.objects.create(incident=incident, verb="comment", note=PERSONAL, version=1)
    note = IncidentEntry.objects.create(incident=incident, verb="note", note=PERSONAL, version=1)
    alert = CapAlert.objects.create(
        created_by=people["lead"], latitude=EXACT[0], longitude=EXACT[1], radius_km=0.05, expires_at=note.at
    )
    for name in (PERSONAL, "Call +258 84 765 4321", "Call •••"):
        SavedView.objects.create(name=name, page="map", owner=people["viewer"])
    upgrade()
    assert set(PartnerFeedback.objects.values_list("place", "note")) == {("Call •••", "Call •••")}
    assert IncidentEntry.objects.get(verb="comment").note == "Call •••"
    assert IncidentEntry.objects.get(verb="note").note == PERSONAL  # masked for those who read it
    alert.refresh_from_db()
    assert (alert.latitude, alert.longitude) == (-19.84, 34.84)
    assert sorted(SavedView.objects.values_list("name", flat=True)) == ["Call •••", "Call ••• 2", "Call ••• 3"]


def test_a_repetition_changes_nothing_and_the_command_takes_in_the_words(
    incident: Incident, exact_post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    PostWords.objects.filter(post=exact_post).update(document=" tel841234567 ")
    call_command("mask_again")
    said = capsys.readouterr().out
    assert "positions of posts on the map: 1 changed" in said and "words of search: 1 changed" in said
    assert set(remasking.mask_again(lambda name: apps.get_model("responder", name)).values()) == {0}


def test_rows_are_read_in_batches_and_what_was_done_before_an_interruption_stays(
    make_post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    Incident.objects.bulk_create(Incident(title=PERSONAL) for _ in range(5))
    monkeypatch.setattr(remasking, "AT_ONCE", 2)
    in_batches = remasking._in_batches

    def interrupted(rows: Any) -> Iterator[Any]:
        for number, row in enumerate(in_batches(rows)):
            if number == 3:
                raise KeyboardInterrupt
            yield row

    monkeypatch.setattr(remasking, "_in_batches", interrupted)
    with pytest.raises(KeyboardInterrupt):
        upgrade()
    assert Incident.objects.filter(title="Call •••").count() == 3
    monkeypatch.setattr(remasking, "_in_batches", in_batches)
    upgrade()
    assert Incident.objects.filter(title="Call •••").count() == 5


def test_what_somebody_wrote_meanwhile_stays(incident: Incident) -> None:
    stale = Incident.objects.get(pk=incident.pk)
    Incident.objects.filter(pk=incident.pk).update(title="Water at Beira")
    assert not remasking._rewrite(stale, remasking._incident(stale))
    incident.refresh_from_db()
    assert incident.title == "Water at Beira"


def test_what_is_written_now_is_masked(exact_post: Post, people: dict[str, User]) -> None:
    view = saved_views.save(name=PERSONAL, page="map", query="", scope="me", by=people["viewer"])
    assert view.name == "Call •••"
    made = membership.create(post_ids=[exact_post.pk], by=people["lead"])
    made.refresh_from_db()
    assert (made.latitude, made.longitude) == (-19.84, 34.84)
