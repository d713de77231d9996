"""A reader asks for a translation at a post, and sees it beside the original; with the profile's choice the page asks by itself."""

import os
from collections.abc import Callable
from pathlib import Path
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
        page.goto(f"{live_server.url}/map/?event={event.ref}&sel={arabic.pk}")
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
        _shots(page, "map")
        User.objects.filter(pk=people["reviewer"].pk).update(translates_posts=True)
        page.goto(f"{live_server.url}/triage/?event={event.ref}&sel={ukrainian.pk}")
        part = page.locator(f'.card [data-translation="{ukrainian.pk}"]')
        expect(part.get_by_text("Translating…")).to_be_visible()  # nobody pressed anything
        assert Translation.objects.get(post=ukrainian).is_automatic
        assert working.run() == 1
        expect(part.locator("[lang=en]")).to_have_text(SICK)
        assert checks.barriers(page) == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert checks.not_fitting(page, "triage, phone") == []
        page.goto(f"{live_server.url}/incidents/{incident.ref}/")
        expect(page.locator(f'[data-translation="{arabic.pk}"] [lang=en]')).to_have_text(ENGLISH)
        assert checks.not_fitting(page, "incident, phone") == []
        _shots(page, "incident")
        if FOLDER:
            _more_shots(page, live_server.url, event, people, make_post)
    assert [heard for heard in complaints if "live/stream" not in heard and "503" not in heard] == []


FOLDER = os.environ.get("SHOTS", "")


def _shots(page: Page, name: str) -> None:
    if not FOLDER:
        return
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width, height in ((1440, 900), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(400)
            page.screenshot(path=Path(FOLDER) / f"{name}-{scheme}-{width}.png")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 900})


def _more_shots(page: Page, at: str, event: Event, people: dict[str, User], make_post: Any) -> None:
    waits = {"category": "cant_judge", "group": "unmeasured", "band": 1, "severity": 3, "emergency": False, "cues": 2}
    for number, lang in enumerate(("am", "am", "ti", "my")):
        make_post(text=f"እርዳታ እንፈልጋለን፣ ውሃ የለም {number}", lang=lang, **waits)
    User.objects.filter(pk=people["reviewer"].pk).update(reads=["am", "ar"])
    page.goto(f"{at}/triage/?event={event.ref}&sel={Post.objects.filter(lang='ar').get().pk}")
    page.wait_for_timeout(1500)
    _shots(page, "triage")
    page.goto(f"{at}/triage/?event={event.ref}&tab=unmeasured")
    page.wait_for_timeout(1000)
    _shots(page, "unread")
    page.goto(f"{at}/unknowns/?event={event.ref}")
    _shots(page, "unknowns")
    page.goto(f"{at}/profile/")
    _shots(page, "profile")
    page.context.clear_cookies()
    page.goto(f"{at}/login/")
    page.get_by_label("User name").fill(people["administrator"].username)
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    TranslationEngine.objects.update(
        price=10,
        characters_a_month=2_000_000,
        test_state="done",
        test_sample="نحتاج إلى ماء",
        test_language="en",
        test_answer="We need water",
    )
    page.goto(f"{at}/translation-engine/")
    _shots(page, "engine")
    page.goto(f"{at}/translation-engine/edit?kind=azure")
    _shots(page, "form")
