import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from responder.queries import language
from responder.queries.filters import TYPED, Filter
from tests.responder.queries.test_filters import filters


def typed(text):
    query = QueryDict(mutable=True)
    query["q"] = text
    return Filter.parse(query, None)


def test_keys_become_conditions_and_the_rest_stays_words():
    post_filter, notices = typed('cat:needs place:beira lang:pt -rt conf:>=3 "bridge"')
    assert notices == []
    assert (post_filter.groups, post_filter.place, post_filter.lang, post_filter.min_confidence) == (
        ("needs",),
        "beira",
        "pt",
        3,
    )
    assert post_filter.q == '-rt "bridge"'


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("sev:critical", "sev=1"),
        ("sev:<=2", "sev=1,2"),
        ("sev:1 sev:3", "sev=1,3"),
        ('place:"Nova Sofala" boats', "place=Nova%20Sofala&q=boats"),
        ("t:now-90m", "t=now-90m"),
        ("cat:needs,sympathy_and_support", "cat=needs,sympathy_and_support"),
        ("see https://example.org/a:b", "q=see%20https%3A//example.org/a%3Ab"),
    ],
)
def test_each_way_to_write_a_condition(text, query):
    assert typed(text)[0].querystring().replace("%2F", "/") == query


@pytest.mark.parametrize(
    ("text", "part"),
    [("cat:fish", "fish"), ("sev:9", "9"), ("conf:high", "high"), ("t:soon", "soon")],
)
def test_what_is_not_understood_is_told_and_named(text, part):
    _wanted, notices = typed(text)
    assert len(notices) == 1
    assert part in notices[0]


def test_an_unknown_key_is_named_with_those_there_are_and_stays_text():
    keys, rest, problems = language.read("colour:blue water", TYPED)
    assert (keys, rest) == ({}, "colour:blue water")
    assert "colour" in problems[0]
    assert "place" in problems[0]


@given(filters(events=("",)))
def test_a_filter_survives_being_written_as_text(post_filter):
    again, notices = typed(post_filter.text())
    assert (again, notices) == (post_filter, [])


@given(st.text(alphabet='abc:"->=<, 123catsevplconf', max_size=60))
def test_any_text_yields_a_filter_that_survives(text):
    post_filter, _notices = typed(text)
    assert Filter.parse(QueryDict(post_filter.querystring()), None) == (post_filter, [])
