"""What a report is generated from: confirmed facts alone, each figure as its evidence says."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from responder.incidents import merging
from responder.models import Event, Feed, FeedGap, Incident, Post, SituationReport, TeamArea, User
from responder.models.incident import UNANSWERED
from responder.models.polygons import rectangle
from responder.privacy.masking import HIDDEN
from responder.situation import facts, figures, past, sections, writing
from tests import masking_cases
from tests.responder.situation.conftest import Clock, settle

pytestmark = pytest.mark.django_db
Make = Callable[..., Incident]
Step = Callable[..., Incident]


def content(report: SituationReport) -> dict[str, Any]:
    return dict(writing.latest(report).facts.content)


def recount(event: Event, found: dict[str, Any]) -> None:
    """Every figure counted again: from its evidence, and, where it is about the present, from the tables."""
    rows = {one.pk: one for one in Incident.objects.filter(event=event)}
    posts = {one.pk: one for one in Post.objects.filter(event=event)}
    for key, figure in found["figures"].items():
        unit, value = figure["unit"], figure["value"]
        if unit == figures.PLACES:
            assert value == len({rows[pk].place_name for pk in figure["incidents"]}), key
        else:
            evidence = {"incidents": "incidents", "posts": "posts"}.get(unit, "others")
            assert value == len(set(figure[evidence])) == len(figure[evidence]), key
        assert set(figure.get("incidents", ())) <= rows.keys() and set(figure.get("posts", ())) <= posts.keys(), key
        assert figure.get("before") in (None, len(figure.get("incidents_before", figure.get("posts_before", ())))), key
    ids = {key: set(figure.get("incidents", ())) for key, figure in found["figures"].items()}
    counts = Incident.objects.filter(event=event, merged_into=None).exclude(verification="false")
    handled = counts.filter(status__in=("confirmed", "assigned", "on_the_way", "resolved"))
    confirmed = handled | counts.filter(verification="verified")
    assert ids["confirmed"] == set(confirmed.values_list("pk", flat=True))
    assert ids["going"] == set(confirmed.filter(status="on_the_way").values_list("pk", flat=True))
    waiting = set(Incident.objects.filter(UNANSWERED, event=event).values_list("pk", flat=True))
    assert ids["unanswered"] & waiting == waiting - ids["unconfirmed"]
    assert ids["unconfirmed"] == set(
        Incident.objects.filter(UNANSWERED, event=event, status="open")
        .exclude(verification="verified")
        .values_list("pk", flat=True)
    )
    assert {row["id"] for row in found["incidents"] if row["unanswered"]} == ids["unanswered"]
    for row in found["needs"]:
        assert all(rows[pk].needs[row["need"]] == "needed" and rows[pk].status != "resolved" for pk in row["needed"])
        assert all(rows[pk].needs[row["need"]] == "met" for pk in row["met"])


def test_only_confirmed_incidents_are_counted(
    event: Event, make_incident: Make, step: Step, draft: Any, now: Clock, people: dict[str, User]
) -> None:
    rumour, new = make_incident("Rumour"), make_incident("New")
    confirmed, assigned = make_incident("Confirmed"), make_incident("Assigned", severity=1)
    going, resolved, verified = make_incident("Going"), make_incident("Resolved"), make_incident("Verified")
    critical, source, target = make_incident("Critical", severity=1), make_incident("Source"), make_incident("Target")
    now.on(minutes=10)
    step(rumour, "confirm", "false")
    step(confirmed, "confirm")
    step(assigned, "confirm", "assign")
    step(going, "confirm", "assign", "set_off")
    step(resolved, "confirm", "resolve", outcome="handed_over")
    step(verified, "verify")
    step(source, "confirm"), step(target, "confirm")
    merging.merge(
        incident_id=source.pk, version=source.version, into_id=target.pk, into_version=target.version, by=people["lead"]
    )
    settle(now)
    now.on(minutes=10)
    found = content(draft())
    recount(event, found)
    value = {key: figure["value"] for key, figure in found["figures"].items()}
    assert value["confirmed"] == value["new"] == 6  # confirmed, assigned, going, resolved, verified, target
    assert (value["unanswered"], value["going"], value["critical"], value["handed-over"]) == (4, 1, 1, 1)
    assert found["figures"]["unconfirmed"]["incidents"] == [critical.pk]
    listed = [row["id"] for row in found["incidents"]]
    assert listed[0] == assigned.pk and listed[-1] == resolved.pk  # unanswered first, the worst of them first
    assert not {rumour.pk, new.pk, source.pk, critical.pk} & set(listed)


def test_a_change_is_against_the_period_before(
    event: Event, make_incident: Make, step: Step, draft: Any, now: Clock
) -> None:
    old, older = make_incident("Old"), make_incident("Older")
    step(older, "confirm")
    now.on(hours=4)
    step(old, "confirm")
    now.on(hours=4)  # the period of six hours begins here, less six
    step(old, "assign", "set_off")
    fresh = step(make_incident("Fresh"), "confirm")
    now.on(minutes=5)
    found = content(draft())["figures"]
    assert (found["confirmed"]["value"], found["confirmed"]["before"]) == (3, 1)
    assert (found["confirmed"]["incidents_before"], found["going"]["before"]) == ([older.pk], 0)
    assert set(found["new"]["incidents"]) == {old.pk, fresh.pk} and found["new"]["incidents_before"] == [older.pk]
    assert (found["unanswered"]["value"], found["unanswered"]["before"]) == (2, 1)
    assert [figures.shown(found["confirmed"], part) for part in ("", "before", "change")] == ["3", "1", "+2"]


def test_the_past_is_read_back_from_the_timeline(event: Event, make_incident: Make, step: Step, now: Clock) -> None:
    incident, times, states = make_incident("Any"), [now()], ["open"]
    for verb, state in (
        ("confirm", "confirmed"), ("assign", "assigned"), ("set_off", "on_the_way"), ("turn_back", "assigned"),
        ("set_off", "on_the_way"), ("resolve", "resolved"),
    ):  # fmt: skip
        now.on(minutes=7)
        step(incident, verb)
        times.append(now())
        states.append(state)
    found = past.at_times(event, times)
    assert [rows[incident.pk].status for rows in found] == states
    assert [rows[incident.pk].is_unanswered for rows in found] == [False, True, True, False, True, False, False]
    assert past.at_times(event, [times[0] - timedelta(seconds=1)]) == [{}]


def test_an_undone_step_is_read_back_too(
    event: Event, make_incident: Make, step: Step, now: Clock, people: dict[str, User]
) -> None:
    from responder.incidents import undoing

    incident = make_incident("Any")
    now.on(minutes=1)
    step(incident, "confirm")
    between = now()
    now.on(minutes=1)
    entry = incident.entries.get(verb="confirm")
    undoing.undo(incident_id=incident.pk, version=incident.version, entry_id=entry.pk, by=people["lead"])
    settle(now)
    before, now_again = past.at_times(event, [between, now()])
    assert (before[incident.pk].status, now_again[incident.pk].status) == ("confirmed", "open")


def test_independent_authors_are_counted_once(make_incident: Make, step: Step, draft: Any) -> None:
    same = ("Water is rising in our street, we need boats", "Water is rising in our street, we need boats!!")
    copied = step(make_incident("Copied", texts=same), "confirm")
    own = (
        "The bridge has gone, nobody can cross",
        "Two families sit on the roof of the school",
        "We need drinking water",
    )
    true = step(make_incident("Own", texts=own), "confirm")
    found = content(draft())
    authors = {row["id"]: row["authors"] for row in found["incidents"]}
    assert authors == {copied.pk: 1, true.pk: 3}
    assert found["figures"]["single"]["incidents"] == [copied.pk]
    assert found["figures"]["confirmed"]["authors"] == 4


def test_needs_by_place_are_those_that_people_ticked(event: Event, make_incident: Make, step: Step, draft: Any) -> None:
    beira = step(make_incident(needs={"water": "needed", "food": "met"}), "confirm")
    other = step(make_incident(needs={"water": "needed"}, place_name="Nsanje"), "confirm")
    closed = step(make_incident(needs={"shelter": "needed"}), "confirm", "resolve")
    make_incident(needs={"water": "needed"})  # nobody confirmed it
    found = content(draft())
    recount(event, found)
    assert {(row["place"], row["need"]): (row["needed"], row["met"]) for row in found["needs"]} == {
        ("Beira", "water"): ([beira.pk], []), ("Nsanje", "water"): ([other.pk], []), ("Beira", "food"): ([], [beira.pk]),
    }  # fmt: skip
    assert closed.pk in found["figures"]["done"]["incidents"]


def test_damage_is_told_by_place(make_incident: Make, step: Step, draft: Any) -> None:
    bridge = step(make_incident("Bridge", category=facts.DAMAGE), "confirm")
    step(make_incident("Road", category=facts.DAMAGE), "confirm", "resolve")
    assert [(row["place"], row["incidents"]) for row in content(draft())["access"]] == [("Beira", [bridge.pk])]


def test_posts_are_counted_where_people_reviewed_them(
    event: Event, make_post: Callable[..., Post], draft: Any, now: Clock, people: dict[str, User]
) -> None:
    reviewed = {"reviewed_by": people["reviewer"], "reviewed_at": now() - timedelta(hours=1)}
    yes = [make_post(status=status, **reviewed).pk for status in ("confirmed", "corrected")]
    make_post(status="dismissed", **reviewed)
    make_post()
    before = make_post(status="confirmed", reviewed_by=people["reviewer"], reviewed_at=now() - timedelta(hours=7))
    found = content(draft())["figures"]["reviewed"]
    assert (found["posts"], found["posts_before"], found["unit"]) == (yes, [before.pk], "posts")
    assert "Posts" in found["label"]


def test_what_is_unknown_is_said(
    event: Event, make_post: Callable[..., Post], draft: Any, now: Clock, people: dict[str, User]
) -> None:
    at = now() - timedelta(minutes=30)
    TeamArea.objects.create(event=event, name="Coast", area=rectangle(34.0, -20.5, 35.5, -19.0))
    silent = TeamArea.objects.create(event=event, name="Inland", area=rectangle(33.0, -18.0, 33.5, -17.0))
    make_post(created_at=at)
    unread = make_post(created_at=at, group="unmeasured", lang="am", severity=None)
    unplaced = make_post(created_at=at, severity=1, latitude=None, longitude=None)
    make_post(created_at=at - timedelta(days=2), severity=1, latitude=None, longitude=None)
    feed = Feed.objects.create(event=event, name="Radio feed", kind="rss")
    gap = FeedGap.objects.create(feed=feed, began_at=at, state="open", why="silent")
    FeedGap.objects.create(feed=feed, began_at=at, ended_at=at, state="refilled", why="silent")
    found = content(draft())
    recount(event, found)
    figure = found["figures"]
    assert (figure["silent-areas"]["others"], figure["silent-areas"]["names"]) == ([silent.pk], ["Inland"])
    assert figure["unread"]["posts"] == [unread.pk] and figure["unread"]["names"] == ["Amharic (1)"]
    assert figure["unplaced"]["posts"] == figure["unreviewed"]["posts"] == [unplaced.pk]
    assert figure["gaps"]["others"] == [gap.pk] and "Radio feed" in figure["gaps"]["names"][0]
    assert "Beira" not in figure["silent-towns"]["names"] and "Quelimane" in figure["silent-towns"]["names"]
    text = sections.generated(found)["unknown"]
    assert "{silent-areas.names}" in text and "{gaps.names}" in text


def test_figures_are_bounded_and_say_so(
    event: Event, make_post: Callable[..., Post], draft: Any, now: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "MOST_POSTS", 2)
    for _number in range(4):
        make_post(created_at=now() - timedelta(hours=1), severity=1)
    figure = content(draft())["figures"]["unreviewed"]
    assert (figure["value"], len(figure["posts"]), figures.shown(figure)) == (2, 2, "2+")


def test_nothing_in_the_facts_shows_what_masking_hides(
    event: Event, make_incident: Make, step: Step, draft: Any
) -> None:
    cases = [case for case in masking_cases.read() if case.kind != masking_cases.KEPT and len(case.text) < 150][:150]
    for case in cases:
        step(
            make_incident(case.text[:200], public_summary=case.text, place_name=case.text[:200], place_by_person=True),
            "confirm",
        )
    found = content(draft())
    assert len(found["incidents"]) == len(cases)
    by_title = {row["title"] for row in found["incidents"]}
    for case in cases:
        assert not masking_cases.secret(case) or case.text not in by_title or HIDDEN in "".join(by_title)
    from responder.privacy.masking import mask

    texts = [row[name] for row in found["incidents"] for name in ("title", "place", "summary")]
    assert all(mask(text) == text for text in texts)
    assert sum(HIDDEN in text for text in texts) >= 0.9 * len(texts)


def test_positions_are_coarse(make_incident: Make, step: Step, draft: Any) -> None:
    step(make_incident(), "confirm")
    assert content(draft())["incidents"][0]["position"] == [-19.8, 34.8]


def test_another_event_is_another_report(event: Event, make_incident: Make, step: Step, draft: Any) -> None:
    other = Event.objects.create(ref="quake", name="Quake")
    step(make_incident(event=other), "confirm")
    assert content(draft())["figures"]["confirmed"]["value"] == 0


def test_generating_takes_as_many_queries_for_many_incidents(
    event: Event, make_incident: Make, step: Step, draft: Any, django_assert_num_queries: Any, now: Clock
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            facts.gather(event, now() - timedelta(hours=6), now())
        return len(captured)

    step(make_incident(texts=("One",)), "confirm")
    few = queries()
    for number in range(6):
        step(make_incident(f"More {number}", texts=(f"Text {number} of its own",)), "confirm")
    assert queries() == few
