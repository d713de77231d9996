"""Every panel: its figures are those that counting the posts one by one gives, and its words claim no more."""

import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from classifier import categories
from classifier.models import Deployment, ModelVersion
from monitoring.models import Alert
from responder import triage
from responder.dashboards import annotations, app, parts, reviewtimes, scope
from responder.dashboards.panels import PANELS, TABLES
from responder.dashboards.panels.savings import hours_of
from responder.dashboards.scope import Scope
from responder.models import Event, Post, TriageAction
from responder.queries import posts
from responder.queries.filters import Filter

NOW = datetime(2026, 3, 4, 14, 7, tzinfo=UTC)
FILTERS = [
    "t=6h", "t=event", "t=24h&cat=needs", "t=6h&sev=1,2", "t=6h&status=review", "t=event&status=unanswered", "t=event&lang=pt&cat=needs,aside",
    "t=now-5h..now-1h", "t=6h&q=bridge&conf=3", "t=event&cat=missing_or_found_people",
]  # fmt: skip
PLACES = [("Beira", "MZ", 9.0), ("Chimoio", "MZ", 9.0), ("Sofala", "MZ", 140.0), ("", "", None)]


@pytest.fixture(autouse=True)
def _moment():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def crowd(make_post, people):
    """Makes posts by a seed: of every category, place, language and age; some decided, some of those undone."""

    def make(seed: int, many: int = 60) -> None:
        chance = random.Random(seed)
        for _ in range(many):
            name, country, radius = chance.choice(PLACES)
            category = chance.choice(categories.CATEGORY_IDS)
            at = NOW - timedelta(minutes=chance.randint(0, 600))
            placed = {} if name else {"latitude": None, "longitude": None}
            post = make_post(
                category=category, created_at=at, received_at=at, severity=chance.choice([1, 2, 3, 4, None]),
                lang=chance.choice(["en", "pt", "pt-BR", "", "und"]), text_key=f"k{chance.randint(0, 20)}",
                needs=chance.sample(["water", "food", "shelter"], chance.randint(0, 2)), place_name=name,
                country_code=country, radius_km=radius, band=chance.choice([1, 3, 5]),
                text=chance.choice(["the bridge fell", "water please"]), **placed,
            )  # fmt: skip
            _perhaps_decided(post, chance, people)

    return make


def _perhaps_decided(post: Post, chance: random.Random, people) -> None:
    by = chance.choice([people["reviewer"], people["lead"]])
    verb = chance.choice(["confirm", "dismiss", "correct", None])
    if verb is None:
        return
    more = {"category": "not_humanitarian"} if verb == "correct" else {}
    action = getattr(triage, verb)(post_id=post.pk, version=1, by=by, **more)
    late = post.received_at + timedelta(minutes=chance.choice([2, 7, 12, 59, 65, 300, 2000]))
    TriageAction.objects.filter(pk=action.pk).update(at=late)
    if chance.random() < 0.2:
        triage.undo(post_id=post.pk, version=2, by=by)


def looked(query: str, event: Event | None) -> Scope:
    return scope.from_filter(Filter.parse(QueryDict(query), None)[0], event)


def by_hand(scope: Scope, without: tuple[str, ...] = ()) -> list[Post]:
    """The posts of a scope, told apart in Python, one by one."""
    rows = Post.objects.filter(event=scope.event).prefetch_related("actions")
    return [
        post for post in rows
        if scope.start <= post.created_at < scope.end
        and scope.filter.matches(post, scope.as_of, without={"t", *without})
    ]  # fmt: skip


