"""Two people who have the same thing open are told of each other."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from responder.incidents import membership
from responder.models import Post, User
from tests.browser.queue import open_queue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ASK_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture
def other(browser: Browser) -> Iterator[Page]:
    """The browser of somebody else."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def test_two_people_on_an_incident_and_on_a_post(
    page: Page, other: Page, live_server: Any, sign_in: Callable[..., None], make_post: Callable[..., Post],
    people: dict[str, User],
) -> None:  # fmt: skip
    post = make_post(severity=1)
    incident = membership.create(post_ids=[post.pk], by=people["reviewer"], title="Roof")
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, "reviewer")
    sign_in(other, "lead")
    for somebody in (page, other):
        with somebody.expect_response("**/here"):
            somebody.goto(f"{live_server.url}/incidents/{incident.ref}/")
    expect(other.get_by_role("status").filter(has_text="Also here: Ana Reviewer")).to_be_visible()
    page.evaluate(ASK_AGAIN)
    expect(page.locator("[data-here]")).to_have_text("Also here: Ana Lead")
    open_queue(other, live_server.url, first=post)  # which leaves the incident
    page.evaluate(ASK_AGAIN)
    expect(page.locator("[data-here]")).to_have_text("")
    open_queue(page, live_server.url, first=post)
    expect(page.locator("[data-here]")).to_have_text("Also here: Ana Lead")
