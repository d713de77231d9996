"""Each form of the product, refused: the focus is on the first wrong field, which says why, in both themes and on a phone."""

import os
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from responder import cap
from responder.incidents import membership
from responder.models import Event, Post, User
from responder.partners import organisations
from tests.browser import checks
from tests.browser.places import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Browsers check lengths and empty fields themselves; here the server does, as for a browser that doesn't.
SEND = """
([selector, values]) => {
  const form = document.querySelector(selector);
  form.noValidate = true;
  for (const [name, value] of Object.entries(values)) {
    const fields = [...form.elements].filter((one) => one.name === name);
    for (const one of fields) if (one.type === "checkbox") one.checked = value.includes(one.value); else one.value = value;
  }
  form.requestSubmit();
}
"""


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that is sent with wrong values.

    Arguments:
        address: of its page.
        form: how the form ends its address.
        typed: what is typed, by the fields' names.
        focus: the id of the field that has the focus afterwards.
        errors: how many fields are invalid.
    """

    address: str
    form: str
    typed: dict[str, Any]
    focus: str
    errors: int


def refused_forms(incident: str, draft: str, post: int) -> dict[str, Refused]:
    """Every form of the product that has visible fields, with something wrong in each."""
    page, alert = f"/incidents/{incident}/", f"/alerts/{draft}/"
    place = {"place_name": "p" * 201, "latitude": "north", "longitude": "181", "radius_km": "0"}
    description = {"title": "x", "summary": "s" * 4001}
    draft_values = {"hazard": "", "headline": "x", "area": "a" * 201, "note": "n" * 501, "expires_in_h": "0"}
    return {
        "feed": Refused("/feeds/new?kind=mastodon", "", {"name": "x", "channel": "two words", "price": "-1"}, "name", 3),
        "incident": Refused(page, "/edit", description, "edit-title", 2),
        "place": Refused(page, "#where", place, "place-place_name", 4),
        "verification": Refused(page, "/verify", {"reason": "x"}, "verify-reason", 1),
        "snooze": Refused(page, "/snooze", {"grows_by": "100001"}, "snooze-grows_by", 1),
        "note": Refused(page, "/note", {"text": " "}, "note-text", 1),
        "merge": Refused(page, "/merge-preview", {"into": "INC-9999"}, "merge-into", 1),
        "split": Refused(f"{page}split-preview?post={post}", "/split", {"title": "t" * 201}, "split-title", 1),
        "alert": Refused(alert, "/edit", draft_values, "edit-hazard", 5),
        "token": Refused("/developers/", "/tokens", {"name": "", "scope": []}, "name", 7),
        "webhook": Refused("/developers/webhooks/", "/create", {"url": "ftp://x", "kind": []}, "url", 0),
        "file": Refused("/files/", "/send", {"text_column": "t" * 101}, "file", 2),
    }  # fmt: skip


def test_a_refused_form_says_why_beside_each_field(
    browser: Any, live_server: Any, people: dict[str, User], event: Event, posts: list[Post]
) -> None:
    organisations.joined("Relief", people["superuser"], by=people["superuser"])
    found = membership.create(post_ids=[post.pk for post in posts[3:]], by=people["lead"], title="Water at Beira")
    draft = cap.draft(by=people["lead"], incident=found)
    context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    enter(context, live_server.url, people["superuser"])
    page, wrong = context.new_page(), list[str]()
    for name, one in refused_forms(found.ref, draft.identifier, posts[3].pk).items():
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(live_server.url + one.address)
        selector = f"{one.form} form" if one.form.startswith("#") else f"main form[action*='{one.form}']"
        page.evaluate(SEND, [selector if one.form else "form#feed", one.typed])
        field = page.locator(f"#{one.focus}")
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_be_focused()
        expect(field).to_be_in_viewport()
        expect(page.locator(f"#{one.focus}_error")).to_be_visible()
        assert page.locator("main [aria-invalid=true]").count() == one.errors or not one.errors, name
        wrong += [f"{name}: {problem}" for problem in checks.barriers(page)]
        photograph(page, name)
        page.set_viewport_size({"width": 390, "height": 844})
        wrong += [f"{name}: {problem}" for problem in checks.not_fitting(page, "390")]
        photograph(page, f"{name}-390", themes=("light",))
    context.close()
    assert wrong == []


def photograph(page: Page, name: str, themes: tuple[Any, ...] = ("light", "dark")) -> None:
    """`RESPONDER_SHOTS` names a folder for pictures."""
    for theme in themes if "RESPONDER_SHOTS" in os.environ else ():
        checks.paint(page, theme)
        page.screenshot(path=f"{os.environ['RESPONDER_SHOTS']}/refused-{name}-{theme}.png")
    checks.paint(page, "light")
