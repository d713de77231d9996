"""What shortened links lead to is taken from what each source delivers; nothing odd beside a post loses the post."""

from typing import Any

import pytest

from responder.feeds.connectors import bluesky, mastodon, x

REPORT, CARD = "https://example.org/report?id=3", "https://example.org/card"
FACET = {"features": [{"$type": bluesky.LINK, "uri": REPORT}, {"$type": "app.bsky.richtext.facet#mention", "did": "d"}]}
HTML = (
    f'<p>See <a href="{REPORT}" rel="nofollow noopener"><span class="invisible">https://</span>example.org…</a> '
    '<a href="https://m.example/@ana" class="u-url mention">@ana</a> '
    '<a href="https://m.example/tags/flood" class="mention hashtag" rel="tag">#flood</a></p>'
)


@pytest.mark.parametrize(
    ("urls", "kept"),
    [
        ([{"url": "https://t.co/a", "expanded_url": "https://bit.example/a", "unwound_url": REPORT}], (REPORT,)),
        ([{"url": "https://t.co/a", "expanded_url": REPORT}], (REPORT,)),
        ([{"url": "https://t.co/a"}, "odd", {"url": 3}], ("https://t.co/a",)),
        ([{"url": "https://t.co/a", "expanded_url": "https://x.com/ana/status/7/photo/1"}], ()),
        ("odd", ()),
    ],
)
def test_x_says_where_its_short_links_lead(urls: Any, kept: tuple[str, ...]) -> None:
    item = x.X()._item({"data": {"id": "7", "text": "See https://t.co/a", "entities": {"urls": urls}}})
    assert item.post is not None and item.post.links == kept
    assert "entities" in x.FIELDS["tweet.fields"]


@pytest.mark.parametrize(
    ("record", "kept"),
    [
        ({"facets": [FACET]}, (REPORT,)),
        ({"facets": [FACET], "embed": {"external": {"uri": CARD}}}, (REPORT, CARD)),
        ({"embed": {"media": {"external": {"uri": CARD}}}}, (CARD,)),
        ({"facets": ["odd", {"features": 3}], "embed": []}, ()),
        ({}, ()),
    ],
)
def test_bluesky_says_it_beside_the_words(record: dict[str, Any], kept: tuple[str, ...]) -> None:
    assert bluesky._links(record) == kept


@pytest.mark.parametrize(
    ("status", "kept"),
    [({"card": {"url": CARD}}, (REPORT, CARD)), ({"card": None}, (REPORT,)), ({"card": "odd"}, (REPORT,))],
)
def test_mastodon_says_it_in_its_html_and_people_are_no_links(status: dict[str, Any], kept: tuple[str, ...]) -> None:
    assert mastodon._links(status, mastodon._read(HTML)) == kept
