"""Posts over time by group: the numbers, and what is said about them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from classifier import categories
from responder.dashboards import parts, scope, volume, wording
from responder.dashboards.panels import PANELS
from responder.models import Event, Post
from responder.queries.filters import Filter

NOW = datetime(2026, 3, 4, 14, 7, tzinfo=UTC)
NEEDS, PEOPLE, NOISE = "requests_or_urgent_needs", "injured_or_dead_people", "not_humanitarian"


@pytest.fixture(autouse=True)
def _moment():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ago(make_post):
    """Creates posts so many minutes old."""

    def make(*minutes: float, category: str = NEEDS, **changes) -> list[Post]:
        return [make_post(created_at=NOW - timedelta(minutes=age), category=category, **changes) for age in minutes]

    return make


def parse_filter(**query: str) -> Filter:
    found, notices = Filter.parse(QueryDict("&".join(f"{key}={value}" for key, value in query.items())), None)
    assert not notices
    return found


def test_posts_are_counted_in_their_buckets_and_groups(event, ago):
    ago(1, 2, 50)
    ago(50, 300, category=PEOPLE)
    counted = volume.from_filter(parse_filter(t="6h"), event)
    assert counted.width == timedelta(minutes=10)
    filled = {bucket.start: bucket.counts for bucket in counted.buckets if bucket.counts}
    assert filled == {
        datetime(2026, 3, 4, 14, 0, tzinfo=UTC): {"needs": 2},
        datetime(2026, 3, 4, 13, 10, tzinfo=UTC): {"needs": 1, "people": 1},
        datetime(2026, 3, 4, 9, 0, tzinfo=UTC): {"people": 1},
    }
    assert (counted.total, counted.of_group("needs"), counted.of_group("people")) == (5, 3, 2)


@pytest.mark.parametrize("range_", ["15m", "1h", "6h", "24h", "72h", "event"])
def test_buckets_are_at_most_sixty_without_gaps_and_whole_at_the_start(event, ago, range_):
    ago(1, 60 * 24 * 400)
    counted = volume.from_filter(parse_filter(t=range_), event)
    starts = [bucket.start for bucket in counted.buckets]
    assert len(starts) <= 60
    assert all(later - earlier == counted.width for earlier, later in pairwise(starts))
    since = parse_filter(t=range_).since(NOW)
    assert since is None or starts[0] <= since < starts[0] + counted.width


def test_only_the_bucket_whose_time_has_not_passed_is_partial(event, ago):
    ago(1)
    counted = volume.from_filter(parse_filter(t="6h"), event)
    assert [bucket.partial for bucket in counted.buckets] == [False] * (len(counted.buckets) - 1) + [True]


def test_a_past_event_has_no_partial_bucket(event, ago):
    ago(60 * 24 * 30, 60 * 24 * 31)
    counted = volume.from_filter(parse_filter(t="event"), event)
    assert counted.total == 2
    assert not any(bucket.partial for bucket in counted.buckets)


def test_what_is_left_out_is_counted(event, ago):
    ago(1, 2)
    ago(3, category=NOISE)
    ago(4, lang="pt")
    waiting = [*ago(5), *ago(6)]
    for post, state in zip(waiting, [Post.State.ACCEPTED, Post.State.QUARANTINED], strict=True):
        Post.objects.filter(pk=post.pk).update(category="", model_category="", group="", state=state)
    counted = volume.from_filter(parse_filter(t="6h", lang="en"), event)
    assert (counted.total, counted.set_aside, counted.filtered, counted.waiting) == (2, 1, 1, 2)
    said = wording.note(counted)
    for part in ("2 posts shown", "1 set aside", "1 left out by the filter", "2 without a category yet"):
        assert part in said


def test_posts_of_another_event_are_not_counted(event, ago):
    other = Event.objects.create(ref="quake", name="Quake")
    ago(1)
    ago(1, 2, event=other)
    assert volume.from_filter(parse_filter(t="6h"), event).total == 1
    assert volume.from_filter(parse_filter(t="6h"), other).total == 2
    assert volume.from_filter(parse_filter(t="6h"), None).total == 3


def test_groups_come_in_fixed_order_and_only_those_asked_for(event):
    assert volume.from_filter(parse_filter(t="6h"), event).groups == (
        "needs",
        "people",
        "damage",
        "response",
        "information",
        "unmeasured",
    )
    assert volume.from_filter(parse_filter(t="6h", cat="aside,needs"), event).groups == ("needs", "aside")
    assert volume.from_filter(parse_filter(t="6h", cat=PEOPLE), event).groups == ("people",)
    assert len(categories.GROUPS) <= 7


def test_two_queries_count_any_number_of_posts(event, ago):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            volume.from_filter(parse_filter(t="event"), event)
        return len(seen)

    ago(1)
    assert queries() == 2
    ago(*range(2, 60))
    assert queries() == 2


@pytest.mark.parametrize("zone", ["Nowhere/Atlantis", "../etc/passwd", ""])
def test_an_unknown_time_zone_becomes_utc(event, zone):
    event.time_zone = zone
    assert volume.from_filter(parse_filter(t="6h"), event).zone.key == "UTC"


def test_the_headline_tells_the_rise_since_the_middle_of_the_range(event, ago):
    ago(*[200 + number for number in range(25)])
    ago(*[20 + number for number in range(33)])
    counted = volume.from_filter(parse_filter(t="6h"), event)
    assert wording.headline(counted) == "Urgent needs rose 32\u202f% since 13:00"  # Maputo, two hours ahead of UTC


def test_the_headline_tells_a_fall_and_no_change(event, ago):
    ago(*[200 + number for number in range(40)])
    ago(*[20 + number for number in range(30)])
    assert (
        wording.headline(volume.from_filter(parse_filter(t="6h"), event)) == "Urgent needs fell 25\u202f% since 13:00"
    )
    ago(*[60 + number for number in range(10)])
    assert "unchanged since 13:00" in wording.headline(volume.from_filter(parse_filter(t="6h"), event))


def test_few_posts_are_told_as_counts_not_as_a_percentage(event, ago):
    ago(20, 30, 200)
    assert (
        wording.headline(volume.from_filter(parse_filter(t="6h"), event))
        == "Urgent needs: 2 since 13:00, 1 in the previous 3 h"
    )


def test_the_partial_bucket_is_no_part_of_the_comparison(event, ago):
    ago(*[200] * 10, *[30] * 10, *[1] * 90)
    assert "unchanged since" in wording.headline(volume.from_filter(parse_filter(t="6h"), event))


def test_without_needs_the_largest_group_is_told(event, ago):
    ago(20, 30, category=PEOPLE)
    assert wording.headline(volume.from_filter(parse_filter(t="6h"), event)).startswith("Posts about people")


def test_without_posts_the_headline_says_what_to_do(event):
    assert (
        wording.headline(volume.from_filter(parse_filter(t="6h"), event)) == "No posts in this range — widen the range"
    )


@pytest.mark.parametrize(("span", "said"), [
    (timedelta(minutes=30), "30 min"), (timedelta(minutes=90), "90 min"), (timedelta(hours=3), "3 h"),
    (timedelta(days=2), "2 d"),
])  # fmt: skip
def test_spans_are_told_in_the_largest_unit_that_fits(span, said):
    assert wording.duration(span) == said


def test_the_chart_gets_one_value_per_label_and_series(event, ago):
    ago(1, 100)
    shown_scope = scope.from_filter(parse_filter(t="6h"), event)
    drawn = parts.numbers("volume", PANELS["volume"](shown_scope), [], shown_scope)
    assert {len(drawn["labels"]), len(drawn["partial"]), *(len(s["values"]) for s in drawn["series"])} == {37}
    assert drawn["labels"][-1] == "16:00"
    assert "2 posts shown" in drawn["summary"]
