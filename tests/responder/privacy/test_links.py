"""Links in one form, harmless to look at, and silent about people."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.models import Event, Post
from responder.privacy import links, policy
from responder.privacy.masking import HIDDEN


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("HTTPS://Example.ORG:443/News?utm_source=x&id=3&fbclid=9#frag", "https://example.org/News?id=3"),
        ("http://example.org", "http://example.org/"),
        ("http://example.org:8080/a?b=1&b=2", "http://example.org:8080/a?b=1&b=2"),
        ("https://user:secret@example.org/a", "https://example.org/a"),
        ("https://аррӏе.com/login", "https://xn--80ak6aa92e.com/login"),
        ("https://bücher.example/ã b?q=a+b&z=%2F", "https://xn--bcher-kva.example/%C3%A3%20b?q=a+b&z=%2F"),
        ("http://[2001:db8::1]/a", "http://[2001:db8::1]/a"),
        ("javascript:alert(1)", ""),
        ("data:text/html,hi", ""),
        ("mailto:ana@example.org", ""),
        ("//example.org/a", ""),
        ("https://", ""),
        ("https://exa mple.org/", ""),
        ("https://example.org:99999/", ""),
        ("https://example.org/?" + "&".join(f"a{n}=1" for n in range(300)), ""),
        ("https://example.org/" + "a" * 2_000, ""),
    ],
)
def test_a_link_has_one_form(link: str, kept: str) -> None:
    assert links.canonical(link) == kept


def test_ten_links_are_kept_each_once() -> None:
    many = ["https://example.org/0#a", "https://EXAMPLE.org/0?utm_medium=b", None, 3, ""]
    assert links.kept(many) == ["https://example.org/0"]
    assert len(links.kept(f"https://example.org/{n}" for n in range(50))) == links.MOST


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ("https://mastodon.example/@ana/1", f"mastodon.example/@{HIDDEN}/1"),
        ("https://x.com/ana_m/status/12", f"x.com/{HIDDEN}/status/12"),
        ("https://m.facebook.com/ana.matos", f"m.facebook.com/{HIDDEN}"),
        ("https://bsky.app/profile/ana.example/post/3k", f"bsky.app/profile/{HIDDEN}/post/3k"),
        ("https://wa.me/258841234567", f"wa.me/{HIDDEN}"),
        ("https://example.org/?mail=ana%40example.org", f"example.org/?mail={HIDDEN}"),
        ("https://example.org/?mail=ana%252540example.org", f"example.org/?mail={HIDDEN}"),
        ("https://maps.example/?q=-19.84123,34.84123", f"maps.example/?q={HIDDEN}"),
    ],
)
def test_a_link_that_names_somebody_is_masked_and_leads_nowhere(link: str, text: str) -> None:
    assert links.shown(link) == links.ShownLink(text=text, href="")


@pytest.mark.parametrize(
    "link",
    [
        "https://t.co/Ab3",
        "https://example.org/2024/flood-in-beira",
        "https://youtube.com/watch?v=abc",
        "https://x.com/",
    ],
)
def test_other_links_lead_where_they_say(link: str) -> None:
    assert links.shown(link).href == link and links.shown(link).text in link


def test_letters_that_turn_the_text_round_are_not_shown() -> None:
    link = links.canonical("https://example.org/%E2%80%AEgnp.exe")
    assert links.shown(link).text == "example.org/\ufffdgnp.exe"


@settings(max_examples=50)
@given(st.text(max_size=100))
def test_any_text_becomes_a_safe_link_or_none(text: str) -> None:
    for link in links.kept([text, f"https://{text}", f"https://example.org/{text}", *links.in_text(text)]):
        assert re.fullmatch(r"https?://[a-z0-9.:\[\]_-]+/[!-~]*", link)
        assert links.canonical(link) == link
        assert links.shown(link).text.isprintable()


def test_links_are_kept_as_the_source_tells_them_else_as_the_text_does(event: Event) -> None:
    ingest.accept(
        posts=[
            RawPost("1", "See https://t.co/a", links=("https://example.org/report?utm_source=x",)),
            RawPost("2", "See (https://example.org/a), http://example.org/b."),
            RawPost("3", "Nothing"),
        ],
        source="x", event=event,
    )  # fmt: skip
    assert list(Post.objects.order_by("source_id").values_list("links", flat=True)) == [
        ["https://example.org/report"], ["https://example.org/a", "http://example.org/b"], []
    ]  # fmt: skip


@pytest.mark.parametrize("source", ["x", "X:sandbox", "twitter"])
def test_links_of_x_never_leave(make_post: object, source: str) -> None:
    kept = ["https://example.org/a", "https://x.com/ana/status/1"]
    withheld, other = make_post(source=source, links=kept), make_post(source="bluesky", links=kept)  # type: ignore[operator]
    assert policy.shared(withheld)["links"] is None
    assert policy.shared(other)["links"] == ["https://example.org/a", f"x.com/{HIDDEN}/status/1"]
