"""The texts of the scripts: one script for everybody, without a log-in and without the database."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from responder.web import script_texts

pytestmark = pytest.mark.django_db
SCRIPT = re.compile(r'<script src="([^"]+)" defer></script>')


@pytest.mark.parametrize("signed_in", [False, True])
def test_the_catalogue_is_read_without_a_query(
    client: Client, people: dict[str, Any], django_assert_num_queries: Any, signed_in: bool
) -> None:
    if signed_in:
        client.force_login(people["reviewer"])
    with django_assert_num_queries(0):
        response = client.get(script_texts.url("en"))
    assert response.status_code == 200
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert b"globals.gettext = " in response.content and b"globals.ngettext = " in response.content
    assert "Set-Cookie" not in response and "Cookie" not in response["Vary"]


def test_a_browser_keeps_it_for_as_long_as_its_texts_stay(client: Client) -> None:
    response = client.get(script_texts.url("en"))
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    for address in (reverse("texts", args=["en"]), reverse("texts", args=["en"]) + "?v=of-another-release"):
        late = client.get(address)
        assert late["Cache-Control"] == "no-cache" and late.content == response.content
        assert client.get(address, headers={"If-None-Match": late["ETag"]}).status_code == 304


def test_languages_that_the_site_does_not_offer_are_not_found(client: Client) -> None:
    for language in ("xx", "de-at", "e" * 500):
        assert client.get(reverse("texts", args=[language])).status_code == 404
    assert client.post(reverse("texts", args=["en"])).status_code == 405


def test_texts_of_a_translation_are_in_the_script(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = {"": "Plural-Forms: nplurals=2; plural=(n > 1);", "Undo": "Annuler"}
    monkeypatch.setattr(
        "django.views.i18n.DjangoTranslation",
        lambda *_, **__: type("Fake", (), {"_catalog": catalog, "_fallback": None}),
    )
    script_texts.catalogue.cache_clear()
    try:
        assert b'"Undo": "Annuler"' in script_texts.catalogue("en")[0]
    finally:
        script_texts.catalogue.cache_clear()


def test_pages_load_it_before_their_modules(client: Client, people: dict[str, Any], make_post: Any) -> None:
    make_post()
    client.force_login(people["lead"])
    for name in ("map", "triage", "feed", "incidents", "labelling"):
        page = client.get(reverse(name)).content.decode()
        assert SCRIPT.search(page).group(1) == script_texts.url("en")
        assert page.index(script_texts.url("en")) < page.index('<script type="module"')
