"""Labelling by keyboard in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from classifier.models import Label, LabelTask

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LISTENING = "[data-labelling][data-ready]"  # the script has read the page: keys count from here on


@pytest.fixture
def tasks(db: None) -> list[LabelTask]:
    return [
        LabelTask.objects.create(
            subject=f"x:{number}", text=f"The well at farm {number} is salty", text_key=f"k{number}", week="2026-W48",
            purpose="audit", lang="en",
        )
        for number in range(3)
    ]  # fmt: skip


def test_texts_are_labelled_skipped_and_changed_without_a_mouse(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], tasks: list[LabelTask], complaints: list[str]
) -> None:
    sign_in(page, "reviewer")
    page.goto(f"{live_server.url}/labelling/")
    expect(page.get_by_text("farm 0")).to_be_visible()
    expect(page.locator(LISTENING)).to_be_attached()
    page.keyboard.press("h")
    expect(page.get_by_text("Insulin needed at the sports hall")).to_be_visible()
    page.keyboard.press("h")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator("[data-text]").first).to_contain_text("farm 1")
    expect(page.locator(LISTENING)).to_be_attached()
    page.keyboard.press("Space")
    expect(page.locator("[data-text]").first).to_contain_text("farm 2")
    expect(page.locator(LISTENING)).to_be_attached()
    page.keyboard.press("Backspace")
    expect(page.get_by_role("heading", name="Change your answer")).to_be_visible()
    expect(page.locator(LISTENING)).to_be_attached()
    page.keyboard.press("5")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The earlier answer stays in the history")).to_be_visible()
    standing = Label.objects.filter(superseded_by=None, withdrawn=False)
    assert [label.category for label in standing] == ["infrastructure_and_utility_damage"]
    expect(page.locator(LISTENING)).to_be_attached()
    page.keyboard.press("b")
    expect(page.locator("body")).to_have_class("is-blurred")
    assert [heard for heard in complaints if "live/stream" not in heard and "503" not in heard] == []


def test_space_skips_wherever_it_does_nothing_of_its_own(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], tasks: list[LabelTask]
) -> None:
    for number in range(3, 13):
        LabelTask.objects.create(
            subject=f"x:{number}", text=f"The well at farm {number} is salty", text_key=f"k{number}", week="2026-W48",
            purpose="audit", lang="en",
        )  # fmt: skip
    sign_in(page, "reviewer")
    page.goto(f"{live_server.url}/labelling/")
    states: list[Callable[[], None]] = [
        lambda: page.keyboard.press("1"),  # the focus is on the category
        lambda: page.locator(".option").nth(2).click(),
        lambda: page.get_by_role("button", name="Blur texts").click(),
        lambda: page.keyboard.press("h"),  # open, to be read
        lambda: [page.keyboard.press("h") for _time in range(2)] and None,
        lambda: page.locator(".guidelines summary").click(),
        lambda: page.locator(".option input").nth(3).focus(),  # not chosen
        lambda: page.locator("#priority").focus(),
        lambda: page.locator(".guidelines summary").focus(),
        lambda: page.get_by_role("button", name="Blur texts").focus(),
        lambda: page.get_by_role("link", name="Change your keys").focus(),
        lambda: page.locator("[data-skip]").focus(),
    ]
    for number, state in enumerate(states):
        expect(page.locator("[data-text]").first).to_contain_text(f"farm {number}")
        expect(page.locator(LISTENING)).to_be_attached()
        state()
        page.keyboard.press("Space")
    expect(page.locator("[data-text]").first).to_contain_text(f"farm {len(states)}")
    expect(page.locator(LISTENING)).to_be_attached()
    page.get_by_role("button", name="Save and next").focus()
    page.keyboard.press("Space")  # there it saves: a category is missing, so the text stays
    expect(page.locator("[data-text]").first).to_contain_text(f"farm {len(states)}")


def test_a_person_s_own_keys_work_and_cant_judge_is_one_of_them(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], tasks: list[LabelTask]
) -> None:
    sign_in(page, "reviewer")
    page.goto(f"{live_server.url}/labelling/keys")
    page.get_by_label("Skip", exact=True).fill("s")
    page.get_by_label("Can't judge", exact=True).fill("space")
    page.get_by_label("Requests or urgent needs").fill("w")
    page.get_by_role("button", name="Save keys").click()
    for number, keys in enumerate((("s",), ("Space",), ("w", "Enter"))):
        expect(page.locator("[data-text]").first).to_contain_text(f"farm {number}")
        expect(page.locator(LISTENING)).to_be_attached()
        for key in keys:
            page.keyboard.press(key)
    expect(page.get_by_role("heading", name="Nothing left for you to label")).to_be_visible()
    standing = Label.objects.filter(withdrawn=False).order_by("pk").values_list("category", flat=True)
    assert list(standing) == ["dont_know_cant_judge", "requests_or_urgent_needs"]


def test_a_break_is_proposed_after_fifty_texts(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], tasks: list[LabelTask]
) -> None:
    sign_in(page, "reviewer")
    page.goto(f"{live_server.url}/labelling/")
    expect(page.locator("[data-break]")).to_be_hidden()
    page.evaluate("sessionStorage.setItem('label.texts', '50')")
    page.reload()
    expect(page.locator("[data-break]")).to_contain_text("Take a five-minute break")
    page.get_by_role("button", name="I took a break").click()
    expect(page.locator("[data-break]")).to_be_hidden()
