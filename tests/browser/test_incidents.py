"""The way of an incident in a real browser, by people with roles; a merge taken back; and a conflict."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from responder.incidents import handling, membership
from responder.models import Incident, Post, User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Enter = Callable[[Page, str], None]


@pytest.fixture
def incident(posts: list[Post], people: dict[str, User]) -> Incident:
    beira = [post.pk for post in posts if post.text.startswith("Beira")]
    return membership.create(post_ids=beira, by=people["reviewer"], title="No water at the schools of Beira")


def _menu(page: Page, name: str) -> Any:
    page.locator("summary", has_text=re.compile(f"^{name}$")).click()
    return page.locator("details[open]", has=page.locator("summary", has_text=re.compile(f"^{name}$")))


def test_attach_confirm_assign_set_off_resolve(
    page: Page, live_server: Any, sign_in: Enter, incident: Incident, posts: list[Post], complaints: list[str]
) -> None:
    sign_in(page, "lead")
    page.goto(f"{live_server.url}/map/?sel={posts[0].pk}")
    expect(page.locator("[data-pick-incident]")).to_be_visible()
    page.keyboard.press("i")
    page.get_by_role("button", name=f"Attach to {incident.ref}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(incident.ref)
    expect(page.locator("#evidence")).to_contain_text("Trapped on a roof")
    menu = _menu(page, "Confirm")
    menu.get_by_label("Note").fill("On it")
    menu.get_by_role("button", name="Confirm").click()
    expect(page.locator(".inc-head .inc-confirmed")).to_be_visible()
    menu = _menu(page, "Assign")
    menu.get_by_label("Owner").select_option(label="Ana Reviewer")
    menu.get_by_role("button", name="Assign").click()
    expect(page.locator(".inc-head")).to_contain_text("Owner: Ana Reviewer")
    menu = _menu(page, "On the way")
    menu.get_by_role("button", name="On the way").click()
    expect(page.locator(".inc-head .inc-on_the_way")).to_be_visible()
    menu = _menu(page, "Resolve")
    menu.get_by_label("Outcome").select_option(label="Done")
    menu.get_by_label("Reason").fill("Boats and water arrived")
    menu.get_by_role("button", name="Resolve").click()
    expect(page.locator(".inc-head .inc-resolved")).to_be_visible()
    expect(page.locator("#timeline")).to_contain_text("Boats and water arrived")
    assert not [one for one in complaints if "503" not in one]  # the test server has no event stream


def test_a_merge_is_looked_at_and_taken_back(
    page: Page, live_server: Any, sign_in: Enter, incident: Incident, posts: list[Post], people: dict[str, User]
) -> None:
    other = membership.create(post_ids=[posts[0].pk], by=people["lead"], title="Roof")
    sign_in(page, "lead")
    page.goto(f"{live_server.url}/incidents/{incident.ref}/")
    menu = _menu(page, "Merge")
    menu.get_by_label("Merge into").fill(other.ref)
    menu.get_by_role("button", name="Preview merge").click()
    expect(page.get_by_role("row", name="Posts").get_by_role("cell").last).to_have_text("4")
    page.get_by_role("button", name="Merge").click()
    page.goto(f"{live_server.url}/incidents/{incident.ref}/")
    expect(page).to_have_url(f"{live_server.url}/incidents/{other.ref}/")
    page.get_by_role("button", name="Undo: Merged").click()
    page.goto(f"{live_server.url}/incidents/{incident.ref}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text(incident.ref)
    expect(page.locator(".inc-head")).to_contain_text("3 posts")


def test_who_comes_second_chooses_and_loses_nothing(
    page: Page, live_server: Any, sign_in: Enter, incident: Incident, people: dict[str, User]
) -> None:
    sign_in(page, "lead")
    page.goto(f"{live_server.url}/incidents/{incident.ref}/")
    handling.edit(incident_id=incident.pk, version=1, by=people["reviewer"], severity=1)
    page.locator("#note-text").fill("The school has a well")
    page.locator(".inc-noteform button").click()
    expect(page.get_by_role("alert")).to_contain_text("Ana Reviewer")
    page.get_by_role("button", name="Use mine").click()
    expect(page.locator("#timeline")).to_contain_text("The school has a well")
