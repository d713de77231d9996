"""Links of unknown hosts are text, and open only through a page that shows where they lead."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.models import Post, User
from responder.privacy import leaving, links
from responder.queries import items

MakePost = Callable[..., Post]
LINK = "https://help-beira.example/list?id=3"
HREF = re.compile(r'href="([^"]*)"')
FORGED = [
    "",
    "x",
    "a" * 5_000,
    "WzEsICJhIl0:1:x",
    "\x00",
    "WzEsICJhIl0:1tQ3aB:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
]


@pytest.fixture
def post(make_post: MakePost) -> Post:
    return make_post(links=[LINK, "https://reliefweb.int/report/1"], source="bluesky")


@pytest.fixture
def viewer(client: Client, people: dict[str, User]) -> Client:
    client.force_login(people["viewer"])
    return client


def shown(post: Post, link: str) -> leaving.Departure:
    post_id, digest = leaving.parse(parse_qs(urlsplit(leaving.confirmation(post.pk, link)).query)["to"][0])
    found = leaving.departure(post.links, digest)
    assert post_id == post.pk and found is not None
    return found


def test_a_card_opens_known_hosts_and_asks_before_others(viewer: Client, post: Post) -> None:
    card = viewer.get(reverse("map-item", args=[post.pk])).content.decode()
    addresses = [unescape(href) for href in HREF.findall(card)]
    assert LINK not in addresses and "help-beira.example/list?id=3" in card
    assert "https://reliefweb.int/report/1" in addresses
    asked = [href for href in addresses if href.startswith("/leave/?to=")]
    assert len(asked) == 1 and "beira" not in asked[0]
    page = viewer.get(asked[0])
    assert page.status_code == 200 and page["Referrer-Policy"] == "no-referrer" and "no-store" in page["Cache-Control"]
    body = page.content.decode()
    opening = re.search(r"<a [^>]*data-open-link[^>]*>[^<]*", body)
    assert opening is not None
    assert f'href="{LINK}"' in opening[0] and 'rel="noopener noreferrer nofollow"' in opening[0]
    assert opening[0].endswith("Open help-beira.example")
    assert f"Post {post.pk} from bluesky" in body and "http-equiv" not in body and "prefetch" not in body


@pytest.mark.parametrize(
    ("link", "source", "known"),
    [
        ("https://reliefweb.int/a", "x", True),
        ("https://www.who.int/a", "import", True),
        ("http://reliefweb.int/a", "x", False),
        ("https://reliefweb.int:8443/a", "x", False),
        ("https://reliefweb.int@evil.example/", "x", False),
        ("https://evil-reliefweb.int/a", "x", False),
        ("https://reliefweb.int.evil.example/a", "x", False),
        ("https://x.com/a/status/1", "x", True),
        ("https://x.com/a/status/1", "bluesky", False),
        ("https://t.co/a", "x", False),
        ("https://bsky.app/a", "bluesky", True),
        ("https://relief.example/1", "mastodon:relief.example", True),
        ("https://other.example/1", "mastodon:relief.example", False),
        ("https://anything.com/1", "mastodon:com", False),
        ("https://anything.com/1", "mastodon:", False),
        ("https://anything.co.uk/1", "mastodon:co.uk", False),
    ],
)
def test_hosts_that_open_at_once(link: str, source: str, known: bool) -> None:
    assert leaving.is_known(link, source) is known


@pytest.mark.parametrize(
    ("link", "host", "ascii_host", "warning"),
    [
        ("https://аррӏе.com/login", "аррӏе.com", "xn--80ak6aa92e.com", "“apple.com”"),
        ("https://gооgle.com/", "gооgle.com", "xn--ggle-55da.com", "“google.com”"),
        ("https://bücher.example/", "bücher.example", "xn--bcher-kva.example", "other alphabets"),
        ("https://пример.example/", "пример.example", "xn--e1afmkfd.example", "other alphabets"),
        ("https://192.0.2.7/a", "192.0.2.7", "", "an IP address"),
        ("https://3221225991/a", "3221225991", "", "an IP address"),
        ("https://[2001:db8::1]/a", "2001:db8::1", "", "an IP address"),
        ("https://bit.ly/abc", "bit.ly", "", "shortened"),
        ("https://help.example:8443/", "help.example", "", "port 8443"),
        ("http://help.example/", "help.example", "", "isn't encrypted"),
        ("https://help.example/app.apk", "help.example", "", "a program"),
        ("https://xn--a.example/", "xn--a.example", "", "isn't valid"),
    ],
)
def test_what_is_suspicious_is_said(make_post: MakePost, link: str, host: str, ascii_host: str, warning: str) -> None:
    post = make_post(links=links.kept([link]))
    found = shown(post, post.links[0])
    assert (found.host, found.ascii) == (host, ascii_host or host)
    assert warning in " ".join(found.warnings)


def test_an_ordinary_address_has_no_warning(post: Post) -> None:
    assert shown(post, LINK).warnings == ()


@pytest.mark.parametrize("token", FORGED)
def test_a_forged_address_is_refused(viewer: Client, token: str) -> None:
    answer = viewer.get(reverse("leave"), {"to": token, "next": "https://evil.example/"})
    assert answer.status_code == 400 and b"evil.example" not in answer.content


def test_an_address_of_another_purpose_or_that_expired_is_refused(
    viewer: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = signing.dumps([post.pk, "a"], salt="another purpose")
    assert viewer.get(reverse("leave"), {"to": other}).status_code == 400
    address = leaving.confirmation(post.pk, LINK)
    assert viewer.get(address).status_code == 200
    monkeypatch.setattr(leaving, "VALID", timedelta(seconds=-1))
    assert viewer.get(address).status_code == 400


def test_only_links_that_a_visible_post_holds_are_opened(viewer: Client, post: Post, make_post: MakePost) -> None:
    personal = make_post(links=["https://x.com/ana_m/status/12"])
    waiting = make_post(links=[LINK], state=Post.State.ACCEPTED)
    gone = leaving.confirmation(post.pk, LINK)
    for address in (
        leaving.confirmation(post.pk, "https://evil.example/"), leaving.confirmation(personal.pk, personal.links[0]),
        leaving.confirmation(waiting.pk, LINK), leaving.confirmation(999_999, LINK),
    ):  # fmt: skip
        assert viewer.get(address).status_code == 404
    assert viewer.get(gone).status_code == 200
    post.links = []
    post.save()
    assert viewer.get(gone).status_code == 404


@pytest.mark.parametrize(
    "stored",
    [
        "javascript:alert(1)",
        "data:text/html,<script>1</script>",
        "https://a@evil.example/",
        "//evil.example",
        'https://e.example/"><script>',
    ],
)
def test_a_stored_link_that_is_no_canonical_web_link_is_never_opened(
    viewer: Client, make_post: MakePost, stored: str
) -> None:
    post = make_post(links=[stored])
    assert viewer.get(leaving.confirmation(post.pk, stored)).status_code == 404


def test_people_who_may_not_read_posts_get_nothing(client: Client, people: dict[str, User], post: Post) -> None:
    address = leaving.confirmation(post.pk, LINK)
    assert client.get(address).status_code == 302
    client.force_login(people["partner"])
    assert client.get(address).status_code == 403
    client.force_login(people["lead"])
    assert client.post(address).status_code == 405


def test_a_link_of_two_thousand_characters_is_shown_whole_and_its_address_stays_short(
    viewer: Client, make_post: MakePost
) -> None:
    long = "https://help.example/" + "a" * 1_970
    post = make_post(links=links.kept([long]))
    address = leaving.confirmation(post.pk, long)
    assert len(address) < 200 and post.links == [long]
    assert viewer.get(address).content.decode().count("a" * 1_970) == 2


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=60),
    st.sampled_from(
        ["{}", "https://{}", "https://{}/a", "https://a.example/{}", "https://xn--{}.example/", "https://0x{}.1/"]
    ),
)
def test_any_link_that_is_kept_has_a_harmless_host(text: str, form: str) -> None:
    for link in links.kept([form.format(text)]):
        found = leaving.departure([link], leaving._digest(link))
        if found is not None:
            assert found.host and found.host.isprintable() and not set(found.host) & set("<>\"'/\\ ")
            assert re.fullmatch(r"https?://[!-~]+", found.href)


def test_a_card_signs_no_link_that_masking_hides(make_post: MakePost) -> None:
    post = make_post(links=["https://wa.me/258841234567"])
    item: Any = items.find(post.pk, User(is_superuser=True))
    assert item["links"] == [{"text": "wa.me/•••", "href": "", "confirm": ""}]
