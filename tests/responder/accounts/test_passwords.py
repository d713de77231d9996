"""Which passwords are taken, wherever they are set."""

from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from responder.models import User

WEAK = [
    "password1234", "Password1234!", "P@ssw0rd1234", "qwertyuiop12", "aaaaaaaaaaaa", "iloveyou1234", "summer2026!!",
    "Mozambique2026", "Responder2026!", "reviewer-ana1", "Ana.Silva1985",
]  # fmt: skip


@pytest.mark.parametrize("password", WEAK)
def test_what_word_lists_find_is_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, User(username="reviewer-ana", first_name="Ana", last_name="Silva"))


@pytest.mark.parametrize("password", ["three boats for Beira harbour", "correct horse battery", "x7#Lq0vT!m2Wz"])
def test_unrelated_words_and_random_characters_are_taken(password: str) -> None:
    validate_password(password, User(username="reviewer-ana"))


def test_a_password_is_no_longer_than_what_may_be_typed() -> None:
    validate_password("three boats for Beira harbour " * 33)
    with pytest.raises(ValidationError, match="at most 1000 characters"):
        validate_password("three boats for Beira harbour " * 34)


def test_the_command_makes_no_superuser_with_a_weak_password(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "password1234")
    named: dict[str, Any] = {"username": "root", "email": "root@example.org", "interactive": False, "verbosity": 0}
    with pytest.raises(CommandError, match="easy to guess"):
        call_command("createsuperuser", **named)
    assert not User.objects.exists()
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "three boats for Beira harbour")
    call_command("createsuperuser", **named)
    assert User.objects.get().is_superuser


def test_administrators_cannot_give_a_weak_password(people: dict[str, User]) -> None:
    client = Client()
    client.force_login(people["superuser"])
    address = f"/admin/responder/user/{people['reviewer'].pk}/password/"
    for password, status in (("Mozambique2026", 200), ("three boats for Beira harbour", 302)):
        answer = client.post(address, {"password1": password, "password2": password, "usable_password": "true"})
        assert answer.status_code == status, password
