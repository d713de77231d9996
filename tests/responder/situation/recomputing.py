"""Every figure of a report computed again: from the evidence that it names, and from the tables by a way of its own.

For a report whose period begins before its incidents did and ends now, so that the tables still hold what it tells.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from classifier.places.distance import distance_km
from classifier.places.gazetteer import LARGE_PLACE, in_box
from responder.incidents import corroboration
from responder.models import Event, FeedGap, Incident, IncidentFact, IncidentPost, Post
from responder.queries import incidents as incident_queries
from responder.situation import facts as situation_facts
from responder.situation.figures import COMPARED

WORKED_ON = {"confirmed", "assigned", "on_the_way", "resolved"}
MARGIN_KM = 10.0
Ids = set[int]


def posts_of(incident_ids: Iterable[int]) -> Ids:
    rows = IncidentPost.objects.filter(incident__in=list(incident_ids), state="accepted")
    return set(rows.values_list("post", flat=True))


def independent(post_ids: Iterable[int]) -> int:
    """How many authors, each in their own words, wrote the newest of these posts."""
    posts = Post.objects.filter(pk__in=list(post_ids)).order_by("-created_at", "-pk")
    return corroboration.independent(list(posts[:COMPARED])) if posts else 0


def recompute(event: Event, found: dict[str, Any]) -> None:
    """Compare all figures, and the tables of incidents, needs and access, with the tables of the database."""
    start, end = (datetime.fromisoformat(found["period"][name]) for name in ("from", "to"))
    wanted = _of_incidents(event) | _of_posts(event, start, end)
    assert found["figures"].keys() == wanted.keys() | {"silent-areas", "silent-towns", "gaps"}
    for key, ids in wanted.items():
        figure = found["figures"][key]
        evidence = figure["posts"] if figure["unit"] == "posts" else figure["incidents"]
        assert (set(evidence), len(evidence)) == (ids, len(ids)), key
        counted = _places(ids) if key == "places" else len(ids)
        assert figure["value"] == counted, key
        if figure["unit"] == "posts":
            assert figure["authors"] == independent(ids), key
        if "before" in figure:  # nothing was there when the period began
            assert (figure["before"], figure.get("incidents_before", figure.get("posts_before"))) == (0, []), key
    _silence(event, found, start, end)
    _tables(event, found, wanted)


def confirmed_incidents(event: Event) -> list[Incident]:
    rows = Incident.objects.filter(event=event, merged_into=None).exclude(verification="false")
    return [one for one in rows if one.status in WORKED_ON or one.verification == "verified"]


def _of_incidents(event: Event) -> dict[str, Ids]:
    confirmed = confirmed_incidents(event)
    still_open = [one for one in confirmed if one.status != "resolved"]
    roads = {one.pk: stated_roads(one.pk) for one in still_open}

    def ids(rows: Iterable[Incident]) -> Ids:
        return {one.pk for one in rows}

    waiting = Incident.objects.filter(event=event, merged_into=None, severity=1, status="open")
    resolved = {
        key: ids(one for one in confirmed if one.status == "resolved" and one.outcome == outcome)
        for key, outcome in (
            ("done", "done"), ("cannot-be-met", "cannot_be_met"), ("handed-over", "handed_over"),
        )
    }  # fmt: skip
    return resolved | {
        "confirmed": ids(confirmed),
        "new": ids(confirmed),
        "unanswered": ids(one for one in still_open if one.status != "on_the_way"),
        "critical": ids(one for one in still_open if one.severity == 1),
        "going": ids(one for one in still_open if one.status == "on_the_way"),
        "places": ids(one for one in still_open if one.place_name),
        "unconfirmed": ids(waiting.exclude(verification__in=("false", "verified"))),
        "single": ids(one for one in still_open if independent(posts_of([one.pk])) < 2),
        "road-closed": {pk for pk, values in roads.items() if values.keys() == {"closed"}},
        "road-open": {pk for pk, values in roads.items() if values.keys() == {"open"}},
        "road-disputed": {pk for pk, values in roads.items() if len(values) == 2},
    }


def stated_roads(incident_id: int) -> dict[str, Ids]:
    """`closed` and `open` → the posts that state it; of the confirmed statements where there are any."""
    rows = IncidentFact.objects.filter(incident=incident_id, kind="access").exclude(state="withdrawn")
    known = posts_of([incident_id])
    found = [(fact.value, fact.state, fact.post_id) for fact in rows if fact.post_id in known]
    counted = [row for row in found if row[1] == "confirmed"] or found
    values = {value for value, _state, _post in counted}
    return {value: {post for of, _state, post in found if of == value and post} for value in values}


def _places(ids: Ids) -> int:
    return len(set(Incident.objects.filter(pk__in=ids).values_list("place_name", flat=True)))


def _of_posts(event: Event, start: datetime, end: datetime) -> dict[str, Ids]:
    posts = Post.objects.filter(event=event, state="classified")
    written = posts.filter(created_at__gte=start, created_at__lt=end)

    def ids(rows: QuerySet[Post]) -> Ids:
        return set(rows.values_list("pk", flat=True))

    return {
        "reviewed": ids(posts.filter(status__in=("confirmed", "corrected"), reviewed_at__gte=start, reviewed_at__lt=end)),
        "unplaced": ids(written.filter(severity__in=(1, 2), latitude=None).exclude(status="dismissed")),
        "unreviewed": ids(written.filter(severity=1, status="unreviewed")),
        "unread": ids(written.filter(group="unmeasured", status="unreviewed")),
    }  # fmt: skip


def _silence(event: Event, found: dict[str, Any], start: datetime, end: datetime) -> None:
    """Towns of which nothing was heard are exactly those without a post; of an event without areas and gaps."""
    figures = found["figures"]
    assert figures["gaps"]["value"] == FeedGap.objects.filter(feed__event=event).count() == 0
    assert figures["silent-areas"]["value"] == event.team_areas.count() == 0
    spots = list(
        Post.objects.filter(
            event=event, state="classified", created_at__gte=start, created_at__lt=end, latitude__isnull=False
        ).values_list("latitude", "longitude")
    )  # fmt: skip
    assert event.bbox
    towns = [
        town for town in in_box(*event.bbox, 40)
        if town.population >= LARGE_PLACE and town.country in event.country_codes
    ]  # fmt: skip
    silent = {
        town.id for town in towns
        if all(distance_km((town.latitude, town.longitude), spot) > max(town.radius_km, MARGIN_KM) for spot in spots)
    }  # fmt: skip
    assert set(figures["silent-towns"]["others"]) == silent
    assert figures["silent-towns"]["value"] == len(silent)


def _tables(event: Event, found: dict[str, Any], wanted: dict[str, Ids]) -> None:
    rows = {one.pk: one for one in confirmed_incidents(event)}
    listed = {row["id"]: row for row in found["incidents"]}
    assert len(listed) + found["more_incidents"] == len(rows)
    for pk, row in listed.items():
        one = rows[pk]
        assert (row["severity"], row["status"], row["outcome"]) == (one.severity, one.status, one.outcome)
        assert row["unanswered"] == (pk in wanted["unanswered"])
        assert row["is_assigned"] == bool(one.owner_id or one.team_id)
        assert (row["posts"], row["authors"]) == (len(posts_of([pk])), independent(posts_of([pk])))
        assert set(row["roads"]) == stated_roads(pk).keys()
    needs = {(row["place"], row["need"]): (set(row["needed"]), set(row["met"])) for row in found["needs"]}
    assert needs == _needs(rows.values())
    still_open = [one for one in rows.values() if one.status != "resolved"]
    told = {pk for row in found["access"] for pk in row["incidents"]}
    assert told == {one.pk for one in still_open if one.category == situation_facts.DAMAGE}
    stated = {(road["incident"], road["value"]): road for row in found["access"] for road in row["roads"]}
    assert {key: set(road["posts"]) for key, road in stated.items()} == {
        (one.pk, value): posts for one in still_open for value, posts in stated_roads(one.pk).items()
    }
    for road in stated.values():
        assert road["authors"] == independent(road["posts"])


def _needs(rows: Iterable[Incident]) -> dict[tuple[str, str], tuple[Ids, Ids]]:
    found: dict[tuple[str, str], tuple[Ids, Ids]] = {}
    for one in rows:
        for need, said in one.needs.items():
            if said == "met" or one.status != "resolved":
                pair = found.setdefault((incident_queries.place_name(one), need), (set(), set()))
                pair[said == "met"].add(one.pk)
    return found
