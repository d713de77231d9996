"""Parts of reading that need no source: shapes, kinds of hazard, magnitudes, times, and text that is XML."""

import math
from typing import Any

import pytest

from responder.hazards import cap, drafts, kinds, xml
from responder.hazards.magnitudes import felt_km, magnitude_of
from responder.hazards.shapes import MOST_POINTS, Shape
from tests.fakes.hazards import cap_alert

SQUARE = [[34, -20], [35, -20], [35, -19], [34, -19], [34, -20]]


def test_distance_to_a_shape() -> None:
    shape = Shape.of([SQUARE], [(40.0, -20.0, 50.0)])
    assert shape.distance_km(-19.5, 34.5) == 0
    assert shape.distance_km(-19.5, 35.1) == pytest.approx(10.5, abs=0.2)  # a tenth of a degree at that latitude
    assert shape.distance_km(-20.0, 40.4) == 0  # 42 km from the middle of the circle
    assert shape.distance_km(-20.0, 41.0) == pytest.approx(54.5, abs=1)
    assert Shape().distance_km(0, 0) == math.inf
    assert shape.bounds == pytest.approx((34, -20.45, 40.48, -19), abs=0.01)


@pytest.mark.parametrize(
    "stored",
    [
        None, [], "x", 1, {"polygons": "x"}, {"polygons": [[1, 2], "x", None]}, {"polygons": [[[0, 0], [1, 1]]]}, {"circles": [[1, 2]]},
        {"circles": [[500, 0, 1]]}, {"circles": [[0, 0, float("nan")]]}, {"circles": [[0, 0, 1e9]]}, {"polygons": [[[0, 0], [0, 1], [1, True], [0, 0]]]},
    ],
)  # fmt: skip
def test_malformed_shape_is_empty(stored: Any) -> None:
    assert not Shape.read(stored) and Shape.read(stored).bounds is None


def test_ring_with_too_many_points_is_thinned_and_stays_closed() -> None:
    circle = [(math.cos(n / 500) * 3, math.sin(n / 500) * 3) for n in range(3_142)]
    (ring,) = Shape.of([circle]).polygons
    assert len(ring) <= MOST_POINTS and ring[0] == ring[-1]
    assert Shape.of([circle]).distance_km(0, 0) == 0
    assert Shape.read(Shape.of([circle]).as_json()) == Shape.of([circle])


@pytest.mark.parametrize(
    ("words", "category", "hazard"),
    [
        ("Flood Warning", "Met", "flood"), ("Flash Flood Watch", "Met", "flash_flood"), ("Coastal Flood Advisory", "Met", "storm_surge"),
        ("Hurricane Warning", "Met", "tropical_cyclone"), ("Red Flag Warning", "Fire", "wild_fire"), ("Wind Chill Advisory", "Met", "cold_wave"),
        ("High Wind Warning", "Met", "violent_wind"), ("Severe Thunderstorm Warning", "Met", "severe_local_storm"),
        ("Aviso de chuva forte", "Met", "severe_local_storm"), ("Orange Inundação", "Met", "flood"), ("Vigilance canicule", "Met", "heat_wave"),
        ("Wat is dit", "Health", "epidemic"), ("Wat is dit", "Met", ""), ("", "", ""),
    ],
)  # fmt: skip
def test_kind_of_hazard(words: str, category: str, hazard: str) -> None:
    assert kinds.from_words(words, category) == hazard


def test_kinds_that_go_together() -> None:
    assert kinds.go_together("flood", "tropical_cyclone") and kinds.go_together("", "volcano")
    assert kinds.go_together("other", "flood") and kinds.go_together("volcano", "volcano")
    assert not kinds.go_together("flood", "earthquake") and not kinds.go_together("earthquake", "")


def test_how_far_an_earthquake_is_felt() -> None:
    assert [felt_km(m) for m in (3.0, 5.0, 6.0, 7.0, 9.0, None, 99.0)] == [10, 31.6, 100, 316.2, 500, 100, 100]
    assert [magnitude_of(one) for one in ("Magnitude 5.1M, Depth:10km", "M 6.4", "5.25 M", "Green", "")] == [
        5.1,
        6.4,
        5.25,
        None,
        None,
    ]


@pytest.mark.parametrize(
    "text", ["", "x", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9" * 100, "Mon, 99 Foo", None]
)
def test_no_time_is_none(text: str | None) -> None:
    assert drafts.moment(text) is None or drafts.moment(text).year == 1  # type: ignore[union-attr]
    with pytest.raises(drafts.Unreadable):
        drafts.sent_time(text)


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://a.example/x?y=1", True), ("javascript:alert(1)", False), ("//a.example", False), ("https://", False), ("http://[::1", False),
        ("https://a.example/ x", False), ("https://a.example/" + "x" * 2_000, False), ("data:text/html,x", False),
    ],
)  # fmt: skip
def test_only_web_addresses_are_linked(address: str, kept: bool) -> None:
    assert bool(drafts.web_address(address)) is kept


def test_long_identifiers_stay_distinct() -> None:
    one, other = drafts.identifier("s", "a" * 400), drafts.identifier("s", "a" * 401)
    assert one != other and len(one) == 255
    with pytest.raises(drafts.Unreadable):
        drafts.identifier(" ", "\x00")


def test_languages_and_areas_of_a_cap_alert() -> None:
    from classifier import clock

    def info(language: str, headline: str, area: str) -> str:
        return (
            f"<info><language>{language}</language><category>Met</category><event>Flood</event><severity>Minor</severity>"
            f"<headline>{headline}</headline><area><areaDesc>{area}</areaDesc><circle>-19.8,34.8 25</circle>"
            "<polygon>1,2 3</polygon></area></info>"
        )

    text = cap_alert(clock.now(), info=info("pt-MZ", "Cheias", "Sofala") + info("en", "Floods", "Sofala Province"))
    (draft,) = cap.parse_alert(text.encode()).drafts
    assert (draft.headline, draft.area_name, draft.level) == ("Floods", "Sofala Province", 4)
    assert draft.shape == Shape.of(circles=[(34.8, -19.8, 25.0)])


def test_text_is_bounded_and_clean() -> None:
    from classifier import clock

    text = cap_alert(clock.now(), headline="x" * 5_000, areaDesc="y" * 5_000, event="z" * 500)
    (draft,) = cap.parse_alert(text.encode()).drafts
    assert (len(draft.headline), len(draft.area_name), len(draft.event_type)) == (300, 500, 100)


def test_xml_without_a_document_type_is_read() -> None:
    assert xml.name(xml.parse(b'<?xml version="1.0" encoding="iso-8859-1"?><a xmlns="urn:x">\xe9</a>')) == "a"
