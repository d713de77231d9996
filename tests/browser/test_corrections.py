"""Somebody who is named in a post asks on a phone; a lead checks who asks and decides; the receipt is checked."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from responder import corrections
from responder.models import CorrectionJob, CorrectionRequest, Post, User
from tests.browser import checks
from tests.browser.places import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NUMBER = "+258 84 555 0143"
SHOTS = os.environ.get("RESPONDER_SHOTS", "")


def shot(page: Page, name: str) -> None:
    """Keeps a picture for a person, where they asked for one."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def test_from_the_public_page_to_the_receipt(
    browser: Any,
    live_server: Any,
    people: dict[str, User],
    make_post: Callable[..., Post],
    settings: Any,
    tmp_path: Path,
) -> None:
    settings.DATA_DIR = tmp_path
    post = make_post(text=f"Zelda Quarrow is missing in Beira, call {NUMBER}", needs=["missing_people"], severity=1)
    phone = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False, color_scheme="dark")
    stranger = phone.new_page()
    stranger.goto(f"{live_server.url}/login/")
    stranger.get_by_role("link", name="Request a correction").click()
    shot(stranger, "1-ask-phone-dark")
    stranger.get_by_role("button", name="Send").click()
    stranger.get_by_label("Remove my phone number").check()
    stranger.get_by_label("Where did you see it?").fill(f"a post with {NUMBER}")
    stranger.get_by_label("How can we reach you?").fill("zelda@example.org")
    stranger.get_by_role("button", name="Send").click()
    expect(stranger.get_by_role("heading", level=1)).to_contain_text("Your request C-")
    expect(stranger.get_by_text("Keep this address")).to_be_visible()
    shot(stranger, "2-followed-phone-dark")

    desk = browser.new_context(viewport={"width": 1280, "height": 900})
    enter(desk, live_server.url, people["lead"])
    page = desk.new_page()
    page.goto(f"{live_server.url}/corrections/")
    shot(page, "3-list")
    page.get_by_role("link", name="C-").first.click()
    expect(page.get_by_text("zelda@example.org")).to_have_count(0)
    page.get_by_role("button", name="Show contact details and text").click()
    expect(page.get_by_text("zelda@example.org")).to_be_visible()
    page.get_by_role("button", name="Start checking").click()
    page.get_by_label("Called back on the number in the post").check()
    page.get_by_role("button", name="Save identity check").click()
    page.get_by_label("Find posts").fill("845550143")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_label(f"Select post {post.pk}").check()
    page.get_by_label("Permanently hide words or numbers").check()
    page.get_by_label("Words or numbers to hide").fill(f"Zelda Quarrow\n{NUMBER}")
    shot(page, "4-chosen")
    page.get_by_role("button", name="Add to the decision").click()
    expect(page.get_by_text("2 phrases to hide")).to_be_visible()
    shot(page, "5-decision")
    page.get_by_role("button", name="Apply permanently").click()
    expect(page.get_by_role("heading", name="Progress")).to_be_visible()
    corrections.run(CorrectionJob.objects.get().pk)
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    shot(page, "6-done")

    post.refresh_from_db()
    assert post.text == "••• is missing in Beira, call •••"
    stranger.reload()
    expect(stranger.get_by_text("Your request was carried out.")).to_be_visible()
    shot(stranger, "7-receipt-phone-dark")
    stranger.goto(f"{live_server.url}/correct/verify/")
    stranger.get_by_label("Receipt").fill(CorrectionRequest.objects.get().receipt)
    stranger.get_by_role("button", name="Check").click()
    expect(stranger.get_by_text("This receipt is genuine.")).to_be_visible()
    shot(stranger, "8-verified-phone-dark")


def test_its_pages_are_no_barrier_and_fit_a_phone(
    browser: Any, live_server: Any, people: dict[str, User], posts: list[Post], settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    made = [corrections.receive(wish="safe", where="a post", contact="me@example.org", address=f"a{n}") for n in (1, 2)]
    for request, _token in made:
        corrections.start(ref=request.ref, version=1, by=people["lead"])
        corrections.identify(ref=request.ref, version=2, how="call", by=people["lead"])
        plan = {"post_ids": [posts[2].pk], "verb": "correct", "note": "the person named here is safe"}
        corrections.plan(ref=request.ref, version=3, by=people["lead"], **plan)
    (checked, _), (done, token) = made
    corrections.run(corrections.carry_out(ref=done.ref, version=4, by=people["lead"]).pk)
    pages = ["/correct/", "/correct/verify/", f"/correct/{token}/", "/corrections/?tab=decided"]
    context = browser.new_context(viewport={"width": 390, "height": 844}, bypass_csp=True)
    enter(context, live_server.url, people["lead"])
    page, found = context.new_page(), list[str]()
    for address in [*pages, f"/corrections/{checked.ref}/", f"/corrections/{done.ref}/", "/feed/"]:
        page.goto(live_server.url + address)
        expect(page.locator("#content")).to_be_visible()
        troubles = [*checks.barriers(page), *checks.small_targets(page), *checks.not_fitting(page, "390")]
        found += [f"{address}: {trouble}" for trouble in troubles]
    assert not found, "\n".join(found)
    expect(page.get_by_text("the person named here is safe")).to_be_visible()
    shot(page, "9-feed-with-correction")
