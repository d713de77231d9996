"""A reader asks for a translation at a post, and sees it beside the original; with the profile's choice the page asks by itself."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from responder.models import Event, Incident, IncidentPost, Post, Translation, TranslationEngine, User
from responder.translation import working
from tests.browser import checks
from tests.fakes import translators

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ARABIC = "نحن عالقون على سطح المدرسة في بيرا ومعنا أطفال، نحتاج إلى قوارب وماء. اتصلوا على +258 84 123 4567"
MASKED = ARABIC.replace("+258 84 123 4567", "•••")
ENGLISH = "We are trapped on the roof of the school in Beira with children, we need boats and water. Call •••"
UKRAINIAN = "У школі немає води, багато людей хворіють"
SICK = "There is no water at the school, and many people are sick"


def test_a_translation_stands_beside_the_original(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], event: Event, make_post: Callable[..., Post],
    people: dict[str, User], complaints: list[str], settings: Any,
) -> None:  # fmt: skip
    settings.FEED_NETWORKS = ["127.0.0.0/8"]
    fake = translators.LibreTranslate()
    fake.words = {MASKED: ENGLISH, UKRAINIAN: SICK}
    arabic, ukrainian = make_post(lang="ar", text=ARABIC, severity=1), make_post(lang="uk", text=UKRAINIAN, severity=2)
    incident = Incident.objects.create(event=event, title="People on a roof", size=1, severity=1)
    IncidentPost.objects.create(incident=incident, post=arabic, state="accepted", by=people["lead"])
    with translators.running(fake):
        TranslationEngine.objects.create(
            kind="libretranslate", address=fake.address, is_on=True, characters_a_day=50_000
        )
        sign_in(page, "reviewer")
        expect(page.locator("[data-room][data-ready]")).to_be_attached()  # signed in
        page.goto(f"{live_server.url}/map/?event={event.ref}&sel={arabic.pk}")
        expect(page.locator("[data-room][data-ready]")).to_be_attached()
        part = page.locator(f'.card [data-translation="{arabic.pk}"]')
        button = part.get_by_role("button", name="Translate")
        button.focus()
        page.keyboard.press("Enter")
        expect(part.get_by_text("Translating…")).to_be_visible()
        assert not fake.asked
        assert working.run() == 1
        expect(part.locator("[lang=en]")).to_have_text(ENGLISH)  # without a reload
        expect(page.locator(".card-text [lang=ar]")).to_contain_text("نحن عالقون")
        expect(part.get_by_text("Machine translation (LibreTranslate) from Arabic")).to_be_visible()
        assert checks.barriers(page) == []
        complaints[:] = [
            one for one in complaints if "inline style" not in one
        ]  # axe measures by them, which the policy refuses
        User.objects.filter(pk=people["reviewer"].pk).update(translates_posts=True)
        page.goto(f"{live_server.url}/triage/?event={event.ref}&sel={ukrainian.pk}")
        part = page.locator(f'.card [data-translation="{ukrainian.pk}"]')
        expect(part.get_by_text("Translating…")).to_be_visible()  # nobody pressed anything
        assert Translation.objects.get(post=ukrainian).is_automatic
        assert working.run() == 1
        expect(part.locator("[lang=en]")).to_have_text(SICK)
        assert checks.barriers(page) == []
        complaints[:] = [
            one for one in complaints if "inline style" not in one
        ]  # axe measures by them, which the policy refuses
        page.set_viewport_size({"width": 390, "height": 844})
        assert checks.not_fitting(page, "triage, phone") == []
        page.goto(f"{live_server.url}/incidents/{incident.ref}/")
        expect(page.locator(f'[data-translation="{arabic.pk}"] [lang=en]')).to_have_text(ENGLISH)
        assert checks.not_fitting(page, "incident, phone") == []
    assert [heard for heard in complaints if "live/stream" not in heard and "503" not in heard] == []
