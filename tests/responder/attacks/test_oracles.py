"""What an address may ask of masked records, and forms in charsets that are none."""

import pytest
from django.test import Client
from django.urls import reverse

from responder.models import Post, User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "asked",
    ["author_handle__iregex=^a", "latitude__gt=1", "text__regex=.*.*zzq", "text__contains=84", "author_handle=ana"],
)
def test_an_auditor_cannot_ask_for_masked_columns_by_the_address(
    people: dict[str, User], make_post: object, asked: str
) -> None:
    make_post(text="Call +258 84 123 4567", author_handle="ana")  # type: ignore[operator]
    client = Client()
    client.force_login(people["auditor"])
    page = reverse("admin:responder_post_changelist")
    assert client.get(page).status_code == 200
    assert client.get(f"{page}?id__exact={Post.objects.get().pk}").status_code == 200
    answer = client.get(f"{page}?{asked}")
    assert answer.status_code in (302, 400)
    assert client.get("/admin/responder/incident/?title__contains=84").status_code in (302, 400)


@pytest.mark.parametrize("charset", ["base64", "utf-7", "idna", "rot13", "unicode_escape"])
def test_a_form_in_another_charset_than_utf_8_is_refused(charset: str) -> None:
    body = b'--XX\r\nContent-Disposition: form-data; name="username"\r\n\r\n+2AA-\r\n--XX--\r\n'
    kind = f"multipart/form-data; boundary=XX; charset={charset}"
    for page in ("/login/", "/map/"):
        assert Client(enforce_csrf_checks=True).generic("POST", page, body, content_type=kind).status_code == 400
