from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import clock
from responder.queries import posts, timeline
from responder.queries.filters import Filter


def counted(found):
    return sum(sum(bucket["groups"].values()) for bucket in found["buckets"])


@pytest.mark.parametrize("span", [timedelta(minutes=3), timedelta(hours=9), timedelta(days=40), timedelta(days=3000)])
def test_every_post_is_in_one_of_at_most_sixty_buckets(make_post, event, span):
    now = clock.now()
    for n in range(21):
        make_post(
            created_at=now - span * n / 20, category="caution_and_advice" if n % 2 else "requests_or_urgent_needs"
        )
    found = timeline.counts_by_time(Filter(), event)
    assert 1 <= len(found["buckets"]) <= 60
    assert counted(found) == 21
    starts = [datetime.fromisoformat(bucket["start"]) for bucket in found["buckets"]]
    width = timedelta(minutes=found["bucket_minutes"])
    assert all(later - earlier == width for earlier, later in pairwise(starts))


def test_a_post_counts_in_the_bucket_of_its_time(make_post, event):
    moment = clock.now().replace(minute=17, second=42) - timedelta(hours=3)
    make_post(created_at=moment)
    make_post(created_at=moment + timedelta(hours=2), category="caution_and_advice")
    found = timeline.counts_by_time(Filter(), event)
    width = timedelta(minutes=found["bucket_minutes"])
    (bucket,) = [bucket for bucket in found["buckets"] if bucket["groups"].get("needs")]
    assert datetime.fromisoformat(bucket["start"]) <= moment < datetime.fromisoformat(bucket["start"]) + width


def test_other_filters_apply_and_the_time_range_does_not(make_post, event):
    make_post(created_at=clock.now() - timedelta(hours=20))
    make_post(severity=1)
    assert counted(timeline.counts_by_time(Filter(time_range="15m"), event)) == 2
    assert counted(timeline.counts_by_time(Filter(severities=(1,)), event)) == 1


def test_without_an_event_the_last_day_is_shown(make_post):
    make_post()
    make_post(created_at=clock.now() - timedelta(days=2))
    assert counted(timeline.counts_by_time(Filter(), None)) == 1
    assert posts.classified().count() == 2


@given(st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)), st.timedeltas(timedelta(0), timedelta(days=20_000)))
def test_any_span_fits_sixty_buckets(start, span):
    start = start.replace(tzinfo=UTC)
    minutes = timeline.bucket_minutes(start, start + span)
    first, last = (int(moment.timestamp()) // (minutes * 60) for moment in (start, start + span))
    assert last - first + 1 <= 60
