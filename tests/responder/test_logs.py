"""Log lines keep no secrets."""

import io
import logging

import pytest
from django.test import Client

from responder import corrections
from responder.logs import without_secret_links

pytestmark = pytest.mark.django_db


def test_no_line_holds_the_link_of_a_correction(monkeypatch: pytest.MonkeyPatch) -> None:
    _asked, token = corrections.receive(wish="remove", where="some words", contact="a@example.org")
    written = io.StringIO()
    handler = next(one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler)
    monkeypatch.setattr(handler, "stream", written)
    assert Client(enforce_csrf_checks=True).post(f"/correct/{token}/").status_code == 403
    assert "/correct/…/" in written.getvalue() and token not in written.getvalue()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "Internal Server Error: /correct/aB3-_x7890123456789012/receipt.json",
            "Internal Server Error: /correct/…/receipt.json",
        ),
        ("/correct/verify/ and /corrections/C-2345-6789/", "/correct/verify/ and /corrections/C-2345-6789/"),
        (17, 17),
    ],
)
def test_only_the_token_is_left_out(before: object, after: object) -> None:
    assert without_secret_links(None, "", {"event": before}) == {"event": after}
