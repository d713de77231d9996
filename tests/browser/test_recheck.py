"""Suggested incidents, a merge field by field, and what must be checked again, in a real browser."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from classifier import clock
from responder.incidents import membership
from responder.models import Event, Incident, IncidentSuggestion, Post, User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_suggestion_is_opened_two_are_merged_and_one_is_checked_again(
    page: Page,
    live_server: Any,
    sign_in: Callable[[Page, str], None],
    posts: list[Post],
    make_post: Callable[..., Post],
    event: Event,
    people: dict[str, User],
) -> None:
    roof = make_post(text="80 people on the roof of the school. The road is closed", severity=1)
    first = membership.create(post_ids=[roof.pk], by=people["lead"])
    second = membership.create(post_ids=[posts[0].pk], by=people["lead"])
    over = make_post(text="All rescued, everyone is safe", severity=4, created_at=clock.now())
    membership.attach(incident_id=second.pk, version=1, post_ids=[over.pk], by=people["lead"])
    Incident.objects.filter(pk=first.pk).update(
        last_confirmed_at=clock.now() - timedelta(hours=5),
        status="on_the_way",
        owner=people["lead"],
        going_at=clock.now(),
    )
    suggestion = IncidentSuggestion.objects.create(event=event)
    suggestion.members.create(post=posts[2])
    sign_in(page, "lead")
    page.goto(f"{live_server.url}/incidents/")
    expect(page.locator(".is-stale")).to_contain_text(first.ref)
    page.locator("#suggestions").get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("The bridge is gone")
    page.goto(f"{live_server.url}/incidents/{first.ref}/")
    expect(page.locator("#facts")).to_contain_text("80 people")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/incidents/{second.ref}/merge-preview?into={first.ref}")
    expect(page.get_by_role("row", name="Unanswered")).to_contain_text("yes")
    table = page.get_by_role("table", name="Both incidents, field by field")
    assert table.get_by_role("columnheader").count() == 4  # laid out as a grid, it still is a table
    assert not page.evaluate(
        "[...document.querySelectorAll('main *')].some((one) => one.scrollWidth > one.clientWidth + 1)"
    )
    page.goto(f"{live_server.url}/incidents/recheck/")
    panel = page.locator(".inc-recheck > li", has_text=second.ref)
    expect(panel).to_contain_text("A post tells of its end")
    expect(page.locator(".inc-recheck > li", has_text=first.ref)).to_contain_text("Last confirmed 5 h ago")
    panel.get_by_role("button", name="Still true").click()
    page.goto(f"{live_server.url}/incidents/recheck/")
    expect(page.locator(".inc-recheck")).not_to_contain_text(second.ref)
    expect(page.locator(".inc-recheck")).to_contain_text("how many are there now?")
