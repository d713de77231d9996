"""In Arabic no page shows English words, but for names and for what people wrote: every route is visited.

Arabic has other letters, so whatever is left in Latin ones was not translated.
"""

import re
import zoneinfo
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.urls import get_resolver
from lxml import html

from responder.dashboards.panels import PANELS
from tests.responder.privacy.test_nothing_unmasked import concrete, routes

# Names of formats, services, zones and measures, moments, and what the tests' own rows hold.
ALLOWED = re.compile(
    r"Responder( API)?|API|API · Responder|UTC|GMT|CSV|TSV|Excel|OpenDocument|GeoJSON|KML|JSON|NDJSON|GDACS|Mastodon|Argilla|Prodigy"
    r"|LibreTranslate|Azure Translator|doccano|Label Studio|Bluesky Jetstream|Macro-F1|https://|[A-Z]\w+/[\w/+-]+|[\d: -]+UTC|(now-|\d{4}-).*|(· )?test"
    r"|.*\b\w+-ana\b.*|© Natural Earth.*|Natural Earth.*"
    r"|model: \w+"  # why a severity was set, as it was recorded
    r"|Loading\.\.\."  # of Dash, until its script has started
    r"|River flood|Beira( ·)?"
)
AS_IT_STANDS = {*zoneinfo.available_timezones(), "Factory", *(name for _code, name in settings.LANGUAGES), *PANELS}
ARABIC = re.compile(r"[\u0600-\u06ff]")
WRITTEN = "//script|//style|//code|//kbd|//bdi|//pre|//blockquote|//svg|//textarea|//option[@lang]|//*[@translate='no']"
WORD = re.compile(r"[A-Za-z]{3,}")
SPOKEN = ("title", "aria-label", "placeholder", "alt")


def left(content: bytes) -> Iterator[str]:
    """Texts of a page with English words in them."""
    page = html.fromstring(content.decode())
    for element in page.xpath(WRITTEN):
        if element.getparent() is not None:
            element.drop_tree()
    for element in page.iter():
        if isinstance(element.tag, str):
            for text in (element.text, element.tail, *(element.get(name) for name in SPOKEN)):
                words = " ".join((text or "").split())
                if (
                    WORD.search(words)
                    and not ARABIC.search(words)
                    and not ALLOWED.fullmatch(words)
                    and words not in AS_IT_STANDS
                ):
                    yield words[:120]


@pytest.mark.django_db
def test_no_page_shows_english(client, people, make_post) -> None:
    post = make_post(text="الماء مطلوب في بيرا", lang="ar", category="requests_or_urgent_needs", severity=1)
    client.force_login(people["superuser"])
    visited, found = 0, {}
    for path in routes(get_resolver().url_patterns):
        address = concrete(path, post.pk)
        if address is None or address.startswith(("/api/", "/admin/")):
            continue
        answer = client.get(address, headers={"Accept": "text/html", "Accept-Language": "ar"})
        if (
            answer.status_code == 200
            and "html" in answer.get("Content-Type", "")
            and not answer.streaming
            and answer.content.strip()
        ):
            visited += 1
            if texts := sorted(set(left(answer.content))):
                found[address] = texts
    assert visited > 40
    assert not found, "\n".join(f"{address}: {texts}" for address, texts in found.items())
