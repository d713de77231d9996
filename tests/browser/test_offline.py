"""Work without a network: pages as last seen, and decisions and a report that outlive a browser that is killed."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, expect

from responder import triage
from responder.models import FieldReport, Post, TriageAction, User
from tests.browser import checks
from tests.browser.conftest import PASSWORD
from tests.browser.queue import decide, open_queue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DECISIONS = 20
KEEPS_WITHIN_S = 60
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
OFFLINE = re.compile(r"Offline\. Posts as of \d\d:\d\d\. Decisions and reports are kept and sent later\.")
# Of all that is fetched ahead, the base map comes last.
KEPT = """async ({ pages, cards }) => {
  const names = (await caches.keys()).filter((name) => name.startsWith("responder-pages-"));
  if (!names.length || !(await caches.keys()).some((name) => name.startsWith("responder-world-"))) return false;
  const paths = (await (await caches.open(names[0])).keys()).map(({ url }) => new URL(url).pathname);
  return pages.every((page) => paths.includes(page)) && paths.filter((path) => path.startsWith("/triage/items/")).length >= cards;
}"""
PAGES = ["/map/", "/map/data", "/triage/", "/response/", "/field-reports/new", "/offline/"]


def enter(page: Page, person: User) -> None:
    page.get_by_label("User name").fill(person.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("html[data-shell=ready]")).to_be_attached()


def fetched_ahead(page: Page, *, cards: int) -> None:
    """Wait until the service worker has kept the pages and as many cards of posts."""
    end = time.monotonic() + KEEPS_WITHIN_S
    while not page.evaluate(KEPT, {"pages": PAGES, "cards": cards}):  # wait_for_function takes a promise for true
        assert time.monotonic() < end, "the pages were not kept"
        page.wait_for_timeout(100)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser with the service worker."""
    made = browser.new_context(viewport=WIDE, service_workers="allow")
    yield made
    made.close()


def test_pages_are_shown_as_last_seen_and_are_gone_after_signing_out(
    context: BrowserContext, live_server: Any, people: dict[str, User], posts: list[Post]
) -> None:
    page = context.new_page()
    page.goto(f"{live_server.url}/login/")
    enter(page, people["reviewer"])
    page.goto(f"{live_server.url}/map/?event=flood")
    expect(page.locator("[data-room][data-ready]")).to_be_attached()
    marks = page.locator(".mark-icon").count()
    fetched_ahead(page, cards=len(posts))
    context.set_offline(True)
    page.goto(f"{live_server.url}/map/?event=flood")
    expect(page.get_by_text(OFFLINE)).to_be_visible()
    expect(page.locator("[data-room][data-ready]")).to_be_attached()
    assert marks and page.locator(".mark-icon").count() == marks
    assert checks.barriers(page) == []
    open_queue(page, live_server.url, first=posts[0], query="?event=flood")
    page.keyboard.press("a")
    expect(page.get_by_text("1 decision is saved on this device")).to_be_visible()
    page.reload()
    expect(page.locator("[data-queue][data-ready]")).to_be_attached()
    expect(page.locator(f'[data-item="{posts[0].pk}"]')).to_have_count(0)  # nobody is asked for it twice
    page.goto(f"{live_server.url}/response/?event=flood")
    expect(page.get_by_text(OFFLINE)).to_be_visible()
    page.goto(f"{live_server.url}/feed/")
    expect(page.get_by_role("heading", name="There is no network")).to_be_visible()
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/offline/?event=flood")
    expect(page.locator("[data-waiting-list] li")).to_contain_text("Confirm: Trapped on a roof")
    assert checks.not_fitting(page, "the device, 390 px") == [] and checks.small_targets(page) == []
    assert checks.barriers(page) == []
    page.locator("details.account > summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign out and keep it").click()
    expect(page.get_by_role("heading", name="There is no network")).to_be_visible()
    page.goto(f"{live_server.url}/map/?event=flood")
    expect(page.get_by_role("heading", name="There is no network")).to_be_visible()
    context.clear_cookies()  # what signing out does with a network
    context.set_offline(False)
    page.goto(f"{live_server.url}/login/")
    enter(page, people["lead"])
    page.goto(f"{live_server.url}/offline/")
    expect(page.get_by_text("1 decision or report of another person waits")).to_be_visible()
    assert not TriageAction.objects.exists()


@pytest.fixture
def start(browser_type: BrowserType, browser_type_launch_args: dict[str, Any], tmp_path: Path) -> Iterator[Any]:
    """Starts a browser on one profile, again and again."""
    started: list[BrowserContext] = []

    def run() -> BrowserContext:
        context = browser_type.launch_persistent_context(
            tmp_path / "profile", viewport=WIDE, **browser_type_launch_args
        )
        context.set_default_timeout(60_000)
        started.append(context)
        return context

    yield run
    started[-1].close()


