import math
import random
from collections import Counter
from itertools import combinations

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from classifier import categories
from responder.models import Post
from responder.queries import clusters, figures, mercator, posts
from responder.queries.filters import Filter
from responder.queries.marks import LIMIT, Mark, merge, radius_px
from responder.queries.viewport import Viewport


@pytest.fixture
def scattered(make_post):
    """300 posts: towns shared by many, lone ones, both sides of the antimeridian, and a fifth without a place."""
    chance = random.Random(7)
    towns = [(chance.uniform(-70, 70), chance.uniform(-180, 180)) for _ in range(25)] + [(-17, 179.9), (-17, -179.9)]
    names = list(categories.BY_ID)
    prototype = make_post()
    rows = []
    for n in range(300):
        latitude, longitude = chance.choice(towns) if n % 2 else (chance.uniform(-89, 89), chance.uniform(-180, 180))
        x, y = mercator.project(latitude, longitude)
        category = chance.choice(names)
        columns = {
            "source_id": f"s{n}", "category": category, "group": categories.group_of(category),
            "severity": chance.randint(1, 4), "band": chance.randint(1, 5),
            "status": chance.choice(["unreviewed", "unreviewed", "confirmed", "dismissed"]),
            "lang": chance.choice(["en", "pt", ""]), "response": chance.choice([0, 0, 1, 2]),
        }  # fmt: skip
        place = {"latitude": latitude, "longitude": longitude, "grid_x": x, "grid_y": y}
        columns |= dict.fromkeys(place) if n % 5 == 0 else place
        kept = {f.attname: getattr(prototype, f.attname) for f in Post._meta.fields if f.attname != "id"}
        rows.append(Post(**kept | columns))
    Post.objects.bulk_create(rows)


def random_filter(chance):
    parts = {
        "cat": ",".join(chance.sample([*categories.GROUPS, *categories.BY_ID], chance.randint(0, 4))),
        "sev": ",".join(map(str, chance.sample([1, 2, 3, 4], chance.randint(0, 3)))),
        "conf": chance.choice(["", "2", "4"]),
        "status": chance.choice(["all", "unanswered", "review", "done"]),
        "lang": chance.choice(["", "", "en", "und"]),
        "t": chance.choice(["event", "1h", "6h"]),
    }
    query = QueryDict(mutable=True)
    query.update(parts)
    return Filter.parse(query, None)[0]


def random_view(chance):
    west, east = chance.uniform(-400, 400), chance.uniform(-400, 400)
    south, north = chance.uniform(-95, 95), chance.uniform(-95, 95)
    return Viewport.from_degrees(west, south, east, north, chance.randint(0, 18))


@pytest.mark.parametrize("seed", range(50))
def test_marks_outside_and_unplaced_add_up_to_the_list(scattered, event, seed):
    chance = random.Random(seed)
    post_filter, view = random_filter(chance), random_view(chance)
    listed = list(posts.matching(post_filter, event))
    unanswered = [post for post in listed if nobody_is_going(post)]

    drawn = clusters.overview(post_filter, event, view)

    assert sum(mark.count for mark in drawn.marks) + drawn.outside + drawn.figures.no_location == len(listed)
    assert drawn.figures.total == len(listed)
    on_marks = sum(mark.unanswered for mark in drawn.marks)
    assert on_marks + drawn.outside_unanswered + drawn.figures.unanswered_no_location == len(unanswered)
    assert drawn.figures.unanswered == len(unanswered)
    critical = [
        post for post in listed if post.severity == 1 and post.status == "unreviewed" and post.grid_x is not None
    ]
    assert sum(mark.critical for mark in drawn.marks) + drawn.outside_critical == len(critical)
    assert (drawn.figures, drawn.groups) == figures.key_figures(post_filter, event)
    inside = [post for post in listed if post.grid_x is not None and _inside(post, view)]
    assert sum(mark.count for mark in drawn.marks) == len(inside)
    assert all(mark.groups.total() == mark.count for mark in drawn.marks)
    assert len(drawn.marks) <= LIMIT
    _assert_apart(drawn.marks, view.zoom)


def nobody_is_going(post):
    if post.status == "dismissed" or (post.group == "aside" and post.status != "unreviewed"):
        return False
    return post.response == Post.Response.WAITS or (post.response == Post.Response.NONE and post.severity == 1)


def _inside(post, view):
    if not math.floor(view.north) <= post.grid_y <= math.floor(view.south):
        return False
    worlds = [post.grid_x + turn * mercator.SIZE for turn in range(-4, 5)]
    return any(math.floor(view.west) <= x <= math.floor(view.east) for x in worlds)


