"""A person puts a post where it is, or off the map: for good, undoable, and taught to the place finder."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from classifier import place_labels
from classifier.models import PlaceLabel
from classifier.places import measure, search
from monitoring.models import AuditEvent
from responder import triage
from responder.chosen_place import ChosenPlace
from responder.classification import locating, pipeline
from responder.errors import Conflict, Invalid, Missing, NotPermitted
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.models import Change, Event, Incident, IncidentPost, Place, Post, PostEmbedding, PostWords, User
from responder.queries import items
from responder.queries import posts as visible_posts
from responder.queries.mercator import project
from responder.triage import placing

Make = Callable[..., Post]
People = dict[str, User]
PIN = ChosenPlace("The school of Buzi", -19.88, 34.6, 2.0)


def placed(post: Post) -> tuple[Any, ...]:
    post.refresh_from_db()
    return post.place_name, post.latitude, post.longitude, post.radius_km


def test_a_pin_moves_the_post_and_leaves_its_records(make_post: Make, people: People) -> None:
    post = make_post()
    (action,) = triage.place(post_id=post.pk, version=1, by=people["reviewer"], choice=PIN)
    assert placed(post) == ("The school of Buzi", -19.88, 34.6, 2.0)
    assert (post.place_type, post.country_code) == ("coordinates", "")
    assert (post.grid_x, post.grid_y) == project(-19.88, 34.6)
    assert (post.placed_by, post.status, post.version) == (people["reviewer"], "unreviewed", 2)
    assert (action.before["place_name"], action.after["place_name"]) == ("Beira", "The school of Buzi")
    assert Change.objects.get().kind == "decided"
    recorded = AuditEvent.objects.get(action="post.place")
    assert (recorded.actor, recorded.object_id) == ("user:reviewer-ana", str(post.pk))
    assert "Buzi" not in str(recorded.detail)
    assert "buzi" in PostWords.objects.get(post=post).place
    assert visible_posts.classified().filter(place_name="The school of Buzi").exists()


def test_a_place_of_the_gazetteer_keeps_its_type_and_country(make_post: Make, people: People) -> None:
    post, entry = make_post(), search.search("Chimoio")[0]
    choice = ChosenPlace.parse(
        latitude=entry.latitude, longitude=entry.longitude, radius_km="10", gazetteer_id=entry.id
    )
    triage.place(post_id=post.pk, version=1, by=people["reviewer"], choice=choice)
    assert placed(post) == ("Chimoio", pytest.approx(entry.latitude), pytest.approx(entry.longitude), 10.0)
    assert (post.place_type, post.country_code) == (entry.type, "MZ")


def test_what_a_person_typed_is_masked(make_post: Make, people: People) -> None:
    post = make_post()
    choice = ChosenPlace("Hut of +258 84 123 4567", -19.88, 34.6, 2.0)
    triage.place(post_id=post.pk, version=1, by=people["reviewer"], choice=choice)
    assert "4567" not in placed(post)[0]


def test_no_place_takes_the_post_off_the_map_and_is_undone(make_post: Make, people: People) -> None:
    post = make_post()
    Place.objects.create(
        post=post, text="Beira", start=0, end=5, name="Beira", type="city", country_code="MZ", latitude=-19.84,
        longitude=34.84, radius_km=9.0, score=0.9, chosen=True,
    )  # fmt: skip
    triage.no_place(post_id=post.pk, version=1, by=people["reviewer"])
    assert placed(post) == ("", None, None, None)
    assert (post.grid_x, post.placed_by) == (None, people["reviewer"])
    item = items.find(post.pk, User(is_superuser=True))
    assert item and item["place"] is None and item["placed"]["by"] == people["reviewer"].display_name
    assert item["undo_place"]
    triage.undo(post_id=post.pk, version=2, by=people["reviewer"])
    assert placed(post) == ("Beira", -19.84, 34.84, 9.0)
    assert (post.placed_by, post.placed_at, post.place_type, post.country_code) == (None, None, "city", "MZ")


def test_an_undo_brings_back_the_person_before(make_post: Make, people: People) -> None:
    post, other = make_post(), ChosenPlace("Dondo", -19.6, 34.74, 10.0)
    triage.place(post_id=post.pk, version=1, by=people["reviewer"], choice=PIN)
    triage.place(post_id=post.pk, version=2, by=people["lead"], choice=other)
    assert placed(post)[0] == "Dondo"
    triage.undo(post_id=post.pk, version=3, by=people["lead"])
    assert placed(post) == ("The school of Buzi", -19.88, 34.6, 2.0)
    assert post.placed_by == people["reviewer"] and post.placed_at is not None
    with pytest.raises(NotPermitted):
        triage.undo(post_id=post.pk, version=4, by=User.objects.create_user("other"))


def test_what_another_person_decided_stays(make_post: Make, people: People) -> None:
    post = make_post()
    triage.place(post_id=post.pk, version=1, by=people["reviewer"], choice=PIN)
    triage.confirm(post_id=post.pk, version=2, by=people["reviewer"])
    triage.undo(post_id=post.pk, version=3, by=people["reviewer"])
    assert placed(post)[0] == "The school of Buzi"
    assert post.status == "unreviewed"


def test_the_second_of_two_people_learns_who_was_first(make_post: Make, people: People) -> None:
    post = make_post()
    triage.place(post_id=post.pk, version=1, by=people["lead"], choice=PIN)
    with pytest.raises(Conflict) as refused:
        triage.no_place(post_id=post.pk, version=1, by=people["reviewer"])
    assert (refused.value.by, refused.value.version) == (people["lead"].display_name, 2)
    assert refused.value.what == "Set the place: The school of Buzi"
    with pytest.raises(Missing):
        triage.no_place(post_id=10**9, version=1, by=people["reviewer"])
    with pytest.raises(NotPermitted):
        triage.place(post_id=post.pk, version=2, by=people["viewer"], choice=PIN)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="one writer at a time on in-memory SQLite")
def test_of_people_at_the_same_moment_one_places(make_post: Make, people: People) -> None:
    post, done, refused = make_post(), [], []

    def decide(number: int) -> None:
        try:
            choice = ChosenPlace(f"Place {number}", -19.0, 34.0 + number / 10, 2.0)
            done.append(triage.place(post_id=post.pk, version=1, by=people["reviewer"], choice=choice))
        except Conflict:
            refused.append(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(done), len(refused)) == (1, 5)
    assert PlaceLabel.objects.count() == 1
    post.refresh_from_db()
    assert post.version == 2


def test_copies_are_placed_only_where_that_is_asked_for(make_post: Make, people: People) -> None:
    post, copy, own = (make_post(text="The bridge is gone", text_key="same") for _ in range(3))
    elsewhere = make_post(text="The bridge is gone", text_key="same", event=None)
    triage.place(post_id=own.pk, version=1, by=people["lead"], choice=ChosenPlace("Dondo", -19.6, 34.74, 10.0))
    triage.place(post_id=post.pk, version=1, by=people["reviewer"], choice=PIN)
    assert placed(copy)[0] == "Beira"
    done = triage.place(post_id=post.pk, version=2, by=people["reviewer"], choice=PIN, copies=True)
    assert [action.post_id for action in done] == [post.pk, copy.pk]
    assert [placed(one)[0] for one in (copy, own, elsewhere)] == ["The school of Buzi", "Dondo", "Beira"]
    triage.take_back(post_id=post.pk, version=3, by=people["reviewer"], copies=True)
    copy.refresh_from_db()
    assert (copy.placed_by, post.pk) == (None, post.pk)
    assert placed(post)[0] == "The school of Buzi"


# --- a person's place against every rule
OLD, NEW = "Families trapped on a roof in Beira, please send boats", "Families at Chimoio are safe now, no boats needed"


def test_an_edit_and_a_new_classification_keep_a_persons_place(event: Event, people: People) -> None:
    ingest.accept(posts=[RawPost("1", OLD, revision="1")], source="wire", event=event)
    pipeline.drain()
    post = Post.objects.get()
    triage.place(post_id=post.pk, version=post.version, by=people["reviewer"], choice=PIN)
    ingest.accept(posts=[RawPost("1", NEW, revision="2")], source="wire", event=event)
    assert PlaceLabel.objects.get().text == ""  # people judged other words
    pipeline.drain()
    assert placed(post) == ("The school of Buzi", -19.88, 34.6, 2.0)
    assert post.text == NEW and post.placed_by == people["reviewer"] and post.placed_before_edit
    item = items.find(post.pk, User(is_superuser=True))
    assert item and item["placed"]["before_edit"] and item["place"]["source_phrase"].startswith("set by ")
    assert "buzi" in PostWords.objects.get(post=post).place
    triage.undo(post_id=post.pk, version=post.version, by=people["reviewer"])
    assert placed(post)[0] == "Chimoio"  # what the model reads in the text as it is now


def test_no_place_stays_although_the_model_finds_one(event: Event, people: People) -> None:
    ingest.accept(posts=[RawPost("1", OLD, revision="1")], source="wire", event=event)
    pipeline.drain()
    post = Post.objects.get()
    triage.no_place(post_id=post.pk, version=post.version, by=people["reviewer"])
    ingest.accept(posts=[RawPost("1", NEW, revision="2")], source="wire", event=event)
    pipeline.drain()
    assert placed(post) == ("", None, None, None)
    assert Place.objects.filter(post=post, chosen=True).exists()


def test_a_source_that_takes_its_position_back_leaves_a_persons_place(make_post: Make, people: People) -> None:
    post = make_post(source_position={"latitude": -19.8, "longitude": 34.8, "radius_km": 0.1})
    triage.place(post_id=post.pk, version=1, by=people["reviewer"], choice=PIN)
    post.refresh_from_db()
    locating.forget_source_position(post)
    assert placed(post)[0] == "The school of Buzi"
    triage.undo(post_id=post.pk, version=2, by=people["reviewer"])
    assert placed(post) == ("", None, None, None)  # what the source took back does not come back


# --- incidents
def _in_incident(event: Event, post: Post, by: User | None = None) -> Incident:
    incident = Incident.objects.create(event=event, title="x", latitude=-19.84, longitude=34.84, radius_km=9, size=1)
    IncidentPost.objects.create(incident=incident, post=post, state=IncidentPost.State.ACCEPTED, by=by)
    PostEmbedding.objects.create(
        post=post, event=event, space="s", cell=1, at=post.created_at, vector=b"", signature=b"", leads=True,
        grouped_at=post.created_at,
    )  # fmt: skip
    return incident


def test_a_post_leaves_a_rules_incident_that_is_elsewhere_and_is_grouped_again(
    event: Event, make_post: Make, people: People
) -> None:
    post, other = make_post(), make_post()
    incident = _in_incident(event, post)
    IncidentPost.objects.create(incident=incident, post=other, state=IncidentPost.State.ACCEPTED)
    triage.place(post_id=post.pk, version=1, by=people["reviewer"], choice=ChosenPlace("Tete", -16.15, 33.58, 10))
    embedding = PostEmbedding.objects.get(post=post)
    assert embedding.grouped_at is None and not embedding.leads and embedding.cell != 1
    incident.refresh_from_db()
    assert incident.size == 1 and incident.memberships.get().post == other


def test_a_post_takes_the_incident_along_that_it_alone_makes_up(event: Event, make_post: Make, people: People) -> None:
    post = make_post()
    incident = _in_incident(event, post)
    triage.place(post_id=post.pk, version=1, by=people["reviewer"], choice=ChosenPlace("Tete", -16.15, 33.58, 10))
    incident.refresh_from_db()
    assert incident.memberships.get().post == post and (incident.size, incident.place_name) == (1, "Tete")


def test_a_post_stays_in_an_incident_that_is_there_or_that_a_person_chose(
    event: Event, make_post: Make, people: People
) -> None:
    near, chosen = make_post(), make_post()
    here, theirs = _in_incident(event, near), _in_incident(event, chosen, people["lead"])
    triage.place(post_id=near.pk, version=1, by=people["reviewer"], choice=ChosenPlace("Port", -19.83, 34.83, 1))
    triage.place(post_id=chosen.pk, version=1, by=people["reviewer"], choice=ChosenPlace("Tete", -16.15, 33.58, 10))
    assert here.memberships.get().post == near and theirs.memberships.get().post == chosen
    assert PostEmbedding.objects.get(post=near).grouped_at is not None


# --- labels
def test_the_place_and_its_words_are_a_label(make_post: Make, people: People) -> None:
    post = make_post(text="Water at Buzi, near Beira")
    Place.objects.create(post=post, text="Buzi", start=9, end=13, score=0.2)
    Place.objects.create(
        post=post, text="Beira", start=20, end=25, name="Beira", type="city", country_code="MZ", latitude=-19.84,
        longitude=34.84, radius_km=9.0, score=0.9, chosen=True,
    )  # fmt: skip
    choice = ChosenPlace("Buzi", -19.88, 34.6, 2.0)
    triage.place(post_id=post.pk, version=1, by=people["reviewer"], choice=choice, mention="9-13")
    (label,) = place_labels.standing()
    assert (label.subject, label.text, label.event) == (f"post:{post.pk}", post.text, post.event.ref)
    assert (label.name, label.latitude, label.longitude, label.start, label.end) == ("Buzi", -19.88, 34.6, 9, 13)
    assert label.predicted == {"name": "Beira", "latitude": -19.84, "longitude": 34.84}
    row = place_labels.to_row(label)
    assert row["location_mentions"][0]["text"] == "Buzi"
    assert measure.measure([row], with_context=False)["n"] == 1


@pytest.mark.parametrize("mention", ["", "0-5", "9-14", "x", "-", "9-13-1", "9" * 40 + "-1", "٩-13", "\x00"])
def test_words_that_the_post_does_not_have_are_no_part_of_the_label(
    make_post: Make, people: People, mention: str
) -> None:
    post = make_post(text="Water at Buzi, near Beira")
    Place.objects.create(post=post, text="Buzi", start=9, end=13, score=0.2)
    triage.place(post_id=post.pk, version=1, by=people["reviewer"], choice=PIN, mention=mention)
    label = PlaceLabel.objects.get()
    assert (label.start, label.end, label.latitude) == (None, None, -19.88)


def test_an_undo_withdraws_the_label_and_the_one_before_counts_again(make_post: Make, people: People) -> None:
    post = make_post()
    triage.place(post_id=post.pk, version=1, by=people["reviewer"], choice=PIN)
    triage.no_place(post_id=post.pk, version=2, by=people["lead"])
    assert [label.latitude for label in place_labels.standing()] == [None]
    assert place_labels.to_row(place_labels.standing()[0])["place"] is None
    triage.undo(post_id=post.pk, version=3, by=people["lead"])
    assert [label.latitude for label in place_labels.standing()] == [-19.88]
    triage.undo(post_id=post.pk, version=4, by=people["reviewer"])
    assert place_labels.standing() == []


def test_exercises_teach_nothing(event: Event, make_post: Make, people: People) -> None:
    exercise = Event.objects.create(ref="drill", name="Drill", is_exercise=True)
    for post in (make_post(is_exercise=True), make_post(event=exercise)):
        triage.place(post_id=post.pk, version=1, by=people["reviewer"], choice=PIN)
    assert not PlaceLabel.objects.exists()


def test_an_exact_pin_is_stored_coarsely_in_labels(make_post: Make, people: People) -> None:
    post = make_post()
    choice = ChosenPlace("", -19.88123, 34.61234, 0.5)
    triage.place(post_id=post.pk, version=1, by=people["reviewer"], choice=choice)
    label = PlaceLabel.objects.get()
    assert (label.latitude, label.longitude) == (-19.88, 34.61)
    item = items.find(post.pk, User(is_superuser=True))
    assert item and (item["place"]["latitude"], item["place"]["name"]) == (-19.88, "Coordinates")


def test_a_repeated_request_places_once(make_post: Make, people: People) -> None:
    from uuid import uuid4

    post, batch = make_post(), uuid4()
    choice = triage.Choice(triage.Verb.PLACE, place=PIN)
    common: dict[str, Any] = {"post_id": post.pk, "version": 1, "by": people["reviewer"], "batch": batch}
    first = triage.decide(choice=choice, **common)
    assert triage.decide(choice=choice, **common) == first
    assert PlaceLabel.objects.count() == 1
    with pytest.raises(Invalid):
        triage.Choice(triage.Verb.CORRECT, "nothing")


def test_hidden_words_take_the_place_with_them(make_post: Make, people: People) -> None:
    post = make_post(text="Zelda waits at Quarrow Hill")
    triage.place(
        post_id=post.pk, version=1, by=people["reviewer"], choice=ChosenPlace("Quarrow Hill", -19.88, 34.6, 2.0)
    )
    post.refresh_from_db()
    placing.forget(post)
    post.refresh_from_db()
    assert post.placed_by is None
    action = post.actions.get()
    assert "Quarrow" not in str([action.before, action.after]) and "34.6" not in str([action.before, action.after])
    triage.undo(post_id=post.pk, version=2, by=people["reviewer"])
    assert placed(post) == ("", None, None, None)
