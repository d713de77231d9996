"""Times as people and programs write them."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import time_bounds
from responder.feeds.shapes.times import Times

QUAKE = datetime(2023, 2, 6, 1, 17, 34, tzinfo=UTC)
MINUTE = QUAKE.replace(second=0)
ISTANBUL = ZoneInfo("Europe/Istanbul")


def read(value: Any, **options: Any) -> datetime | None:
    return Times(**options).read(value)[0]


def kinds(value: Any, **options: Any) -> list[tuple[str, bool]]:
    return [(problem.kind, problem.lossy) for problem in Times(**options).read(value)[1]]


@pytest.mark.parametrize(
    "value",
    [
        "2023-02-06T01:17:34Z",
        "2023-02-06T04:17:34.123+03:00",
        "2023-02-06 04:17:34+03",
        "2023-02-06 04:17:34 +0300",
        "2023-02-06 01:17:34 UTC",
        "20230206T011734Z",
        "1675646254",
        "1675646254.0",
        1675646254,
        1675646254.0,
        "1675646254000",
        1675646254000000,
        "1675646254000000000",
        "Mon Feb 06 01:17:34 +0000 2023",
        "Mon, 06 Feb 2023 01:17:34 +0000",
        "Mon, 06 Feb 2023 01:17:34 GMT",
        "2023/02/06 4:17:34 AM GMT+3",
        "2023-02-05 20:17:34 EST",
        "6 Feb 2023 02:17:34 CET",
        "6 February 2023 04:17:34 +03:00",
        "February 6, 2023 at 1:17:34 AM UTC",
        "٢٠٢٣-٠٢-٠٦ ٠١:١٧:٣٤ UTC",
        {"$date": "2023-02-06T01:17:34Z"},
        {"$date": 1675646254000},
        datetime(2023, 2, 6, 4, 17, 34, tzinfo=timezone(timedelta(hours=3))),
    ],
    ids=repr,
)
def test_times_that_say_everything_need_no_repair(value: Any) -> None:
    found = read(value)
    assert found is not None and found.replace(microsecond=0) == QUAKE
    assert kinds(value) == []


@pytest.mark.parametrize(
    "value",
    [
        "2023-02-06 04:17",
        "2023/02/06 04:17",
        "06.02.2023 04:17",
        "06.02.23 04:17",
        "6 Feb 2023 04:17",
        "6 Feb 2023, 4:17 AM",
        "6 Feb 2023, 4:17\u202fAM",
        "4:17 AM · Feb 6, 2023",
        "6 février 2023 04:17",
        "6 Şubat 2023 04:17",
        "6 de febrero de 2023 04:17",
        "6 फ़रवरी 2023 04:17",
        "Mon Feb  6 04:17:00 2023",
        "20230206041700",
        "202302060417",
        "44963.178472222",
        44963.178472222,
        datetime(2023, 2, 6, 4, 17),
    ],
    ids=repr,
)
def test_local_times_are_those_of_the_zone(value: Any) -> None:
    assert read(value, zone=ISTANBUL) == MINUTE
    assert kinds(value, zone=ISTANBUL) == []
    assert read(value) == MINUTE + timedelta(hours=3)
    assert kinds(value) == [("time_zone", True)]


@pytest.mark.parametrize(
    "value", ["2023-02-06", "20230206", "06.02.2023", "6 Feb 2023", "44963", 44963, date(2023, 2, 6)]
)
def test_a_date_without_a_time_of_day_says_so(value: Any) -> None:
    assert read(value, zone=ISTANBUL) == datetime(2023, 2, 5, 21, tzinfo=UTC)
    assert kinds(value, zone=ISTANBUL) == [("date_only", False)]


@pytest.mark.parametrize(
    ("proof", "day"),
    [("13/02/2023", 6), ("02/13/2023", 2), ("31-01-2023", 6), ("12/31/2022", 2), ("12/25/2022 10:00", 2)],
)
def test_one_date_with_a_day_above_12_decides_for_the_file(proof: str, day: int) -> None:
    times = Times(zone=UTC)
    times.learn(proof)
    moment, problems = times.read("06/02/2023 01:17")
    assert moment is not None and (moment.day, moment.month) == ((6, 2) if day == 6 else (2, 6))
    assert problems == ()


def test_without_such_a_date_the_day_comes_first_and_the_row_says_so() -> None:
    assert read("06/02/2023 01:17", zone=UTC) == MINUTE
    assert kinds("06/02/2023 01:17", zone=UTC) == [("date_order", True)]
    assert read("06/02/2023 01:17", zone=UTC, day_first=False) == datetime(2023, 6, 2, 1, 17, tzinfo=UTC)
    assert kinds("06/02/2023 01:17", zone=UTC, day_first=False) == []
    assert kinds("02/02/2023 01:17", zone=UTC) == []  # either way it is the same day


def test_a_file_with_both_orders_says_so() -> None:
    times = Times(zone=UTC)
    times.learn("13/02/2023"), times.learn("02/13/2023")
    assert times.order().why == "mixed"
    assert [problem.kind for problem in times.read("06/02/2023 01:17")[1]] == ["date_order"]
    assert times.read("02/14/2023 01:17")[0] == datetime(2023, 2, 14, 1, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
        "2099-05-05", "1970-01-01T00:00:00Z", 0, -62135596800, "0", "31/12/1969 10:00", "1/1/01 0:00 BC", "yesterday",
        "1e300", "1.67565E+12", 10**30, "29/02/2023", "2023-13-45", "25:61", True, [], {}, [2023, 2, 6], "99999999999999999999",
    ],
    ids=repr,
)  # fmt: skip
def test_what_cannot_be_true_or_read_is_none_and_says_so(value: Any) -> None:
    for zone in (None, UTC, ZoneInfo("Pacific/Kiritimati")):
        assert read(value, zone=zone) is None
        assert kinds(value, zone=zone) == [("time", True)]


@pytest.mark.parametrize("value", [None, "", "  ", float("nan")])
def test_an_empty_cell_states_no_time(value: Any) -> None:
    assert (read(value), kinds(value)) == (None, [])


@pytest.mark.parametrize("value", ["NaT", "null", "N/A", "None", "#N/A"])
def test_words_for_nothing_state_no_time(value: str) -> None:
    assert (read(value), kinds(value)) == (None, [("time", False)])


def test_an_hour_that_the_clock_shows_twice_says_so() -> None:
    assert kinds("2022-11-06 01:30", zone=ZoneInfo("America/New_York")) == [("time_zone", True)]


@given(
    st.one_of(
        st.text(max_size=40), st.text(alphabet="0123456789/-.: TZ+APM", max_size=30), st.integers(), st.floats(),
        st.datetimes(), st.dates(), st.dictionaries(st.just("$date"), st.integers() | st.text(max_size=9), max_size=2),
    )
)  # fmt: skip
def test_any_value_is_a_possible_time_or_none(value: Any) -> None:
    times = Times()
    times.learn(value)
    moment, problems = times.read(value)
    assert moment is None or time_bounds.is_possible(moment)
    assert all(problem.detail for problem in problems)
