"""Pages on paper: what somebody reads on the screen is on the sheet too, without the frame around it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from responder.incidents import membership
from responder.models import Post, User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Page, str], None]


def test_incident_analytics_model_and_triage_are_on_paper(
    page: Page, live_server: Any, sign_in: SignIn, posts: list[Post], people: dict[str, User]
) -> None:
    incident = membership.create(post_ids=[posts[0].pk], by=people["reviewer"], title="Families on roofs")
    sign_in(page, "lead")
    page.emulate_media(media="print")
    for address, heading in (
        (f"/incidents/{incident.ref}/", "Evidence"),
        ("/analytics/", "Urgent needs"),
        ("/model/", ""),
    ):
        page.goto(live_server.url + address)
        shown = page.locator(".panel h2", has_text=heading).first
        expect(shown).to_be_visible()
        for hidden in (".rail", ".top"):
            expect(page.locator(hidden)).to_be_hidden()
    page.goto(f"{live_server.url}/triage/?sel={posts[0].pk}")
    expect(page.locator(".card-text")).to_have_text(posts[0].text)
    whole = "() => getComputedStyle(document.querySelector('.page')).overflowY"
    assert page.evaluate(whole) == "visible"  # a page as high as the window would be cut off after the first sheet
