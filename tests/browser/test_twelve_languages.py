"""Twelve cries for help in twelve languages and seven scripts, from a file through feed, map and triage into an export.

Set RESPONDER_PICTURES to a folder to keep the pictures.
"""

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from classifier import languages
from responder.models import Post
from tests.browser.queue import card_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Language, text, and where it must stand on the map.
CRIES = [
    ("English", "Family of five trapped on a roof in Beira, water still rising, please send a boat", "Beira"),
    ("Spanish", "Estamos atrapados en el techo de la escuela en Cartagena, hay niños, manden una lancha", "Cartagena"),
    (
        "French",
        "Une femme enceinte saigne à Port-au-Prince, la route est coupée, il faut une ambulance",
        "Port-au-Prince",
    ),
    ("Portuguese", "Bairro inteiro sem água potável em Quelimane há três dias, crianças com diarreia", "Quelimane"),
    ("Turkish", "Kahramanmaraş'ta enkaz altında sesler geliyor, iki çocuk var, acil kurtarma lazım", "Kahramanmaraş"),
    ("Arabic", "عائلة محاصرة فوق سطح منزل في درنة والماء يرتفع، أرسلوا قاربا بسرعة", "Darnah"),
    ("Hindi", "काठमांडू में इमारत गिर गई है, मलबे में लोग दबे हैं, मदद भेजो", "Kathmandu"),
    ("Bangla", "বরিশালে বাঁধ ভেঙে গেছে, ছাদে ৮ জন আটকা, নৌকা পাঠান", "Barishal"),
    ("Indonesian", "Tolong! Kami terjebak di lantai dua di Palu, air terus naik, ada bayi", "Palu"),
    ("Russian", "Люди под завалами в Харькове, слышны голоса, срочно нужны спасатели", "Kharkiv"),
    ("Chinese", "成都有一家三口被困在楼上，水位还在上涨，请派救援船", "Chengdu"),
    ("Japanese", "仙台の小学校に40人が取り残されています。水が迫っています。助けてください", "Sendai"),
]


@pytest.fixture
def cries(tmp_path: Path) -> list[Post]:
    """The posts, imported and classified by the shipped model."""
    path = tmp_path / "cries.ndjson"
    path.write_text("".join(json.dumps({"id": str(n), "text": text}) + "\n" for n, (_, text, _) in enumerate(CRIES)))
    call_command("import_posts", str(path), source="cries")
    return list(Post.objects.order_by("pk"))


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("RESPONDER_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=name == "twelve-languages-feed")


def test_each_cry_has_its_language_category_place_and_reason_everywhere(
    page: Page, live_server: Any, sign_in: Callable[[Page, str], None], cries: list[Post]
) -> None:
    page.set_viewport_size({"width": 1440, "height": 1000})
    sign_in(page, "lead")
    page.goto(f"{live_server.url}/feed/?event={cries[0].event.ref}")  # type: ignore[union-attr]
    expect(page.locator("[data-post]")).to_have_count(len(CRIES))
    for post, (_language, _text, place) in zip(cries, CRIES, strict=True):
        row = page.locator(f'[data-post="{post.pk}"]')
        expect(row).to_contain_text(place)
        assert post.severity <= 2 and post.place_name == place, (post.text, post.severity, post.place_name)
    keep(page, "twelve-languages-feed")
    page.goto(f"{live_server.url}/map/?event={cries[0].event.ref}")  # type: ignore[union-attr]
    expect(page.locator("[data-mark]").first).to_be_visible()
    keep(page, "twelve-languages-map")
    page.goto(f"{live_server.url}/triage/?event={cries[0].event.ref}")  # type: ignore[union-attr]
    expect(page.locator("[data-item]")).to_have_count(len(CRIES))
    for post, (language, _text, place) in zip(cries, CRIES, strict=True):
        page.locator(f'[data-item="{post.pk}"] [data-open]').click()
        card = card_of(page, post)
        for part in (place, "rule: ", "(detected)", {"Bangla": "Bengali"}.get(language, language)):
            expect(card).to_contain_text(part)
        keep(page, f"twelve-languages-{language}")
    answer = page.request.get(f"{live_server.url}/export/posts.csv?event={cries[0].event.ref}")  # type: ignore[union-attr]
    rows = list(csv.DictReader(io.StringIO(answer.text())))
    assert {(languages.name_of(row["lang"]), row["place"]) for row in rows} == {
        (said, place) for said, _, place in CRIES
    }
    assert all(row["category"] and row["severity_word"] for row in rows)
