"""Posts as the APIs of social networks deliver them, and archives of accounts."""

from typing import Any

import pytest

from classifier.tables import BadRow
from responder.feeds.raw_post import RawPost
from responder.feeds.shapes import raw_posts

WHOLE = (
    "Water is up to the roof of the school in Buzi and forty people are still up there, we need boats before the night"
)
CUT = WHOLE[:60] + "…"
ENTITIES = {"urls": [{"expanded_url": "https://example.org/a"}, {"expanded_url": "https://x.com/a/status/1/photo/1"}]}


def read(row: dict[str, Any], **mapping: str) -> RawPost:
    (post,) = raw_posts([(3, row)], mapping)
    assert isinstance(post, RawPost) and post.line == 3
    return post


def bad(row: dict[str, Any]) -> BadRow:
    (found,) = raw_posts([(3, row)], {})
    assert isinstance(found, BadRow)
    return found


def old(**changes: Any) -> dict[str, Any]:
    return {
        "id_str": "7",
        "id": 7.0,
        "full_text": WHOLE,
        "user": {"screen_name": "ana"},
        "entities": ENTITIES,
    } | changes


def new(**changes: Any) -> dict[str, Any]:
    return {"id": "7", "text": WHOLE, "author_id": "1", "author": {"id": "1", "username": "ana"}} | changes


@pytest.mark.parametrize(
    "row",
    [
        old(),
        old(full_text=None, text=WHOLE),
        old(full_text=None, text=CUT, extended_tweet={"full_text": WHOLE}),
        {"tweet": old()},
        new(),
        new(text=CUT, note_tweet={"text": WHOLE}),
        {"data": new(), "includes": {}},
        {"data": [{"id": "7", "text": WHOLE, "author_id": "1"}], "includes": {"users": [{"id": "1", "username": "ana"}]}},
        {"id": "7", "content": f"<p>{WHOLE}</p>", "account": {"acct": "ana", "username": "a"}},
        {"uri": "7", "author": {"handle": "ana", "did": "did:plc:a"}, "record": {"text": WHOLE}},
        {"post": {"uri": "7", "author": {"handle": "ana"}, "record": {"text": WHOLE}}},
        {"actor": "ana", "object": {"id": "7", "content": WHOLE}},
    ],
)  # fmt: skip
def test_text_id_and_author(row: dict[str, Any]) -> None:
    post = read(row)
    assert (post.text, post.source_id, post.author_handle) == (WHOLE, "7", "ana")
    assert not post.repairs


@pytest.mark.parametrize(
    ("row", "relation", "related_to", "text"),
    [
        (old(retweeted_status=old(id_str="5", user={"screen_name": "bo"})), "repeat", "5", f"RT @bo: {WHOLE}"),
        (old(retweeted_status={"id_str": "5", "text": CUT, "extended_tweet": {"full_text": WHOLE}}), "repeat", "5", WHOLE),
        (old(quoted_status={"id_str": "5", "full_text": "other words"}), "quote", "5", WHOLE),
        (old(quoted_status_id_str="5"), "quote", "5", WHOLE),
        (old(in_reply_to_status_id_str="5"), "reply", "5", WHOLE),
        (new(referenced_tweets=[{"type": "replied_to", "id": "5"}]), "reply", "5", WHOLE),
        (new(referenced_tweets=[{"type": "quoted", "id": "5", "text": "other words"}]), "quote", "5", WHOLE),
        (
            new(text=f"RT @bo: {CUT}", referenced_tweets=[{"type": "retweeted", "id": "5", "text": WHOLE}]),
            "repeat", "5", f"RT @bo: {WHOLE}",
        ),
        ({"data": [new(text=f"RT @bo: {CUT}", referenced_tweets=[{"type": "retweeted", "id": "5"}])],
          "includes": {"tweets": [{"id": "5", "text": CUT, "note_tweet": {"text": WHOLE}}]}}, "repeat", "5", f"RT @bo: {WHOLE}"),
        ({"id": "7", "content": WHOLE, "account": {"acct": "ana"}, "in_reply_to_id": "5"}, "reply", "5", WHOLE),
        ({"id": "7", "content": "", "account": {"acct": "ana"},
          "reblog": {"id": "5", "content": WHOLE, "account": {"acct": "bo"}}}, "repeat", "5", f"RT @bo: {WHOLE}"),
        ({"uri": "7", "author": {"handle": "ana"}, "record": {"text": WHOLE, "reply": {"parent": {
            "uri": "at://did:plc:b/app.bsky.feed.post/5"}}}}, "reply", "did:plc:b/5", WHOLE),
        ({"id": "7", "text": WHOLE, "in_reply_to_status_id": 5}, "reply", "5", WHOLE),
    ],
)  # fmt: skip
def test_relations_to_other_posts(row: dict[str, Any], relation: str, related_to: str, text: str) -> None:
    post = read(row)
    assert (post.relation, post.related_to, post.text) == (relation, related_to, text)