def _assert_apart(marks, zoom):
    unit = mercator.units_per_pixel(zoom)
    for one, other in combinations(marks, 2):
        distance = math.hypot(one.x - other.x, one.y - other.y) / unit
        assert distance >= radius_px(one.count) + radius_px(other.count)


def test_by_group_counts_what_switching_a_group_on_would_show(scattered, event):
    _, counts = figures.key_figures(Filter(groups=("needs",), severities=(1, 2)), event)
    assert set(counts) == set(categories.GROUPS)
    for group, count in counts.items():
        assert count == posts.matching(Filter(groups=(group,), severities=(1, 2)), event).count()


def test_a_view_across_the_antimeridian_holds_both_sides(make_post, event):
    make_post(latitude=-17.0, longitude=179.9)
    make_post(latitude=-17.0, longitude=-179.9)
    make_post(latitude=-17.0, longitude=0.0)
    for west, east in ((170, -170), (170, 190), (-190, -170)):
        drawn = clusters.overview(Filter(), event, Viewport.from_degrees(west, -20, east, -10, 10))
        assert (len(drawn.marks), drawn.outside) == (2, 1)
        shown = clusters.present(drawn.marks, Viewport.from_degrees(west, -20, east, -10, 10))
        longitudes = sorted(mark["longitude"] for mark in shown)
        assert longitudes[1] - longitudes[0] == pytest.approx(0.2, abs=1e-3)


def test_a_lone_post_is_named_and_a_crowd_is_not(make_post, event):
    lone = make_post(latitude=10.0, longitude=10.0, place_name="Beira")
    for _ in range(3):
        make_post(latitude=-30.0, longitude=-30.0, place_name="Buzi", severity=1)
    view = Viewport.world(5)
    crowd, single = clusters.present(clusters.overview(Filter(), event, view).marks, view)
    assert single["post"]["id"] == lone.pk
    assert (crowd["count"], crowd["unanswered"], crowd["post"], crowd["place"]) == (3, 3, None, "Buzi")


def test_a_mark_is_named_after_the_place_of_its_worst_posts(make_post, event):
    for _ in range(9):
        make_post(latitude=-19.84, longitude=34.84, place_name="Beira", severity=3)
    for _ in range(2):
        make_post(latitude=-19.90, longitude=34.60, place_name="Dondo", severity=1)
    make_post(latitude=-19.91, longitude=34.61, place_name="Buzi", severity=2)
    for view in (Viewport.world(3), Viewport.world(6)):  # in one cell, and in cells that were merged
        (drawn,) = clusters.present(clusters.overview(Filter(), event, view).marks, view)
        assert (drawn["count"], drawn["critical"], drawn["place"]) == (12, 2, "Dondo")
    (mild,) = clusters.present(clusters.overview(Filter(severities=(2, 3)), event, view).marks, view)
    assert (mild["high"], mild["place"]) == (1, "Buzi")
    Post.objects.filter(severity=1).update(place_name="")
    (nameless,) = clusters.present(clusters.overview(Filter(), event, view).marks, view)
    assert nameless["place"] == ""  # rather none than that of a town where nothing critical was posted


@pytest.mark.parametrize("view", [Viewport.world(18), Viewport.world(0), Viewport.from_degrees(32, -22, 37, -16, 7)])
def test_the_number_of_queries_does_not_grow_with_posts(make_post, event, view):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            drawn = clusters.overview(Filter(), event, view)
            clusters.present(drawn.marks, view)
        return sum(query["sql"].startswith("SELECT") for query in captured)  # PostgreSQL is given room to count first

    for n in range(10):
        make_post(latitude=-19.0, longitude=33 + n / 3)
    assert queries() <= 2
    for n in range(190):
        make_post(latitude=-20 + n / 90, longitude=33 + (n * 7 % 90) / 30)
    assert queries() <= 2


def mark(x, y, count=1):
    return Mark(count, x * count, y * count, x, x, y, y, Counter(needs=count), 0, 0, 0, "", 1, (0, 0, count))


@given(
    st.lists(
        st.tuples(st.integers(0, mercator.SIZE - 1), st.integers(0, mercator.SIZE - 1), st.integers(1, 500)),
        max_size=60,
    ),
    st.integers(0, 18),
)
def test_merged_marks_never_overlap_and_lose_nobody(points, zoom):
    merged = merge([mark(*point) for point in points], zoom=zoom)
    assert sum(found.count for found in merged) == sum(count for _, _, count in points)
    _assert_apart(merged, zoom)


def test_thousands_of_lone_marks_merge_to_the_limit():
    spaced = [mark(x * 2**17, y * 2**17) for x in range(100) for y in range(100)]
    merged = merge(spaced, zoom=18)
    assert len(merged) <= LIMIT
    assert sum(found.count for found in merged) == 10_000