@pytest.mark.parametrize("query", FILTERS)
@pytest.mark.parametrize("seed", [1, 2])
def test_figures_equal_counts_by_hand(event, crowd, query, seed):
    crowd(seed)
    scope = looked(query, event)
    posts, every = by_hand(scope), by_hand(scope, without=("cat",))
    shown = {name: read(scope) for name, read in PANELS.items()}
    tiles = {tile.key: tile for tile in shown["figures"].tiles}
    unanswered = sum(
        p.severity == 1 and p.status != "dismissed" and (p.group != "aside" or p.status == "unreviewed") for p in posts
    )
    assert tiles["unanswered"].value == str(unanswered)
    assert tiles["needs"].value == str(sum(p.group == "needs" for p in posts))
    assert sum(row[-1] for row in shown["volume"].rows) == len(posts)
    _same_places(shown["places"], posts)
    _same_needs(shown["needs"], posts)
    kinds = Counter("none" if p.latitude is None else "near" if p.radius_km <= 10 else "area" for p in posts)
    assert [sum(column) for column in zip(*[row[1:] for row in shown["location"].rows], strict=True)] == [
        kinds["near"], kinds["area"], kinds["none"],
    ]  # fmt: skip
    languages = Counter(p.lang.split("-")[0] if p.lang not in ("", "und") else "" for p in posts)
    assert sorted(row[1] for row in shown["languages"].rows) == sorted(languages.values())
    assert [row[1] for row in shown["savings"].rows] == [
        len(every), len({p.text_key for p in every}),
        len({p.text_key for p in every if p.severity in (1, 2) and p.group in categories.URGENT_GROUPS}),
    ]  # fmt: skip
    _same_alarms(shown["alarms"], scope, every)
    _same_reviews(shown["reviews"], shown["reviewers"], posts)


def _same_places(shown, posts):
    named = Counter((p.place_name, p.category) for p in posts if p.place_name)
    for row in shown.rows:
        name = row[0].split(",")[0]
        assert row[1:-1] == [named[name, column] for column in shown.file_head[1:-1]]
        assert row[-1] == sum(p.place_name == name for p in posts)
    assert len(shown.rows) == len({p.place_name for p in posts if p.place_name})


def _same_needs(shown, posts):
    for row in shown.rows:
        here = [p for p in posts if p.place_name == row[0].split(",")[0]]
        assert row[1:] == [sum(need in p.needs for p in here) for need in shown.file_head[1:]]


def _same_alarms(shown, scope, every):
    groups = {"needs", "people", "damage"} & {
        *scope.filter.groups, *(categories.group_of(c) for c in scope.filter.categories)
    }  # fmt: skip
    called = [p for p in every if categories.group_of(p.model_category) in groups and p.status != "unreviewed"]
    false = [p for p in called if p.status == "dismissed" or p.group == "aside"]
    assert (sum(row[1] for row in shown.rows), sum(row[2] for row in shown.rows)) == (len(called), len(false))


