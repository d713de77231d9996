"""Whom the product writes to reads it in their language: pages, answers of the API, notifications and mail."""

import pytest
from django.test import Client
from django.utils.translation import get_language

from responder import languages
from responder.incidents import responding
from responder.models import Event, Incident, Installation, Notification, User

pytestmark = pytest.mark.django_db


def test_a_page_is_in_the_language_of_the_profile_then_of_the_browser(client: Client, people: dict[str, User]) -> None:
    client.force_login(people["lead"])
    assert '<html lang="en" dir="ltr"' in client.get("/help/").content.decode()
    assert '<html lang="fr" dir="ltr"' in client.get("/help/", headers={"Accept-Language": "fr-CA"}).content.decode()
    User.objects.filter(pk=people["lead"].pk).update(language="ar")
    page = client.get("/help/", headers={"Accept-Language": "fr"}).content.decode()
    assert '<html lang="ar" dir="rtl"' in page and "المساعدة" in page


def test_an_answer_of_the_api_is_in_the_language_that_is_asked_for(client: Client) -> None:
    said = {
        code: client.get("/api/v1/posts", headers={"Accept-Language": code}).json()["detail"]
        for code in ("en", "es", "uk")
    }
    assert len(set(said.values())) == 3, said


def test_the_organisations_language_is_for_whom_no_other_is_known(people: dict[str, User]) -> None:
    assert languages.of_installation() == "en"
    Installation.objects.update_or_create(pk=1, defaults={"language": "pt"})
    assert languages.of_installation() == "pt"
    with languages.of_person(people["lead"]):
        assert get_language() == "pt"
    people["lead"].language = "tr"
    with languages.of_person(people["lead"]):
        assert get_language() == "tr"
    people["lead"].language = "xx"  # of an older version
    with languages.of_person(people["lead"]):
        assert get_language() == "pt"


def test_a_notification_is_in_the_language_of_whom_it_is_for(people: dict[str, User], event: Event) -> None:
    User.objects.filter(pk=people["reviewer"].pk).update(language="es")
    incident = Incident.objects.create(event=event, title="Families on roofs", severity=1, place_name="Nsanje")
    responding.assign(incident_id=incident.pk, version=1, by=people["lead"], to=people["reviewer"].pk)
    title = Notification.objects.get().title
    assert "Ana Lead" in title and "(Crítica, Nsanje)" in title and "assigned" not in title
    assert get_language() == "en"