@pytest.mark.parametrize(
    "row",
    [
        old(full_text="https://t.co/a", extended_entities={"media": [{"ext_alt_text": "A bridge in the river"}]}),
        new(text="https://t.co/a", attachments={"media": [{"alt_text": "A bridge in the river"}]}),
        {"data": [new(text="", attachments={"media_keys": ["3_1"]})],
         "includes": {"media": [{"media_key": "3_1", "alt_text": "A bridge in the river"}]}},
        {"id": "7", "content": "", "account": {}, "media_attachments": [{"description": "A bridge in the river"}]},
        {"uri": "7", "record": {"text": "", "embed": {"images": [{"alt": "A bridge in the river"}]}}},
    ],
)  # fmt: skip
def test_a_post_without_words_takes_those_of_its_pictures(row: dict[str, Any]) -> None:
    post = read(row)
    assert post.text == "A bridge in the river"
    assert [(repair.kind, repair.lossy) for repair in post.repairs] == [("alt_text", False)]


def test_words_come_before_descriptions() -> None:
    post = read(old(extended_entities={"media": [{"ext_alt_text": "A bridge in the river"}]}))
    assert post.text == WHOLE and not post.repairs


def test_links_are_whole_and_without_the_post_s_own_pictures() -> None:
    assert read(old()).links == read(new(entities=ENTITIES)).links == ("https://example.org/a",)


def test_html_becomes_lines() -> None:
    row = {
        "id": "7",
        "content": "<p>Water &amp; bread</p><p>in <a href='x'>Buzi</a><br/>now</p>",
        "account": {"acct": "a"},
    }
    assert read(row).text == "Water & bread\nin Buzi\nnow"
    assert read(row | {"spoiler_text": "Flood"}).text.startswith("Flood\n")
    assert bad(row | {"content": "<a" * 40_000}).reason == "The text has too many unclosed HTML tags."


def test_places_and_points() -> None:
    place = {"id": "p", "geo": {"bbox": [36.0, 36.5, 36.3, 36.7]}}
    rows = [{"data": [new(geo={"place_id": "p"}), new(geo={"coordinates": {"type": "Point", "coordinates": [36.17, 36.58]}})],
             "includes": {"places": [place]}}]  # fmt: skip
    box, point = raw_posts(enumerate(rows, 1), {})
    assert isinstance(box, RawPost) and box.position is not None and box.position.radius_km > 10
    assert isinstance(point, RawPost) and point.position is not None and point.position.latitude == 36.58


def test_an_edited_post_is_the_same_post_in_a_later_revision() -> None:
    post = read(new(id="9", edit_history_tweet_ids=["7", "9"]))
    assert (post.source_id, post.revision) == ("7", "9".zfill(20))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"data": [], "includes": {}}, "The page has no posts."),
        ({"meta": {"result_count": 0}}, "The page has no posts."),
        ({"data": ["odd"], "includes": {}}, "This element of the page is not a post."),
        (old(full_text=" "), "The text is empty."),
        (new(text={"a": 1}), "The text is an object, and it is unclear which value is the text. Its keys: a."),
        (new(text=[1, 2]), "The text is a list whose elements are not all texts."),
        ({"did": "d", "commit": {"rkey": "1", "operation": "delete", "record": {}}}, "This is a deletion, not a post."),
    ],
)
def test_bad_rows_say_why(row: dict[str, Any], reason: str) -> None:
    assert bad(row) == BadRow(3, reason)


def test_a_mapping_wins_over_what_is_known_of_a_shape() -> None:
    row = old(note="Tell the boats", place_id="b7", at="2023-02-06T01:00:00Z")
    assert read(row, text="note").text == "Tell the boats"
    post = read(row, id="place_id", created_at="at", author="user.screen_name")
    assert (post.text, post.source_id, post.author_handle) == (WHOLE, "b7", "ana")
    assert post.created_at is not None and post.created_at.hour == 1


@pytest.mark.parametrize("author", [["ana"], True, float("nan"), {}, {"followers": 3}, None, "NA"])
def test_an_author_is_never_an_object_as_text(author: Any) -> None:
    assert read({"id": "1", "text": "x", "user": author}).author_handle == ""


@pytest.mark.parametrize("key", ["screen_name", "username", "acct", "handle", "name", "id"])
def test_an_author_given_as_an_object_is_read(key: str) -> None:
    assert read({"id": "1", "text": "x", "author": {key: "ana", "url": "https://example.org"}}).author_handle == "ana"
