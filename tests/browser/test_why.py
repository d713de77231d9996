"""“Why?” on the map's post: by pointer and by keyboard, when the server cannot answer."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from responder.classification import labelled_examples
from responder.models import Post

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Page, str], None]


@pytest.fixture(autouse=True)
def _few_gold_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = labelled_examples.gold()[:20]
    monkeypatch.setattr(labelled_examples, "gold", lambda: rows)


@pytest.fixture
def room(page: Page, sign_in: SignIn, posts: list[Post]) -> Page:
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, "viewer")
    expect(page.locator(".item.is-open .card")).to_be_attached()
    return page


def test_y_shows_the_words_then_examples_and_hides_them_again(room: Page) -> None:
    asked: list[str] = []
    room.on("request", lambda request: asked.append(request.url))
    body = room.locator(".item.is-open .why-body")
    expect(body).to_be_hidden()
    room.keyboard.press("y")
    expect(body.locator(".why-for").first).to_be_visible()
    expect(body).to_contain_text("Model output is a suggestion")
    expect(body.locator(".why-alike li")).to_have_count(3)
    room.keyboard.press("y")
    expect(body).to_be_hidden()
    room.keyboard.press("y")
    expect(body).to_be_visible()
    assert len([url for url in asked if re.search(r"/(why|similar)$", url)]) == 2


def test_the_table_gives_every_word_its_signed_points(room: Page, posts: list[Post]) -> None:
    room.get_by_text("Why?", exact=False).first.click()
    room.get_by_text("Effect of each word, in percentage points").click()
    rows = room.get_by_role("region", name="Effect of each word").get_by_role("rowheader")
    expect(rows).to_have_text([word.strip(",") for word in posts[0].text.split()])


def test_a_refusal_is_told_and_opening_again_asks_again(room: Page) -> None:
    refusal = {"status": 503, "content_type": "application/problem+json", "body": '{"detail": "Try again soon."}'}

    def refuse(route: Route) -> None:
        route.fulfill(**refusal)

    room.route("**/why", refuse)
    room.keyboard.press("y")
    body = room.locator(".item.is-open .why-body")
    expect(body.locator(".why-note")).to_have_text("Try again soon.")
    room.unroute("**/why")
    room.keyboard.press("y")
    room.keyboard.press("y")
    expect(room.locator(".item.is-open .why-for").first).to_be_visible()


def test_whoever_is_told_to_come_back_can_try_again_on_the_spot(room: Page) -> None:
    refusal = {"status": 429, "content_type": "application/problem+json", "body": '{"detail": "Try again soon."}'}
    room.route("**/why", lambda route: route.fulfill(**refusal))
    room.keyboard.press("y")
    body = room.locator(".item.is-open .why-body")
    again = body.get_by_role("button", name="Retry")
    again.click()
    expect(again).to_have_count(1)
    room.unroute("**/why")
    again.click()
    expect(body.locator(".why-for").first).to_be_visible()
    expect(again).to_have_count(0)