def _same_reviews(shown, reviewers, posts):
    decided = [min(p.actions.all(), key=lambda action: action.pk) for p in posts if p.actions.all()]
    assert sum(row[1] for row in shown.rows) == len(decided)
    waits = Counter()
    for action in decided:
        post = next(p for p in posts if p.pk == action.post_id)
        minutes = int((action.at - post.received_at).total_seconds() // 60)
        waits[minutes if minutes < 60 else 1440 if minutes >= 1440 else minutes // 10 * 10] += 1
    ordered = sorted(waits.elements())
    if ordered:
        assert reviewtimes.percentile(waits, 0.5) == ordered[max(0, -(-len(ordered) // 2) - 1)]
    assert f"{len(decided)} reviewed posts" in shown.note
    assert sum(row[-1] for row in reviewers.rows) == sum(len(p.actions.all()) for p in posts)


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_needs_as_many_queries_for_sixty_posts_as_for_six(event, crowd, name):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            PANELS[name](looked("t=event", event))
        return len(seen)

    crowd(1, 6)
    few = queries()
    crowd(2, 60)
    assert queries() == few <= 4


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_without_a_post_says_so_and_divides_by_nothing(event, name):
    shown = PANELS[name](looked("t=6h", event))
    assert shown.headline
    assert "%" not in shown.headline.replace("\u202f%%", "")
    assert json.dumps(parts.numbers(name, shown, [], looked("t=6h", event)))


def test_a_single_post_makes_no_percentage(event, make_post, people):
    post = make_post(created_at=NOW)
    triage.dismiss(post_id=post.pk, version=1, by=people["lead"])
    for query in ("t=6h", "t=6h&cat=needs,aside"):
        said = [read(looked(query, event)).headline for read in PANELS.values()]
        assert not [sentence for sentence in said if "%" in sentence]


def test_the_wait_is_told_against_the_target(event, make_post, people):
    for minutes in [3] * 12 + [40] * 2:
        at = NOW - timedelta(hours=1)
        post = make_post(created_at=at, received_at=at)
        action = triage.confirm(post_id=post.pk, version=1, by=people["lead"])
        TriageAction.objects.filter(pk=action.pk).update(at=at + timedelta(minutes=minutes))
    shown = PANELS["reviews"](looked("t=6h", event))
    assert shown.headline == "Half of the posts were reviewed within 3 min, within the target"
    assert "14 reviewed posts, 12 of them within 10 minutes" in shown.note


def test_an_undone_first_decision_still_counts_as_the_first(event, make_post, people):
    at = NOW - timedelta(minutes=30)
    post = make_post(created_at=at, received_at=at)
    first = triage.confirm(post_id=post.pk, version=1, by=people["lead"])
    TriageAction.objects.filter(pk=first.pk).update(at=at + timedelta(minutes=4))
    triage.undo(post_id=post.pk, version=2, by=people["lead"])
    assert reviewtimes.total(reviewtimes.by_bucket(looked("t=6h", event)).values()) == {4: 1}


def test_copies_and_order_save_by_the_printed_formula(event, make_post):
    for number in range(30):
        make_post(created_at=NOW, text_key=f"k{number % 10}", severity=1 if number % 10 < 2 else 4)
    shown = PANELS["savings"](looked("t=6h", event))
    assert [row[2] for row in shown.rows] == [hours_of(30), hours_of(10), hours_of(2)] == [1.1, 0.4, 0.1]
    assert "2.3 min per text" in shown.note
    assert "(30 posts − 10 different texts)" in shown.note
    assert "saves about 0.8 h" in shown.headline


def test_names_that_look_like_formulas_are_text_in_the_file(event, make_post):
    make_post(created_at=NOW, place_name="=HYPERLINK(1)")
    cells = [cell for row in PANELS["places"](looked("t=6h", event)).file() for cell in row]
    assert "'=HYPERLINK(1), MZ" in cells


def test_people_come_by_name_not_by_rank_and_the_rest_as_one_row(event, make_post, people):
    for number, role in enumerate(["lead", "reviewer", "lead"]):
        post = make_post(created_at=NOW - timedelta(minutes=number))
        triage.confirm(post_id=post.pk, version=1, by=people[role])
    rows = PANELS["reviewers"](looked("t=6h", event)).rows
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert [row[-1] for row in rows] == [2, 1]


def test_starts_models_and_outages_are_marked_on_the_axis(event, make_post):
    make_post(created_at=NOW)
    Event.objects.update(started_at=NOW - timedelta(hours=2))
    event.refresh_from_db()
    version = ModelVersion.objects.create(name="m", version="2", sha256="0" * 64, folder="m")
    Deployment.objects.create(version=version, role="production", kind="installation", by="system:x",
                              started_at=NOW - timedelta(hours=1))  # fmt: skip
    Alert.objects.create(key="feed", level="critical", title="The feed is silent", first_at=NOW - timedelta(hours=3),
                         last_at=NOW, resolved_at=NOW - timedelta(minutes=90))  # fmt: skip
    Alert.objects.create(key="x", level="critical", title="Long ago", first_at=NOW - timedelta(days=9), last_at=NOW,
                         resolved_at=NOW - timedelta(days=8))  # fmt: skip
    scope = looked("t=6h", event)
    marks = annotations.marks_in(scope)
    assert [(mark.kind, mark.words) for mark in marks] == [
        ("outage", "The feed is silent"), ("event", "Event begins"), ("model", "Model: 2"),
    ]  # fmt: skip
    drawn = annotations.drawn(marks, scope)
    assert all(0 <= one["at"] <= 37 for one in drawn)
    assert drawn[0]["until"] - drawn[0]["at"] == pytest.approx(9)
    note = parts.note(PANELS["volume"](scope), marks, scope)
    assert "Marked: 13:07 The feed is silent; 14:07 Event begins; 15:07 Model: 2." in note


@pytest.mark.parametrize("name", PANELS)
def test_every_panel_answers_through_its_endpoint_and_as_a_file(client, people, event, crowd, name):
    crowd(3)
    client.force_login(people["viewer"])
    outputs = "...".join(f"{one.component_id}.{one.component_property}" for one in app.outputs(name))
    content = {
        "output": f"..{outputs}..", "changedPropIds": [],
        "inputs": [{"id": "address", "property": "search", "value": "?t=6h&cat=needs"},
                   {"id": "tick", "property": "n_intervals", "value": 0}],
    }  # fmt: skip
    address = "/django_plotly_dash/app/analytics/_dash-update-component"
    response = client.post(address, json.dumps(content), content_type="application/json")
    assert response.status_code == 200
    found = response.json()["response"]
    assert found[f"{name}-headline"]["children"]
    assert found[f"{name}-csv"]["href"] == f"/analytics/{name}.csv?event=flood&t=6h&cat=needs"
    assert found[f"{name}-xlsx"]["href"] == f"/analytics/{name}.xlsx?event=flood&t=6h&cat=needs"
    assert client.get(found[f"{name}-xlsx"]["href"]).content.startswith(b"PK")
    assert found[f"{name}-link"]["href"] == f"/analytics/?event=flood&t=6h&cat=needs&panel={name}"
    table = found[f"{name}-legend" if name in TABLES else f"{name}-table"]["children"]
    assert '"scope": "col"' in json.dumps(table)
    file = client.get(found[f"{name}-csv"]["href"])
    assert file["Content-Disposition"] == f'attachment; filename="{name}-flood-6h.csv"'
    assert len(file.content.decode().splitlines()) == len(PANELS[name](looked("t=6h&cat=needs", event)).rows) + 1


@pytest.mark.parametrize("name", sorted(TABLES))
@pytest.mark.parametrize("query", ["t=event", "t=6h&sev=1,2", "t=event&lang=pt"])
def test_each_count_of_a_heat_table_leads_to_the_posts_that_it_counts(event, crowd, name, query):
    crowd(3, many=90)
    post_filter, _notices = Filter.parse(QueryDict(query), None)
    found = scope.from_filter(post_filter, event)
    shown = PANELS[name](found)
    table = parts.legend(shown, found).children
    links = 0
    for row, drawn in zip(shown.rows, table.children[1].children, strict=True):
        for cell, td in zip(row[1:], drawn.children[1:], strict=True):
            if not cell:
                assert td.children == "0"
                continue
            address, _, querystring = td.children.href.partition("?")
            drilled, notices = Filter.parse(QueryDict(querystring), None)
            assert (address, notices, drilled.event) == ("/feed/", [], "flood")
            listed = posts.matching(drilled, event)  # a category also lists what people dismissed; no count has it
            assert listed.exclude(group="aside").count() == cell, querystring
            links += 1
    assert links > 3


def test_an_unknown_panel_is_not_found(client, people, event):
    client.force_login(people["viewer"])
    assert client.get("/analytics/nothing.csv").status_code == 404


def test_the_events_name_is_no_markup(client, people, event, make_post):
    make_post()
    Event.objects.update(name="<b>x</b>")
    client.force_login(people["viewer"])
    assert escape("<b>x</b>") in client.get("/analytics/").content.decode()


@pytest.mark.django_db
def test_each_figure_has_its_tile_and_small_chart(event: Event) -> None:
    shown = PANELS["figures"](scope.from_filter(Filter.parse(QueryDict("t=event"), None)[0], event))
    assert tuple(tile.key for tile in shown.tiles) == app.TILES