def kill(profile: Path) -> None:
    """End the browser that this test started with a profile, as a flat battery would."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            command = (folder / "cmdline").read_text().split("\0")
        except OSError:
            continue
        if f"--user-data-dir={profile}" in command and not any(one.startswith("--type=") for one in command):
            os.kill(int(folder.name), signal.SIGKILL)


@pytest.mark.slow
def test_what_was_done_without_a_network_outlives_a_killed_browser_and_is_sent_once(
    start: Callable[[], BrowserContext], tmp_path: Path, live_server: Any, people: dict[str, User],
    make_post: Callable[..., Post],
) -> None:  # fmt: skip
    posts = [make_post(text=f"Shelter is needed at village {number}") for number in range(DECISIONS + 2)][::-1]
    context = start()
    page = context.pages[0]
    page.goto(f"{live_server.url}/login/")
    enter(page, people["reviewer"])
    open_queue(page, live_server.url, first=posts[0], query="?event=flood")
    fetched_ahead(page, cards=DECISIONS + 2)
    context.set_offline(True)
    open_queue(page, live_server.url, first=posts[0], query="?event=flood")
    expect(page.get_by_text(OFFLINE)).to_be_visible()
    for post, after in pairwise(posts[: DECISIONS + 1]):
        decide(page, "a" if post is not posts[1] else "x", after)
    expect(page.get_by_text(f"{DECISIONS} decisions are saved on this device")).to_be_visible()
    page.goto(f"{live_server.url}/field-reports/new?event=flood")
    expect(page.get_by_text(OFFLINE)).to_be_visible()
    page.get_by_label("What happened, and what is needed?").fill("The bridge at Dondo is gone")
    page.get_by_role("button", name="Save the report").click()
    expect(page.get_by_text(f"{DECISIONS} decisions and 1 report are saved on this device")).to_be_visible()
    kill(tmp_path / "profile")
    triage.dismiss(post_id=posts[3].pk, version=posts[3].version, by=people["lead"])
    assert not TriageAction.objects.filter(actor=people["reviewer"]).exists() and not FieldReport.objects.exists()

    context = start()
    page = context.pages[0]
    context.set_offline(True)
    page.goto(f"{live_server.url}/triage/?event=flood")
    expect(page.get_by_text(f"{DECISIONS} decisions and 1 report are saved on this device")).to_be_visible()
    expect(page.locator("[data-item]")).to_have_count(2)
    context.set_offline(False)
    page.goto(f"{live_server.url}/triage/?event=flood")
    if "/login/" in page.url:  # the browser had not written its cookies to the disk yet
        enter(page, people["reviewer"])
        page.goto(f"{live_server.url}/triage/?event=flood")
    question = page.locator("[data-asked=asks]")
    expect(question).to_contain_text(re.compile(r"Ana Lead changed this post .+: Marked not relevant\."))
    expect(question).to_contain_text("Confirm: Shelter is needed at village")
    question.get_by_role("button", name="Use mine").click()
    expect(question).to_have_count(0)
    expect(page.get_by_text("saved on this device and will be sent")).to_be_hidden()
    mine = TriageAction.objects.filter(actor=people["reviewer"]).values_list("post_id", "verb")
    expected = [(post.pk, "dismiss" if post is posts[1] else "confirm") for post in posts[:DECISIONS]]
    assert sorted(mine) == sorted(expected)  # each once
    assert FieldReport.objects.get().post.text == "The bridge at Dondo is gone"
    page.goto(f"{live_server.url}/offline/?event=flood")
    expect(page.get_by_text("Nothing waits.")).to_be_visible()


@pytest.mark.parametrize("size", [(1280, 720), (1366, 768)])
def test_every_button_of_triage_is_in_view_on_a_laptop(
    page: Page, live_server: Any, people: dict[str, User], make_post: Callable[..., Post], size: tuple[int, int]
) -> None:
    post = make_post(text="The river is over the dam and the people of the lower town wait on their roofs. " * 6)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{live_server.url}/login/")
    enter(page, people["reviewer"])
    open_queue(page, live_server.url, first=post)
    card = page.locator("[data-pane-body]")
    for name in ("Confirm", "Not relevant", "Open an incident", "Take its incident"):
        expect(card.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
        card.get_by_role("button", name=name).click(trial=True)  # nothing lies over it
    for name in ("Change", "Severity", "Snooze"):
        menu = card.locator("summary", has_text=name)
        expect(menu).to_be_in_viewport(ratio=1)
        menu.click()
        for choice in (
            menu.locator("..").locator(".change-option").first,
            menu.locator("..").locator(".change-option").last,
        ):
            choice.click(trial=True)
        page.keyboard.press("Escape")
