"""Reasons for and against: what they rest on, and that they never decide."""

import pytest

from responder.incidents import corroboration
from responder.models import Post


def post(text, author="", key=None, **columns):
    return Post(
        pk=hash((text, author)) % 10**6, text=text, author_handle=author, source="wire", text_key=key or text, **columns
    )


@pytest.mark.parametrize(
    ("text", "author", "kinds"),
    [
        ("I can see the water in my street", "ana", {"eyewitness"}),
        ("Nossa rua está cheia de água", "ana", {"eyewitness"}),
        ("Road closed", "PoliceBeira", {"official"}),
        ("According to the ministry the dam holds", "ana", {"official", "media"}),
        ("Flood reaches town", "radio_sofala", {"media"}),
        ("Our volunteers bring blankets", "ana", {"organisation"}),
        ("Water is needed", "ana", set()),
    ],
)
def test_posts_read_like_kinds_of_sources(text, author, kinds):
    assert corroboration.kinds_of(post(text, author)) == kinds


def test_copies_and_repetitions_are_one_voice():
    copies = [post("Bridge gone", f"a{n}", key="same") for n in range(5)]
    one_author = [post(f"Bridge gone {n}", "a") for n in range(5)]
    for posts in (copies, one_author):
        assert corroboration.independent(posts) == 1
        assert corroboration.reasons(posts)[0].side == "unclear"
    assert corroboration.reasons([post("Bridge gone", "a"), post("No bridge any more", "b")])[0].side == "for"


@pytest.mark.parametrize(
    "text", ["This is fake", "Isto é mentira", "Old photo from 2019", "The bridge is already open"]
)
def test_words_of_doubt_are_shown_with_their_posts(text):
    doubted = post(text, "b")
    against = [one for one in corroboration.reasons([post("Bridge gone", "a"), doubted]) if one.side == "against"]
    assert [one.post_ids for one in against] == [(doubted.pk,)]


def test_no_posts_no_reasons():
    assert corroboration.reasons([]) == []
