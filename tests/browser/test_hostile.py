"""Hostile posts on every page that shows posts: nothing they carry runs, nobody else is asked, no policy is loosened."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from classifier.models import LabelTask
from responder.incidents import membership
from responder.models import Event, Post, User
from responder.web import saved_views
from tests.browser.checks import WIDE
from tests.browser.places import Place, go

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HOSTILE = (
    "<script>window.ran = 1</script>", "<svg onload=window.ran=1><animate onbegin=window.ran=1>", "</bdi></li><iframe src=//evil.example>",
    "javascript:window.ran=1", '<a href="javascript:window.ran=1">x</a>', '"><img src=//evil.example/x onerror=window.ran=1>',
    "\u202e txet desrever \u2066\u2067", "W" * 4000, "\u0301" * 500, "{{ 7*7 }} {% debug %}", "<style>*{display:none}</style>",
    "<meta http-equiv=refresh content=0;url=//evil.example>", "\x01\x02 control", "<mark>water</mark> water",
    "</script><script>window.ran=1</script>", "' autofocus onfocus=window.ran=1 x='", "url(//evil.example/x.css)", "</title><base href=//evil.example>",
    "${window.ran=1}", "<math><mi xlink:href=javascript:window.ran=1>", "data:text/html,<script>window.ran=1</script>", "]]><!--", "=cmd|' /C calc'!A0",
)  # fmt: skip


@pytest.fixture
def hostile(make_post: Callable[..., Post], event: Event, people: dict[str, User]) -> list[Post]:
    """Five hundred of them, an incident of some, and every name that people may give."""
    draw = random.Random(3)
    posts = []
    for number in range(500):
        posts.append(make_post(
            text=f"{draw.choice(HOSTILE)} water {draw.choice(HOSTILE)}", author_handle=draw.choice(HOSTILE)[:200],
            severity=1 + number % 4, severity_reason=draw.choice(HOSTILE)[:100], place_name=draw.choice(HOSTILE)[:200],
            lang=draw.choice(["en", "", "ar"]), latitude=draw.uniform(-21, -17), longitude=draw.uniform(33, 36),
        ))  # fmt: skip
    for number, text in enumerate(HOSTILE):
        LabelTask.objects.create(
            subject=f"x:{number}", text=text, text_key=f"k{number}", week="2026-W48", purpose="audit", lang="en"
        )
    event.name = f"{HOSTILE[5]} {HOSTILE[0]}"
    event.save()
    people["superuser"].first_name = HOSTILE[0]
    people["superuser"].save()
    for name, scope in ((HOSTILE[0], "me"), (HOSTILE[5], "team")):
        saved_views.save(name=name[:80], page="map", query="sev=1", scope=scope, by=people["superuser"])
    membership.create(post_ids=[post.pk for post in posts[:40]], by=people["lead"], title=f"{HOSTILE[0]}{HOSTILE[5]}")
    return posts


def test_five_hundred_hostile_posts_run_nothing_and_ask_nobody(
    watched: tuple[Page, list[str]], live_server: Any, hostile: list[Post]
) -> None:
    page, wrong = watched
    incident = hostile[0].memberships.get().incident
    page.set_viewport_size({"width": 1440, "height": 900})

    def visit(address: str, ready: str, *, posts: str = "") -> None:
        go(page, live_server.url, Place(address, ready))
        page.evaluate("for (const part of document.querySelectorAll('main details')) part.open = true")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.ran") is None, address
        assert not wrong, (address, wrong)
        fits = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert fits, (address, page.evaluate(WIDE))
        if posts:
            expect(page.locator(posts).first).to_be_attached()
            assert page.locator(f":is({posts}) :is(script, iframe, img, style, base, meta, math, animate)").count() == 0

    page.route("**/live/**", lambda route: route.abort())  # else the page never rests
    visit("/feed/?q=water", "[data-post]", posts="[data-post]")
    page.get_by_role("link", name="Older posts").click()
    visit(page.url.removeprefix(live_server.url), "[data-post]", posts="[data-post]")
    visit("/map/?sev=1", "[data-room][data-ready] .item.is-open .card", posts="[data-item]")
    visit("/triage/?sev=1", "[data-queue][data-ready] .beside-part", posts="[data-item], [data-card], .other")
    for _post in range(8):
        page.keyboard.press("j")
    expect(page.locator("[data-queue] .beside-part").first).to_be_attached()
    visit("/incidents/", "main", posts="main")
    visit(f"/incidents/{incident.ref}/", "#evidence", posts="#evidence")
    visit(f"/incidents/pick?post={hostile[77].pk}", "main", posts="main")
    visit("/analytics/?t=24h", "#volume-legend li")
    visit("/labelling/", "[data-text]", posts="main")
    visit(f"/posts/{hostile[5].pk}/reveal", "main", posts="main")
    page.set_viewport_size({"width": 390, "height": 844})
    visit("/feed/?q=water", "[data-post]", posts="[data-post]")
    visit("/triage/?sev=1", "[data-queue][data-ready]", posts="[data-item]")
    assert page.evaluate("window.ran") is None
