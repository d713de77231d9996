"""Posts in languages that the model can't read, by keyboard: their tab, their card, and what can be decided there."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from classifier.categories import CANT_JUDGE, UNMEASURED
from responder.models import Post
from tests.browser.checks import barriers, not_fitting, small_targets
from tests.browser.queue import card_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAYS = "The model has not been tested in Amharic. Someone who reads it must review this post."


@pytest.fixture
def unread(make_post: Callable[..., Post]) -> list[Post]:
    """Two posts in the group, the one with more cues first, and an ordinary one."""
    waits = {
        "category": CANT_JUDGE, "group": UNMEASURED, "abstained": True, "band": 1, "severity": 3, "emergency": False,
        "model_category": "not_humanitarian", "severity_reason": "language not measured",
    }  # fmt: skip
    arabic = make_post(text="نحتاج الى ماء ودواء 112!", lang="", cues=4, **waits)
    amharic = make_post(text="እርዳታ እንፈልጋለን፣ ውሃ የለም", lang="am", lang_stated="", cues=1, **waits)
    return [arabic, amharic, make_post(text="The clinic has no power")]


@pytest.mark.parametrize("width", [1440, 390])
def test_they_wait_in_their_tab_and_a_person_chooses_the_category(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], unread: list[Post], width: int
) -> None:
    arabic, amharic, _english = unread
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, "reviewer")
    page.goto(f"{live_server.url}/triage/?event={arabic.event.ref}")
    tab = page.get_by_role("link", name="Languages we can't read yet 2")
    tab.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-item]")).to_have_count(2)
    assert [row.get_attribute("data-item") for row in page.locator("[data-item]").all()] == [
        str(arabic.pk),
        str(amharic.pk),
    ]
    assert page.locator("[data-item] .item-text").first.evaluate("node => getComputedStyle(node).direction") == "rtl"
    page.locator("[data-item] [data-open]").nth(1).click()
    card = card_of(page, amharic)
    expect(card.get_by_text(SAYS)).to_be_visible()
    expect(card.get_by_role("button", name="Confirm")).to_have_count(0)
    expect(card.locator(".suggestion")).not_to_contain_text("humanitarian")
    assert barriers(page) + small_targets(page) + not_fitting(page, f"{width} px") == []
    page.keyboard.press("a")
    expect(page.locator("[data-announce]")).to_contain_text("there is nothing to confirm")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page.locator(f'[data-tab-count="{UNMEASURED}"]')).to_have_text("1")
    amharic.refresh_from_db()
    assert (amharic.status, amharic.category, amharic.group) == ("corrected", "requests_or_urgent_needs", "needs")
