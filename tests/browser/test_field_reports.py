"""A reviewer files a report by keyboard, and somebody sends one from a telephone, with and without scripts or a connection."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from classifier import serving
from responder.field_reports import channels, contacts, keys, public
from responder.models import Event, FieldReport, Post, User
from tests.browser import checks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "height": 844}


def test_a_report_is_filed_by_keyboard_with_a_pin(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], event: Event, complaints: list[str]
) -> None:
    serving.current()  # loading it takes longer than typing
    sign_in(page, "reviewer")
    page.goto(f"{live_server.url}/field-reports/")
    expect(page.locator("html[data-shell=ready]")).to_be_attached()
    page.keyboard.press("n")
    expect(page.get_by_label("What happened, and what is needed?")).to_be_focused()
    page.keyboard.type("We urgently need drinking water at the school")
    expect(page.locator("[data-suggestion]")).to_contain_text("Suggestion")
    page.get_by_label("Search for a place").fill("Beira")
    expect(page.locator("[data-place-found] [role=option]").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Latitude")).not_to_have_value("")
    page.get_by_label("Urgency").select_option("1")
    page.get_by_label("Name of the reporter").fill("Zelda Quarrow")
    for size in ((1440, 900), (390, 844)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert checks.not_fitting(page, f"new report, {size}") == []
        assert checks.barriers(page) == []
    page.get_by_label("Name of the reporter").press("Control+Enter")
    expect(page.get_by_role("status").filter(has_text="is saved")).to_be_visible()
    report = FieldReport.objects.get()
    assert (report.kind, report.severity, report.filed_by.username if report.filed_by else "") == (
        "phone",
        1,
        "reviewer-ana",
    )
    assert report.post.source_position["name"] == "Beira"
    assert [heard for heard in complaints if "live/stream" not in heard and "503" not in heard] == []


@pytest.fixture
def link(live_server: Any, event: Event, people: dict[str, User], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(public, "LEAST_S", 0.0)
    channel = channels.create(kind="public-form", by=people["lead"], fields={"name": "Form", "event": event.ref})
    return f"{live_server.url}/report/{keys.key_of(channel)}/"


def fill(page: Page) -> None:
    page.get_by_label("What happened, and what is needed?").fill("Water up to the windows")
    page.get_by_label("Somebody else").check()
    page.get_by_label("Where is help needed?").fill("Munhava")


def test_the_public_form_works_without_scripts_on_a_phone(browser: Browser, link: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(link)
    fill(page)
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("heading", name="We have received your report")).to_be_visible()
    expect(page.get_by_text(FieldReport.objects.get().ref)).to_be_visible()
    assert not context.cookies()
    context.close()


def test_the_public_form_waits_for_a_connection_and_keeps_the_reporters_place(browser: Browser, link: str) -> None:
    context: BrowserContext = browser.new_context(
        viewport=PHONE, geolocation={"latitude": -19.84, "longitude": 34.85}, permissions=["geolocation"]
    )
    page = context.new_page()
    page.goto(link)
    assert checks.not_fitting(page, "public form") == [] and checks.barriers(page) == []
    fill(page)
    page.get_by_role("button", name="Add my position").click()
    expect(page.get_by_text("Your position is added")).to_be_visible()
    expect(page.get_by_label("Help is needed here")).to_be_visible()
    context.set_offline(True)
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("alert").filter(has_text="no connection")).to_be_visible()
    assert not Post.objects.exists()
    context.set_offline(False)
    expect(page.get_by_role("heading", name="We have received your report")).to_be_visible()
    report = FieldReport.objects.get()
    assert report.post.source_position is None and contacts.decrypted(report.contact).latitude == -19.84
    assert checks.not_fitting(page, "receipt") == [] and checks.barriers(page) == []
    context.close()
