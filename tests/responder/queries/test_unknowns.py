"""What an event's posts cannot tell, judged by posts at real towns of Mozambique."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from classifier import clock
from responder.models import Event, Feed, FeedGap, Post, TeamArea
from responder.queries import cells, unknowns

pytestmark = pytest.mark.django_db
MakePost = Callable[..., Post]
BEIRA, CHIMOIO, TETE = (-19.84, 34.84), (-19.12, 33.48), (-16.16, 33.59)


def at(point: tuple[float, float], hours: float = 1.0) -> dict[str, Any]:
    return {"latitude": point[0], "longitude": point[1], "created_at": clock.now() - timedelta(hours=hours)}


def whys(event: Event) -> dict[str, str]:
    return {place.name: place.why for place in unknowns.silence(event).places}


def test_places_that_say_nothing_stopped_or_say_little(event: Event, make_post: MakePost) -> None:
    silent = whys(event)
    assert silent["Beira"] == silent["Chimoio"] == "never"
    for _number in range(30):
        make_post(**at(BEIRA))
    make_post(**at(CHIMOIO, hours=10))
    make_post(**at(TETE, hours=80))  # before what is compared
    silent = whys(event)
    assert "Beira" not in silent
    assert (silent["Chimoio"], silent["Tete"]) == ("stopped", "never")
    make_post(**at(CHIMOIO))
    assert whys(event)["Chimoio"] == "fewer"  # its share of the people lets expect several
    for _number in range(12):
        make_post(**at(CHIMOIO))
    assert "Chimoio" not in whys(event)


def test_earlier_posts_of_a_place_count_as_expectation(event: Event, make_post: MakePost) -> None:
    for number in range(72):
        make_post(**at(TETE, hours=7 + number / 2))
    make_post(**at(TETE))
    (tete,) = [place for place in unknowns.silence(event).places if place.name == "Tete"]
    assert (tete.why, tete.recent, tete.earlier, tete.expected) == ("fewer", 1, 72, 6.0)


def test_largest_towns_come_first_and_only_within_the_area(event: Event) -> None:
    silence = unknowns.silence(event)
    people = [place.people for place in silence.places]
    assert people == sorted(people, reverse=True) and silence.people >= sum(people[:5])
    assert len(silence.places) <= unknowns.MOST_SHOWN and min(people) >= unknowns.LEAST_PEOPLE
    assert "Maputo" not in whys(event)  # south of the event
    around = [[[34.5, -20.2], [35.2, -20.2], [35.2, -19.5], [34.5, -19.5], [34.5, -20.2]]]
    event.area = {"type": "Polygon", "coordinates": around}
    event.west, event.south, event.east, event.north = 34.5, -20.2, 35.2, -19.5
    assert set(whys(event)) <= {"Beira", "Dondo"} and "Beira" in whys(event)


def test_event_without_area_uses_its_countries_and_one_with_neither_says_so(event: Event) -> None:
    event.west = event.south = event.east = event.north = None
    assert "Maputo" in whys(event) and "Johannesburg" not in whys(event)
    event.country_codes = []
    assert not unknowns.silence(event).is_known and not unknowns.silence(event).places


def test_closed_event_is_judged_by_when_it_was_closed(event: Event, make_post: MakePost) -> None:
    make_post(**at(BEIRA, hours=50))
    event.state, event.state_at = Event.State.CLOSED, clock.now() - timedelta(hours=48)
    assert "Beira" not in whys(event)


def test_silent_area_of_a_team(event: Event, make_post: MakePost) -> None:
    assert unknowns.silence(event).areas_looked_at == 0  # not known, which the page says
    ring = [[34.5, -20.2], [35.2, -20.2], [35.2, -19.5], [34.5, -19.5], [34.5, -20.2]]
    TeamArea.objects.create(event=event, name="Coast", area={"type": "Polygon", "coordinates": [ring]})
    (area,) = unknowns.silence(event).areas
    assert (area.name, area.why) == ("Coast", "never") and area.people > 400_000
    make_post(**at(BEIRA, hours=9))
    assert unknowns.silence(event).areas[0].why == "stopped"
    make_post(**at(BEIRA))
    known = unknowns.silence(event)
    assert (known.areas, known.areas_looked_at) == ([], 1)


def test_unread_languages(event: Event, make_post: MakePost) -> None:
    for lang in ("ny", "ny", "ny-MW", "sw", ""):
        make_post(group="unmeasured", lang=lang)
    make_post(group="unmeasured", lang="ny", status="dismissed")
    make_post(lang="ny")
    assert unknowns.unread_languages(event) == ([("ny", 3), ("", 1), ("sw", 1)], False)


def test_counts_are_bounded(event: Event, make_post: MakePost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unknowns, "MOST_UNREAD", 2)
    for _number in range(3):
        make_post(group="unmeasured", lang="ny")
    assert unknowns.unread_languages(event) == ([("ny", 2)], True)


def test_urgent_posts_without_a_place(event: Event, make_post: MakePost) -> None:
    critical = make_post(severity=1, latitude=None, longitude=None)
    high = make_post(severity=2, latitude=None, longitude=None)
    make_post(severity=3, latitude=None, longitude=None)
    make_post(severity=1)
    confirmed = make_post(severity=1, latitude=None, longitude=None, status="confirmed")  # which puts it on no map
    make_post(severity=1, latitude=None, longitude=None, response=2)
    make_post(severity=1, latitude=None, longitude=None, status="dismissed")
    assert list(unknowns.urgent_without_place(event)) == [critical, confirmed, high]


def test_gaps_of_the_events_feeds(event: Event) -> None:
    now = clock.now()
    feed = Feed.objects.create(name="Sky", kind="bluesky", event=event)
    other = Feed.objects.create(name="Elsewhere", kind="bluesky", event=Event.objects.create(ref="x", name="X"))
    open_one = FeedGap.objects.create(feed=feed, began_at=now - timedelta(days=3), why="Down")
    lost = FeedGap.objects.create(
        feed=feed, state="lost", began_at=now - timedelta(hours=9), ended_at=now - timedelta(hours=8), why=""
    )
    FeedGap.objects.create(
        feed=feed, state="lost", began_at=now - timedelta(days=9), ended_at=now - timedelta(days=8), why=""
    )
    FeedGap.objects.create(feed=feed, state="refilled", began_at=now, ended_at=now, why="")
    FeedGap.objects.create(feed=other, began_at=now, why="")
    assert set(unknowns.gaps(event, None)) == {open_one, lost}
    assert unknowns.gaps(event, frozenset()) == []


def test_few_queries_whatever_there_is(event: Event, make_post: MakePost, django_assert_num_queries: Any) -> None:
    for number in range(25):
        make_post(**at((-19.84 + number / 50, 34.84)))
    # Posts by cell and areas of teams; PostgreSQL is given room to count in a transaction, which takes three more.
    with django_assert_num_queries(5 if connection.vendor == "postgresql" else 2):
        unknowns.silence(event)


def test_counting_uses_an_index(event: Event, make_post: MakePost) -> None:
    make_post()
    now = clock.now()
    with connection.execute_wrapper(_explained := _Explained()):
        cells.count(event, since=now - timedelta(days=3), recent=now, until=now)
        unknowns.unread_languages(event)
        list(unknowns.urgent_without_place(event))
    plans = [plan for plan in _explained.plans if "responder_post" in plan]
    whole = [plan for plan in plans if SEQUENTIAL.search(plan)]
    assert len(plans) == 3 and not whole


SEQUENTIAL = re.compile(r"SCAN responder_post(?!.*USING)|Seq Scan on responder_post")


class _Explained:
    """The plans of the queries that ran. PostgreSQL is kept from reading a small table whole."""

    def __init__(self) -> None:
        self.plans: list[str] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT") and connection.vendor == "sqlite":
            cursor = connection.connection.cursor()
            rows = cursor.execute(f"EXPLAIN QUERY PLAN {sql % tuple(['?'] * sql.count('%s'))}", params).fetchall()
            self.plans.append("\n".join(str(row[-1]) for row in rows))
        if sql.startswith("SELECT") and connection.vendor == "postgresql":
            with connection.connection.cursor() as cursor:
                cursor.execute("SET enable_seqscan = off")
                rows = cursor.execute(f"EXPLAIN {sql}", params).fetchall()
                cursor.execute("SET enable_seqscan = on")
            self.plans.append("\n".join(str(row[0]) for row in rows))
        return execute(sql, params, many, context)
