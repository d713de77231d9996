"""An administrator invites somebody; they make an account, set up two-factor authentication, and sign in with it."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import Browser, Page, expect

from responder.models import Event, User
from tests.browser import checks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STRONG = "unrelated-cactus-orbit-9-lantern"
SIZES = {"wide": (1440, 900), "phone": (390, 844)}


def code(secret: str) -> str:
    return str(totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30)))


def test_from_the_invitation_to_a_sign_in_with_a_code(
    page: Page, browser: Browser, live_server: Any, sign_in: Callable[[Page, str], None], event: Event, settings: Any,
    complaints: list[str],
) -> None:  # fmt: skip
    settings.TWO_FACTOR = "required-roles"
    sign_in(page, "administrator")
    _set_up(page, "correct horse battery")
    page.get_by_role("link", name="I have kept them").click()
    page.goto(f"{live_server.url}/people/")
    _look(page, "people")
    page.get_by_role("link", name="Invite somebody").click()
    page.get_by_label("Name", exact=True).fill("Bea Field")
    page.get_by_label("approver").check()
    _look(page, "invite")
    page.get_by_role("button", name="Create invitation").click()
    link = page.get_by_label("Link to copy").inner_text().strip()
    _look(page, "invited")

    guest = browser.new_context().new_page()
    guest.goto(link)
    guest.get_by_label("User name").fill("bea")
    guest.get_by_label("Password", exact=True).fill(STRONG)
    guest.get_by_label("Password again").fill(STRONG)
    _look(guest, "accept")
    guest.get_by_role("button", name="Create account and sign in").click()
    expect(guest.get_by_text("Your roles require two-factor authentication.")).to_be_visible()
    _look(guest, "two-factor")
    secret = _set_up(guest, STRONG)
    _look(guest, "codes")
    recovery = guest.get_by_role("region", name="Recovery codes").inner_text().split()[0]
    guest.goto(f"{live_server.url}/profile/")
    _look(guest, "profile")

    later = browser.new_context().new_page()
    later.goto(f"{live_server.url}/login/")
    later.get_by_label("User name").fill("bea")
    later.get_by_label("Password").fill(STRONG)
    later.get_by_role("button", name="Sign in").click()
    _look(later, "code")
    later.get_by_label("Code").fill(recovery)
    later.get_by_role("button", name="Sign in").click()
    later.wait_for_url("**/map/**")
    later.goto(f"{live_server.url}/profile/sessions/")
    _look(later, "sessions")
    assert secret and User.objects.get(username="bea").groups.get().name == "approver"
    page.goto(f"{live_server.url}/people/{User.objects.get(username='bea').pk}/")
    _look(page, "person")
    page.get_by_role("button", name="End all sessions").click()
    expect(page.get_by_text("Not signed in anywhere.")).to_be_visible()
    later.reload()
    expect(later.get_by_role("heading", name="Sign in to Responder")).to_be_visible()
    assert [heard for heard in complaints if "live/" not in heard and "503" not in heard and "403" not in heard] == []


def _set_up(page: Page, password: str) -> str:
    secret = "".join((page.locator(".people-key").text_content() or "").split())
    page.get_by_label("Code that the app shows").fill(code(secret))
    page.get_by_label("Current password").fill(password)
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    return secret


def _look(page: Page, name: str) -> None:
    """Check accessibility and reflow, wide and on a phone."""
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        assert checks.not_fitting(page, f"{name}, {size}") == []
        assert checks.barriers(page) == []
    page.set_viewport_size({"width": SIZES["wide"][0], "height": SIZES["wide"][1]})
