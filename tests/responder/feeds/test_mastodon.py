"""Mastodon: what the stream did not tell is read from the timeline; deletions that it did not tell are asked for."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings

from responder.feeds import deletions
from responder.feeds.connectors import mastodon, registry
from responder.feeds.connectors.base import Unusable
from responder.feeds.listener import Listener
from responder.models import Feed, Post
from tests.fakes.mastodon import Mastodon
from tests.fakes.story import Faults, Until, make_story, silence_s
from tests.responder.feeds.conftest import everything_goes_wrong, nothing_lost_nothing_doubled

pytestmark = pytest.mark.django_db


def listen(server: Mastodon, feed: Feed, **options: Any) -> None:
    connector = mastodon.Mastodon(
        address=server.address, token=server.token, silence_s=silence_s(server.faults), **options
    )
    last = str(max(server.ids.values()))
    stop = Until(server.finished, lambda: Feed.objects.values_list("cursor", flat=True).get(pk=feed.pk) == last)
    Listener(feed.pk, connector=connector, stop=stop, sleep=stop.wait).run()


@pytest.mark.parametrize(
    ("posts", "cuts", "stalls"), [(1_000, 10, 2), pytest.param(20_000, 50, 5, marks=pytest.mark.slow)]
)
def test_nothing_is_lost_or_doubled(
    begin: Any, make_feed: Any, monkeypatch: pytest.MonkeyPatch, posts: int, cuts: int, stalls: int
) -> None:
    events, faults = everything_goes_wrong(begin, posts=posts, cuts=cuts, stalls=stalls)
    feed = make_feed("mastodon")
    with Mastodon(events, faults).running() as server:
        listen(server, feed)
        monkeypatch.setattr(
            registry, "connect", lambda _: mastodon.Mastodon(address=server.address, token=server.token)
        )
        assert deletions.check(feed) < posts * 0.02  # what the stream told was deleted by then
    nothing_lost_nothing_doubled(feed, events, faults, breaks=cuts + stalls + 3)


def test_a_hashtag_is_followed_and_words_choose_among_its_posts(begin: Any, make_feed: Any) -> None:
    events = make_story(60, start=begin, step=timedelta(milliseconds=20))
    feed = make_feed("mastodon")
    with Mastodon(events, Faults(cuts={20})).running() as server:
        listen(server, feed, channel="#flood", terms=["house 3"])
        paths = {(path, query.get("tag", [""])[0]) for _method, path, query, _body in server.requests}
    assert paths == {("/api/v1/streaming/hashtag", "flood"), ("/api/v1/timelines/tag/flood", "")}
    assert sorted(int(text.split()[-1]) for text in Post.objects.values_list("text", flat=True)) == [3, *range(30, 40)]


def test_a_post_tells_text_author_time_and_language(begin: Any, make_feed: Any) -> None:
    with Mastodon(make_story(1, start=begin, step=timedelta(seconds=1))).running() as server:
        listen(server, make_feed("mastodon"))
    post = Post.objects.get()
    assert (post.text, post.lang, post.author_handle) == ("Water is rising at house 0", "en", "person0@127.0.0.1")
    assert (post.source, post.created_at) == ("mastodon:127.0.0.1", begin)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One &amp; two<br>three</p><p>four</p>", "One & two\nthree\nfour"),
        ('<a href="x"><span class="invisible">https://</span>e.example</a>', "https://e.example"),
        ("<p>a < b <script>x</script", "a < b"),
        ("", ""),
    ],
)
def test_html_becomes_text(html: str, text: str) -> None:
    assert mastodon.text_of(html).startswith(text)


def test_a_wrong_token_needs_a_person(begin: Any, make_feed: Any) -> None:
    fake = Mastodon(make_story(3, start=begin, step=timedelta(seconds=1)))
    with fake.running() as server, pytest.raises(Unusable, match="token"):
        list(mastodon.Mastodon(address=server.address, token="wrong").read("", cursor_at=None))


def test_a_token_goes_to_its_own_server_alone(settings: Any, make_feed: Any) -> None:
    settings.MASTODON_TOKENS = {"mastodon.social": "ours"}
    feed = make_feed("mastodon")
    assert registry.connect(feed).token == "ours"
    feed.address = "https://mastodon.social.evil.example"
    assert registry.connect(feed).token == ""
    assert isinstance(django_settings.MASTODON_TOKENS, dict)
