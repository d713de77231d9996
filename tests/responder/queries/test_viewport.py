import pytest
from django.http import QueryDict
from hypothesis import example, given
from hypothesis import strategies as st

from responder.queries import mercator
from responder.queries.viewport import Viewport


@example(242.0, 0.0, 602.0, 0.0, 0)
@given(*[st.floats(-1e6, 1e6)] * 4, st.integers(-100, 100))
def test_any_numbers_make_a_sound_view(west, south, east, north, zoom):
    view = Viewport.from_degrees(west, south, east, north, zoom)
    assert 0 <= view.east - view.west <= mercator.SIZE
    assert view.north <= view.south
    assert 0 <= view.zoom <= mercator.MAX_ZOOM


@pytest.mark.parametrize("query", ["bbox=1,2,3", "bbox=a,b,c,d", "bbox=nan,0,1,1", "bbox=1,2,inf,4", "bbox=,,,"])
def test_a_bad_area_shows_the_world_and_says_so(query):
    view, notices = Viewport.parse(QueryDict(query))
    assert view == Viewport.world()
    assert len(notices) == 1


@pytest.mark.parametrize("zoom", ["x", "1,2", "nan", "1e999"])
def test_a_bad_zoom_is_the_farthest_and_says_so(zoom):
    view, notices = Viewport.parse(QueryDict(f"z={zoom}"))
    assert view.zoom == 0
    assert len(notices) == 1


def test_nothing_asked_is_the_world_without_a_word():
    assert Viewport.parse(QueryDict("")) == (Viewport.world(), [])


@given(st.floats(-180, 180), st.floats(-80, 80))
def test_a_place_is_drawn_east_of_the_western_edge(longitude, latitude):
    view = Viewport.from_degrees(170, -85, -170, 85, 3)
    x, _y = mercator.project(latitude, longitude)
    moved = view.unwrapped(x)
    assert int(view.west) <= moved < int(view.west) + mercator.SIZE
    assert (moved - x) % mercator.SIZE == 0
