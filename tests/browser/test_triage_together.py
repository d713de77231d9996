"""Several people at one queue: a conflict, claims that end by themselves, and bulk decisions while posts stream in."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Browser, Page, expect

from responder import triage
from responder.models import Change, Claim, Post, TriageAction, User
from tests.browser.queue import card_of, open_queue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[..., None]
BULK = 200
LEASE_S = 90


@pytest.fixture
def waiting(make_post: Callable[..., Post]) -> list[Post]:
    texts = ("Trapped on a roof, send boats", "The clinic has no power", "Water is brown here")
    return [make_post(text=text, severity=severity) for severity, text in enumerate(texts, 1)]


@pytest.fixture
def other(browser: Browser) -> Iterator[Page]:
    """The browser of somebody else."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def test_who_comes_second_gets_one_conflict_and_loses_nothing(
    page: Page, other: Page, live_server: Any, sign_in: SignIn, waiting: list[Post]
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    for person, role in ((page, "reviewer"), (other, "lead")):
        sign_in(person, role)
        open_queue(person, live_server.url, first=waiting[0])
    refused: list[int] = []
    other.on("response", lambda answer: refused.append(answer.status) if "/category" in answer.url else None)
    page.keyboard.press("3")
    expect(card_of(page, waiting[1])).to_be_visible()
    expect(page.locator("[data-undo-text]")).to_contain_text("Set Missing or found people")
    other.keyboard.press("5")
    row = other.locator(f'[data-item="{waiting[0].pk}"]')
    alert = row.get_by_role("alert")
    expect(alert).to_contain_text(re.compile(r"Ana Reviewer changed this post .+: Set Missing or found people\."))
    expect(alert.get_by_role("button")).to_have_text(["Keep theirs", "Use mine"])
    assert refused == [409]
    assert Post.objects.get(pk=waiting[0].pk).category == "missing_or_found_people"
    alert.get_by_role("button", name="Use mine").click()
    expect(other.locator("[data-undo-text]")).to_contain_text("Set Infrastructure, utility damage")
    expect(row).to_have_count(0)
    expect(other.locator(":focus")).to_have_count(1)
    assert refused == [409, 200]
    decided = Post.objects.get(pk=waiting[0].pk)
    assert (decided.category, decided.version) == ("infrastructure_and_utility_damage", 3)
    assert TriageAction.objects.filter(post=decided).count() == 2


def test_keeping_theirs_leaves_their_decision_and_the_work_goes_on(
    page: Page, live_server: Any, sign_in: SignIn, waiting: list[Post], people: dict[str, User]
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, "reviewer")
    open_queue(page, live_server.url, first=waiting[0])
    triage.dismiss(post_id=waiting[0].pk, version=1, by=people["lead"])
    page.keyboard.press("a")
    page.get_by_role("alert").get_by_role("button", name="Keep theirs").click()
    expect(page.locator(f'[data-item="{waiting[0].pk}"]')).to_have_count(0)
    expect(card_of(page, waiting[1])).to_be_visible()
    expect(page.locator("[data-item] [data-open]:focus")).to_have_count(1)
    assert Post.objects.get(pk=waiting[0].pk).status == "dismissed"


def test_a_browser_that_crashed_frees_its_claim_within_ninety_seconds(
    page: Page, other: Page, live_server: Any, sign_in: SignIn, waiting: list[Post]
) -> None:
    for person, role in ((page, "reviewer"), (other, "lead")):
        person.set_viewport_size({"width": 1440, "height": 900})
        sign_in(person, role)
    with other.expect_response("**/claim"):
        open_queue(other, live_server.url, first=waiting[0])
    other.context.set_offline(True)  # a crash says goodbye to nobody
    other.close()
    open_queue(page, live_server.url, first=waiting[0])
    expect(page.locator("[data-held]")).to_have_text("Ana Lead has this post open too")
    expect(page.locator(f'[data-item="{waiting[0].pk}"] [data-claim]')).to_contain_text("Ana Lead has it open")
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=LEASE_S + 1), tick=True):
        with page.expect_response("**/claim"):
            page.reload()
        expect(page.locator("[data-held]")).to_be_hidden()
        expect(page.locator("[data-claim]:visible")).to_have_count(0)
        assert Claim.objects.get(post=waiting[0]).user.username == "reviewer-ana"


def test_leaving_a_post_gives_it_back_at_once(
    page: Page, live_server: Any, sign_in: SignIn, waiting: list[Post]
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, "reviewer")
    with page.expect_response("**/claim"):
        open_queue(page, live_server.url, first=waiting[0])
    with page.expect_response("**/release"):
        page.keyboard.press("j")
    assert not Claim.objects.filter(post=waiting[0]).exists()


def test_two_hundred_at_once_while_posts_stream_in_keep_the_selection(
    page: Page, streaming: str, sign_in: SignIn, make_post: Callable[..., Post]
) -> None:
    posts = [make_post(text=f"House {number} is flooded") for number in range(BULK)][::-1]
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, "reviewer", at=streaming)
    open_queue(page, streaming, first=posts[0])
    expect(page.locator("[data-live]")).to_have_attribute("data-state", "no_source")  # the stream is open
    for shown in range(60, BULK + 30, 30):
        page.get_by_role("button", name="Show more").click()
        expect(page.locator("[data-item]")).to_have_count(min(shown, BULK))
    page.keyboard.press("v")
    page.get_by_role("button", name="Select all shown").click()
    expect(page.locator("[data-bulk-count]")).to_have_text("200 selected")
    before = _rows(page)
    urgent = make_post(text="Just in: a family on a roof", severity=1)
    Change.objects.create(post=urgent, kind=Change.Kind.NEW)
    expect(page.get_by_role("button", name="Show 1 new post")).to_be_visible()
    assert _rows(page) == before
    expect(page.locator("[data-pick]:checked")).to_have_count(BULK)
    group = page.get_by_role("group", name="Selected posts")
    group.get_by_text("Severity").click()
    group.get_by_role("button", name="High").click()
    expect(page.locator("[data-bulk-said]")).to_contain_text("200", timeout=30_000)
    expect(page.locator("[data-bulk-count]")).to_have_text("200 selected")
    assert _rows(page) == before
    group.get_by_role("button", name="Not relevant").click()
    expect(page.locator("[data-item]")).to_have_count(0, timeout=30_000)
    expect(page.locator("[data-bulk-count]")).to_have_text("200 selected, 200 not in this list")
    assert Post.objects.filter(status="dismissed", severity=2).count() == BULK
    page.keyboard.press("z")
    expect(page.locator("[data-announce]")).to_have_text("Undid 200 of 200 decisions", timeout=30_000)
    assert Post.objects.filter(status="unreviewed").count() == BULK + 1


def _rows(page: Page) -> list[str]:
    found: list[str] = page.locator("[data-item]").evaluate_all("rows => rows.map((row) => row.dataset.item)")
    return found
