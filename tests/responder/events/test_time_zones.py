"""Time zones are suggested by the countries and the area."""

import pytest

from responder.events import time_zones
from responder.models import polygons


def box(west, south, east, north):
    return polygons.rectangle(west, south, east, north)


@pytest.mark.parametrize(
    ("countries", "area", "best"),
    [
        (["MZ"], None, "Africa/Maputo"), (["PH"], None, "Asia/Manila"), (["MW", "MZ"], box(33, -16, 36, -14), "Africa/Blantyre"),
        (["US"], box(-119, 33, -117, 35), "America/Los_Angeles"), (["US"], None, "America/New_York"),
        ([], box(120, 14, 122, 15), "Asia/Manila"), (["XX"], box(34, -20, 35, -19), "Africa/Harare"),
        (["IN"], box(76, 9, 77, 10), "Asia/Kolkata"),
    ],
)  # fmt: skip
def test_the_best_one_comes_first(countries, area, best):
    assert time_zones.suggest(countries, area)[0] == best


def test_nothing_is_suggested_from_nothing():
    assert time_zones.suggest([], None) == [] and time_zones.suggest(["XX"], None) == []


def test_positions_with_seconds_are_read():
    found = {zone.name: zone for zone in time_zones.table()}
    assert len(found) > 400
    assert (round(found["America/New_York"].latitude, 2), round(found["America/New_York"].longitude, 2)) == (
        40.71,
        -74.01,
    )
    assert (round(found["Africa/Maputo"].latitude, 2), round(found["Africa/Maputo"].longitude, 2)) == (-25.97, 32.58)
