"""What the journeys through the triage queue share."""

from playwright.sync_api import Locator, Page, expect

from responder.models import Post

PATIENT_MS = 30_000  # where many requests are on their way at once


def open_queue(page: Page, address: str, *, first: Post, query: str = "") -> Page:
    """Go to the queue and wait until its scripts run and `first` is open.

    Arguments:
        address: the server's, without a slash at its end.
    """
    page.goto(f"{address}/triage/{query}")
    expect(page.locator("[data-queue][data-ready]")).to_be_attached()
    expect(card_of(page, first)).to_be_visible()
    return page


def card_of(page: Page, post: Post) -> Locator:
    """The open card, if it is this post's."""
    return page.locator(f'[data-pane-body] [data-card="{post.pk}"]')


def current(page: Page) -> Locator:
    """The row of the open post."""
    return page.locator("[data-item].is-current")


def decide(page: Page, key: str, after: Post | None) -> None:
    """Press `key` and wait for the post that comes after, or for the empty list."""
    page.keyboard.press(key)
    if after is None:
        expect(page.locator("[data-empty]")).to_be_visible(timeout=PATIENT_MS)  # once all answers are in
    else:
        expect(card_of(page, after)).to_be_visible(timeout=PATIENT_MS)
