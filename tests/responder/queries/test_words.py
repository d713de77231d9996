import re

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from responder.models import Post, PostWords
from responder.queries import posts, words
from responder.queries.filters import Filter
from responder.queries.words import TERMS, condition, highlighted, passes, terms, tokens

TEXTS = [
    "Send WATER to Búzi, bridges are gone", "The bridge is gone", "RT the bridge is gone", "agua, por favor",
    "100% lost & ?x=1", "地震が来た", "'; DROP TABLE responder_post; --", 'say "help" AND OR NOT NEAR(x)', "",
]  # fmt: skip
ASKED = [
    "water", "wat", "WÁTER", "buzi", '"bridge is gone"', "brid gone", "-rt bridge", '-"the bridge" gone', "地震", "agu",
    "100", "%", "_", '"', "-", "' OR 1=1", "help and", "NEAR(", "*", ":*", "rt:*", "a | b", "drop table",
]  # fmt: skip


def found(query):
    return set(Post.objects.filter(condition(query)).values_list("text", flat=True))


@pytest.fixture
def texts(make_post):
    return [make_post(text=text) for text in TEXTS]


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("water", {TEXTS[0]}),
        ("wat", {TEXTS[0]}),
        ("buzi", {TEXTS[0]}),
        ("bridge", {TEXTS[0], TEXTS[1], TEXTS[2]}),
        ('"bridge"', {TEXTS[1], TEXTS[2]}),
        ('"bridge is gone" -rt', {TEXTS[1]}),
        ("地震", {TEXTS[5]}),
        ("来た", {TEXTS[5]}),
        ("震地", set()),
        ("%", set(TEXTS)),
    ],
)
def test_words_beginnings_phrases_and_exclusions_are_found(texts, query, hits):
    assert found(query) == hits


@pytest.mark.parametrize("query", ASKED)
def test_the_database_and_a_text_in_hand_agree_on_any_query(texts, query):
    assert found(query) == {text for text in TEXTS if passes(text, query)}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=40), st.text(alphabet="abri dgeso\"-'*:&|()%_\\", max_size=40)))
def test_no_query_breaks_the_search(texts, query):
    assert found(query) == {text for text in TEXTS if passes(text, query)}


def test_what_is_masked_cannot_be_found(make_post):
    make_post(text="Call +258 84 123 4567 or write to ana.matos@example.org, @ana_matos knows")
    assert not [query for query in ("258", "84", "4567", "ana", "matos", "example", "ana_matos") if found(query)]
    assert found("call knows")


def test_a_post_is_found_by_its_newest_words_and_not_at_all_once_it_is_gone(make_post):
    post = make_post(text="the river rises")
    Post.objects.filter(pk=post.pk).update(text="the river falls")
    post.refresh_from_db()
    words.index([post])
    assert found("rises") == set()
    assert found("falls") == {"the river falls"}
    pk = post.pk
    post.delete()
    assert not PostWords.objects.filter(pk=pk).exists()
    assert found("falls") == set()


def test_many_terms_and_long_words_are_bounded(db):
    assert len(terms(" ".join(f"w{number}" for number in range(500)))) == TERMS
    assert max(map(len, tokens("x" * 5000))) <= 64
    assert found("x" * 5000 + " " + "y " * 500) == set()


def test_hits_are_marked_and_nothing_else_is_changed():
    masked = "Água <b>bridges</b> & the bridge"
    pieces = highlighted(masked, 'agua "bridge"')
    assert "".join(text for text, _hit in pieces) == masked
    assert [text for text, hit in pieces if hit] == ["Água", "bridge"]


@given(st.text(max_size=80), st.text(max_size=20))
def test_marking_never_loses_a_character(text, query):
    assert "".join(piece for piece, _hit in highlighted(text, query)) == text


def plan(rows):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    return rows.explain()


def test_a_search_goes_through_the_index_of_words(make_post, event):
    """A rare word by the index; a word that must be absent, post by post, by the post's id."""
    for number in range(60):
        make_post(text=f"Water at village {number}")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE responder_post, responder_postwords")
            cursor.execute("SET LOCAL enable_indexscan = off")  # to walk along a key is cheap while rows are few
    query_plan = plan(posts.matching(Filter(q='"village 7" -rt'), event).order_by("-created_at", "-id")[:30])
    wanted = "responder_postwords_gin" if connection.vendor == "postgresql" else "VIRTUAL TABLE INDEX"
    assert wanted in query_plan
    if connection.vendor == "postgresql":
        assert "responder_postwords_pkey" in query_plan
    # Which index of the posts is taken follows the statistics of the moment; none of them would be a scan of all.
    assert not re.search(r"(?:Seq Scan on|SCAN) responder_post\b", query_plan)


def test_a_place_goes_through_its_index(make_post, event):
    make_post()
    told = plan(posts.matching(Filter(place="beira"), event).order_by())
    assert "responder_postwords_place" in told


def test_words_that_must_be_absent_are_looked_up_post_by_post() -> None:
    """Most posts of all events together may hold such a word: a list of them would be made for each search."""
    sql = str(Post.objects.filter(condition("-boats water")).query)
    assert sql.count("NOT EXISTS") == 1 or "NOT (EXISTS" in sql
    assert sql.count(" IN (SELECT post_id") == 1
