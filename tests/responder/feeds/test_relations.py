"""What a post is to another one is kept, as each source tells it, and forgotten with the other one."""

from typing import Any

import pytest

from responder.feeds import erasure, ingest
from responder.feeds.connectors import bluesky, mastodon, x
from responder.feeds.raw_post import RawPost
from responder.models import Event, Post

QUOTED = {"uri": "at://did:plc:a/app.bsky.feed.post/3k", "cid": "c"}
PARENT = {"parent": {"uri": "at://did:plc:b/app.bsky.feed.post/4k"}, "root": QUOTED}


def related(relation: str, to: str) -> dict[str, str]:
    return {"relation": relation, "related_to": to}


@pytest.mark.parametrize(
    ("referenced", "kept"),
    [
        ([{"type": "quoted", "id": "7"}, {"type": "replied_to", "id": "8"}], related("quote", "7")),
        ([{"type": "retweeted", "id": "9"}], related("repeat", "9")),
        ([{"type": "replied_to", "id": "8"}], related("reply", "8")),
        ([{"type": "something new", "id": "8"}], {}),
        ([], {}),
    ],
)
def test_x_says_what_is_referenced(referenced: list[dict[str, Any]], kept: dict[str, str]) -> None:
    assert x._related(referenced) == kept


@pytest.mark.parametrize(
    ("record", "kept"),
    [
        ({"embed": {"$type": "app.bsky.embed.record", "record": QUOTED}}, related("quote", "did:plc:a/3k")),
        ({"embed": {"record": {"record": QUOTED}, "media": {}}, "reply": PARENT}, related("quote", "did:plc:a/3k")),
        ({"reply": PARENT}, related("reply", "did:plc:b/4k")),
        ({"embed": {"record": {"uri": "at://did:plc:a/app.bsky.feed.generator/x"}}}, {}),
        ({"embed": {"images": []}}, {}),
        ({}, {}),
    ],
)
def test_bluesky_says_it_by_address(record: dict[str, Any], kept: dict[str, str]) -> None:
    assert bluesky._related(record) == kept


@pytest.mark.parametrize(
    ("status", "kept"),
    [
        ({"quote": {"state": "accepted", "quoted_status": {"id": "5"}}, "in_reply_to_id": "6"}, related("quote", "5")),
        ({"quote": {"state": "revoked", "quoted_status": None}}, {}),
        ({"in_reply_to_id": "6"}, related("reply", "6")),
        ({}, {}),
    ],
)
def test_mastodon_says_it_by_id(status: dict[str, Any], kept: dict[str, str]) -> None:
    assert mastodon._related(status) == kept


def test_a_post_keeps_it_until_the_other_is_deleted(event: Event) -> None:
    posts = [
        RawPost("1", "Bridge down in Dondo"), RawPost("2", "See this", relation="quote", related_to="1"),
        RawPost("3", "RT @radio: Bridge down in Dondo"), RawPost("4", "No, it stands", relation="reply", related_to="2"),
    ]  # fmt: skip
    ingest.accept(posts=posts, source="x", event=event)
    rows = Post.objects.order_by("source_id").values_list("relation", "related_to")
    assert list(rows) == [("", ""), ("quote", "1"), ("repeat", ""), ("reply", "2")]
    erasure.delete(source="x", source_ids=["1"])
    assert list(rows.all()) == [("quote", ""), ("repeat", ""), ("reply", "2")]
