"""The board of the response by keyboard in a real browser: its count is the database's at every step."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from responder.incidents import membership, responding
from responder.models import Incident, Post, User
from responder.models.incident import UNANSWERED

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Enter = Callable[[Page, str], None]


def same(page: Page, number: int) -> None:
    """The page says `number`, and so does the database."""
    expect(page.locator("[data-unanswered-count]")).to_have_text(str(number))
    assert Incident.objects.filter(UNANSWERED).count() == number


def test_an_incident_goes_from_confirmed_to_resolved_by_keyboard(
    page: Page, live_server: Any, sign_in: Enter, posts: list[Post], people: dict[str, User], complaints: list[str]
) -> None:
    critical = membership.create(post_ids=[posts[0].pk], by=people["lead"], title="Families on roofs, Beira")
    water = membership.create(post_ids=[posts[3].pk], by=people["lead"], title="No water at the schools")
    responding.confirm(incident_id=water.pk, version=water.version, by=people["lead"])
    sign_in(page, "lead")
    page.goto(f"{live_server.url}/response/")
    same(page, 2)
    first = page.locator(f'[data-row="{critical.ref}"]')
    expect(page.locator("[data-row]").first).to_have_attribute("data-row", critical.ref)
    page.keyboard.press("j")
    expect(first.locator("[data-open]")).to_be_focused()
    page.keyboard.press("c")
    expect(first.locator('[data-step="confirm"]')).to_have_count(0)
    expect(first.locator("[data-open]")).to_be_focused()  # drawn anew in place
    same(page, 2)
    page.keyboard.press("a")
    expect(first).to_contain_text("Ana Lead")
    same(page, 2)
    page.keyboard.press("o")
    expect(first).to_have_count(0)
    same(page, 1)
    expect(page.locator(f'[data-row="{water.ref}"] [data-open]')).to_be_focused()
    page.keyboard.press("r")
    page.get_by_label("Reason").fill("The tankers came")
    page.keyboard.press("Enter")
    same(page, 0)
    expect(page.get_by_role("heading", name="No incident is unanswered")).to_be_visible()
    page.get_by_role("link", name="Board").click()
    on_the_way = page.get_by_role("region", name="On the way")
    expect(on_the_way).to_contain_text("Families on roofs")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Take it: assign it to yourself")
    assert not [text for text in complaints if "503" not in text]


def test_who_comes_second_is_told_in_the_row(
    page: Page, live_server: Any, sign_in: Enter, posts: list[Post], people: dict[str, User]
) -> None:
    incident = membership.create(post_ids=[posts[0].pk], by=people["lead"], title="Families on roofs, Beira")
    sign_in(page, "lead")
    page.goto(f"{live_server.url}/response/")
    row = page.locator(f'[data-row="{incident.ref}"]')
    expect(row).to_be_visible()
    responding.assign(
        incident_id=incident.pk, version=incident.version, by=people["reviewer"], to=people["reviewer"].pk
    )
    row.get_by_role("button", name="Confirm").click()
    expect(row.get_by_role("alert")).to_contain_text("Ana Reviewer was first")
    same(page, 1)


def test_one_key_opens_an_incident_on_the_map_one_takes_it_and_z_takes_it_back(
    page: Page, live_server: Any, sign_in: Enter, posts: list[Post], people: dict[str, User]
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, "reviewer")
    expect(page.locator("[data-room][data-ready]")).to_be_attached()
    expect(page.locator('.is-open [data-at-once="open"]')).to_be_visible()
    page.keyboard.press("o")
    expect(page.locator("[data-undo-text]")).to_contain_text("Opened INC-")
    page.keyboard.press("t")
    expect(page.locator("[data-undo-text]")).to_contain_text("is assigned to you")
    assert Incident.objects.get().owner == people["reviewer"]
    page.keyboard.press("z")
    expect(page.locator("[data-undo]")).to_be_hidden()
    expect(page.get_by_role("status").filter(has_text="Undone")).to_have_count(1)
    assert Incident.objects.get().owner is None


def test_an_answer_that_takes_longer_than_the_time_between_questions_is_waited_for(
    page: Page, live_server: Any, sign_in: Enter, posts: list[Post], people: dict[str, User]
) -> None:
    sign_in(page, "lead")
    page.clock.install()
    page.goto(f"{live_server.url}/response/")
    expect(page.locator("[data-unanswered-count]")).to_have_text("0")
    asked: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route)

    page.route("**/response/part*", hold)
    membership.create(post_ids=[posts[0].pk], by=people["lead"], title="Families on roofs, Beira")
    page.clock.run_for(45_000)
    assert len(asked) == 1  # the others would have cancelled it
    page.clock.run_for(30_000)
    expect(page.locator("[data-stale]")).to_contain_text("The server does not answer.")
    asked[-1].continue_()
    same(page, 1)
    expect(page.locator("[data-stale]")).to_be_hidden()
