"""The triage queue by keyboard: deciding, going on, taking back, putting off, and where the focus is meanwhile."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from responder.incidents import membership
from responder.models import Post, Snooze, TriageAction, User
from tests.browser.queue import PATIENT_MS, card_of, current, decide, open_queue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Page, str], None]
UNDO_DEPTH = 20
MANY = 24


@pytest.fixture
def waiting(make_post: Callable[..., Post]) -> list[Post]:
    """Three posts that wait, the worst first, each with words of its own."""
    texts = ("Trapped on a roof, send boats", "The clinic has no power", "Water is brown here")
    return [make_post(text=text, severity=severity) for severity, text in enumerate(texts, 1)]


@pytest.fixture
def queue(page: Page, live_server: Any, sign_in: SignIn, waiting: list[Post]) -> Page:
    """The queue of a reviewer with the worst post open."""
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, "reviewer")
    return open_queue(page, live_server.url, first=waiting[0])


def test_a_decision_by_keyboard_opens_the_next_post_and_the_focus_is_on_it(queue: Page, waiting: list[Post]) -> None:
    queue.keyboard.press("a")
    expect(card_of(queue, waiting[1])).to_be_visible()
    expect(current(queue).locator("[data-open]")).to_be_focused()
    expect(queue.locator("[data-item]")).to_have_count(2)
    expect(queue.locator("[data-undo-text]")).to_have_text("Confirmed Requests or urgent needs")
    expect(queue.locator('[data-tab-count="review"]')).to_have_text("2")
    queue.keyboard.press("5")
    expect(card_of(queue, waiting[2])).to_be_visible()
    queue.keyboard.press("x")
    expect(queue.get_by_text("No posts for review match")).to_be_visible()
    expect(queue.locator(":focus")).to_have_attribute("id", "list")
    decided = [Post.objects.get(pk=post.pk) for post in waiting]
    assert [post.status for post in decided] == ["confirmed", "corrected", "dismissed"]
    assert decided[1].category == "infrastructure_and_utility_damage"


def test_the_way_through_the_list_never_loses_the_focus(queue: Page, waiting: list[Post]) -> None:
    for key, post in (("j", waiting[1]), ("ArrowDown", waiting[2]), ("j", waiting[2]), ("k", waiting[1])):
        queue.keyboard.press(key)
        expect(card_of(queue, post)).to_be_visible()
        expect(current(queue)).to_have_attribute("data-item", str(post.pk))
        expect(current(queue).locator("[data-open]")).to_be_focused()
        expect(current(queue).locator("[data-open]")).to_have_attribute("aria-current", "true")


def test_without_auto_advance_the_decided_post_stays_open(queue: Page, waiting: list[Post]) -> None:
    queue.get_by_label("Go on to the next post after a decision").uncheck()
    queue.keyboard.press("a")
    expect(card_of(queue, waiting[0])).to_have_attribute("data-status", "confirmed")
    queue.reload()
    expect(queue.get_by_label("Go on to the next post after a decision")).not_to_be_checked()


def test_a_category_is_found_by_typing_a_part_of_its_name(queue: Page, waiting: list[Post]) -> None:
    queue.keyboard.press("c")
    expect(queue.get_by_placeholder("Type a part of its name")).to_be_focused()
    queue.keyboard.type("evac")
    queue.keyboard.press("Enter")
    expect(card_of(queue, waiting[1])).to_be_visible()
    expect(queue.locator("[data-undo-text]")).to_contain_text("Set Displaced people")  # the server has it
    assert Post.objects.get(pk=waiting[0].pk).category == "displaced_people_and_evacuations"


def test_the_severity_is_set_by_two_keys_and_the_post_stays(queue: Page, waiting: list[Post]) -> None:
    queue.keyboard.press("s")
    queue.keyboard.press("4")
    expect(queue.locator("[data-card] .severity-4").first).to_be_visible()
    expect(card_of(queue, waiting[0])).to_have_attribute("data-status", "unreviewed")
    assert Post.objects.get(pk=waiting[0].pk).severity == 4


def test_the_last_twenty_decisions_are_taken_back_newest_first(
    page: Page, live_server: Any, sign_in: SignIn, make_post: Callable[..., Post]
) -> None:
    posts = [make_post(text=f"Shelter is needed at village {number}") for number in range(MANY)][::-1]
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, "reviewer")
    open_queue(page, live_server.url, first=posts[0])
    for post, after in zip(posts, [*posts[1:], None], strict=True):
        decide(page, "a", after)
        assert after is None or not Post.objects.filter(pk=after.pk, status="confirmed").exists(), post
    expect(page.locator("[data-undo-text]")).to_be_visible()
    for post in posts[::-1][:UNDO_DEPTH]:
        page.keyboard.press("z")
        expect(card_of(page, post)).to_be_visible(timeout=PATIENT_MS)
    expect(page.locator("[data-item]")).to_have_count(UNDO_DEPTH)
    shown = page.locator("[data-item]").evaluate_all("rows => rows.map((row) => Number(row.dataset.item))")
    assert shown == [post.pk for post in posts[MANY - UNDO_DEPTH :]]
    page.keyboard.press("z")
    expect(page.locator("[data-announce]")).to_have_text("There is nothing to undo")
    assert Post.objects.filter(status="confirmed").count() == MANY - UNDO_DEPTH
    assert TriageAction.objects.filter(verb="undo").count() == UNDO_DEPTH


def test_what_is_put_off_leaves_waits_in_its_tab_and_comes_back_by_undo(queue: Page, waiting: list[Post]) -> None:
    queue.keyboard.press("w")
    expect(queue.get_by_role("button", name="for 15 minutes")).to_be_focused()
    queue.keyboard.press("Enter")
    expect(card_of(queue, waiting[1])).to_be_visible()
    expect(queue.locator('[data-tab-count="snoozed"]')).to_have_text("1")
    queue.get_by_role("link", name=re.compile("^Snoozed")).click()
    expect(queue.locator("[data-item]")).to_contain_text("Snoozed until")
    queue.go_back()
    expect(queue.locator("[data-queue][data-ready]")).to_be_attached()
    queue.keyboard.press("z")
    expect(card_of(queue, waiting[0])).to_be_visible()
    expect(queue.locator("[data-item]")).to_have_count(3)
    assert not Snooze.objects.exists()


def test_copies_are_one_row_and_one_decision(
    page: Page, live_server: Any, sign_in: SignIn, make_post: Callable[..., Post]
) -> None:
    copies = [make_post(text_key="same") for _ in range(6)]
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, "reviewer")
    open_queue(page, live_server.url, first=copies[0])
    expect(page.locator("[data-item]")).to_contain_text("and 5 copies")
    page.keyboard.press("a")
    expect(page.locator("[data-undo-text]")).to_contain_text("6 posts")
    assert Post.objects.filter(status="confirmed").count() == len(copies)
    page.keyboard.press("z")
    expect(page.locator("[data-item]")).to_contain_text("and 5 copies")
    assert Post.objects.filter(status="unreviewed").count() == len(copies)


def test_decisions_wait_on_the_device_while_the_line_is_down_and_are_sent_once(
    queue: Page, waiting: list[Post]
) -> None:
    def cut(route: Route) -> None:
        route.abort()

    expect(queue.locator("[data-beside-body] h3").first).to_be_visible()
    queue.route("**/confirm", cut)
    queue.keyboard.press("a")
    expect(card_of(queue, waiting[1])).to_be_visible()
    expect(queue.get_by_text("1 decision is saved on this device")).to_be_visible()
    queue.reload()
    expect(queue.get_by_text("1 decision is saved on this device")).to_be_visible()
    assert not TriageAction.objects.exists()
    queue.unroute("**/confirm", cut)
    queue.get_by_role("button", name="Send now").click()
    expect(queue.get_by_text("1 decision is saved on this device")).to_be_hidden()
    assert TriageAction.objects.count() == 1


def test_the_queue_goes_on_without_a_line_and_nothing_of_another_post_stands_beside(
    queue: Page, waiting: list[Post], people: dict[str, User], make_post: Callable[..., Post]
) -> None:
    apart = make_post(text="The bridge at Dondo is gone", severity=4)
    incident = membership.create(post_ids=[apart.pk], by=people["lead"], title="Floods at Beira")
    with queue.expect_request(f"**/triage/items/{apart.pk}"):  # one after the other: those before are kept
        queue.reload()
    expect(queue.get_by_role("button", name=f"Attach to {incident.ref}")).to_be_visible()
    queue.evaluate("() => document.querySelector('[data-attach]').setAttribute('data-old', '')")
    queue.context.set_offline(True)
    queue.keyboard.press("a")
    expect(card_of(queue, waiting[1])).to_be_visible()
    expect(queue.locator("[data-attach][data-old]")).to_have_count(0)  # it would have attached the post before
    queue.keyboard.press("x")
    expect(card_of(queue, waiting[2])).to_be_visible()
    queue.keyboard.press("2")
    expect(queue.get_by_text("3 decisions are saved on this device")).to_be_visible()
    queue.context.set_offline(False)
    queue.get_by_role("button", name="Send now").click()
    expect(queue.get_by_text(re.compile("saved on this device and will be sent"))).to_be_hidden()
    assert [Post.objects.get(pk=post.pk).status for post in waiting] == ["confirmed", "dismissed", "corrected"]
    assert not incident.memberships.exclude(post=apart).exists()


def test_back_on_a_phone_leads_from_the_post_to_the_list(
    page: Page, live_server: Any, sign_in: SignIn, waiting: list[Post]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, "reviewer")
    page.goto(f"{live_server.url}/triage/")
    expect(page.locator("[data-queue][data-ready]")).to_be_attached()
    page.locator("[data-open]").nth(1).click()
    expect(card_of(page, waiting[1])).to_be_visible()
    page.go_back()
    expect(page.locator("[data-list]")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/triage/(\?(?!.*sel=).*)?$"))
    page.goto(f"{live_server.url}/map/")
    expect(page.locator("[data-room][data-ready]")).to_be_attached()
    page.locator("[data-list] [data-open]").nth(1).click()
    expect(page.locator(".item.is-open .card-text")).to_have_text(waiting[1].text)
    page.go_back()
    expect(page.locator(".item.is-open")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/map/(\?(?!.*sel=).*)?$"))


def test_the_phone_shows_the_list_then_the_post_and_the_way_back(
    page: Page, live_server: Any, sign_in: SignIn, waiting: list[Post]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, "reviewer")
    page.goto(f"{live_server.url}/triage/")
    expect(page.locator("[data-queue][data-ready]")).to_be_attached()
    page.locator("[data-open]").nth(1).click()
    expect(card_of(page, waiting[1])).to_be_visible()
    expect(page.locator("[data-list]")).to_be_hidden()
    page.get_by_role("button", name="Back to the list").click()
    expect(page.locator(f'[data-item="{waiting[1].pk}"] [data-open]')).to_be_focused()


def test_i_leads_to_the_incidents_beside_the_post_and_enter_attaches(
    queue: Page, waiting: list[Post], people: dict[str, User]
) -> None:
    other = waiting[2]
    incident = membership.create(post_ids=[other.pk], by=people["lead"], title="Floods at Beira")
    queue.reload()
    expect(queue.get_by_role("button", name=f"Attach to {incident.ref}")).to_be_visible()
    queue.keyboard.press("i")
    expect(queue.get_by_role("button", name=f"Attach to {incident.ref}")).to_be_focused()
    queue.keyboard.press("Enter")
    expect(queue.locator("[data-announce]")).to_have_text(f"Attached to {incident.ref}")
    expect(queue.locator("[data-beside-body] a:focus")).to_contain_text(incident.ref)
    assert incident.memberships.filter(post=waiting[0]).exists()
