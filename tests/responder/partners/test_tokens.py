"""Tokens: strong, hashed, scoped, expiring, revocable, and never beyond their owner's role."""

from datetime import timedelta

import pytest
from django.core import serializers

from classifier import clock
from monitoring.models import AuditEvent
from responder import roles
from responder.errors import Invalid, NotPermitted
from responder.models import ApiToken, User
from responder.partners import token_cache, tokens

pytestmark = pytest.mark.django_db


def issued(owner: User, **changes: object) -> tuple[ApiToken, str]:
    wanted: dict[str, object] = {
        "owner": owner, "organisation": "Relief", "name": "Desk", "scopes": ["predict"], "by": owner,
    }  # fmt: skip
    return tokens.issue(**(wanted | changes))  # type: ignore[arg-type]


def test_the_secret_opens_its_own_token_and_no_other_string_does(people: dict[str, User]) -> None:
    token, secret = issued(people["partner"])
    assert tokens.verify(secret) == token
    assert secret.startswith(token.prefix) and token.prefix.startswith("rsp_")
    for other in (
        "",
        "rsp_",
        secret[:-1],
        secret + "x",
        secret.upper(),
        token.digest,
        "rsp_" + "x" * 10_000,
        "rsp_\udcff",
    ):
        assert tokens.verify(other) is None


def test_secrets_carry_256_random_bits_beyond_what_is_shown_and_differ(people: dict[str, User]) -> None:
    secrets = {issued(people["partner"])[1] for _ in range(20)}
    assert len(secrets) == 20
    assert all((len(secret) - tokens.SHOWN) * 6 >= 256 for secret in secrets)


def test_what_the_database_holds_opens_nothing(people: dict[str, User]) -> None:
    token, secret = issued(people["partner"])
    dump = serializers.serialize("json", [token])
    assert secret not in dump and secret[tokens.SHOWN :] not in dump
    assert tokens.verify(ApiToken.objects.get().digest) is None


def test_an_expired_token_is_refused(people: dict[str, User]) -> None:
    token, secret = issued(people["partner"], expires_at=clock.now() + timedelta(hours=1))
    assert tokens.verify(secret)
    ApiToken.objects.filter(pk=token.pk).update(expires_at=clock.now())
    token_cache.forget()  # as a second later
    assert tokens.verify(secret) is None


def test_a_revoked_token_is_refused_at_once_and_revoking_again_changes_nothing(people: dict[str, User]) -> None:
    token, secret = issued(people["partner"])
    tokens.revoke(token=token, by=people["superuser"])
    first = ApiToken.objects.get().revoked_at
    tokens.revoke(token=ApiToken.objects.get(), by=people["partner"])
    assert tokens.verify(secret) is None
    assert ApiToken.objects.get().revoked_at == first is not None
    assert AuditEvent.objects.filter(action="token.revoked").count() == 1


def test_a_token_ends_with_its_owners_account_and_with_the_role(people: dict[str, User]) -> None:
    partner = people["partner"]
    _, secret = issued(partner)
    User.objects.filter(pk=partner.pk).update(is_active=False)
    token_cache.forget()  # as a second later
    assert tokens.verify(secret) is None
    User.objects.filter(pk=partner.pk).update(is_active=True)
    assert tokens.verify(secret)
    partner.groups.clear()
    assert tokens.verify(secret) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": []}, {"scopes": ["predict", "admin"]}, {"organisation": " "}, {"name": "x" * 101},
        {"expires_at": clock.now() - timedelta(days=1)},
    ],
)  # fmt: skip
def test_senseless_tokens_are_not_issued(people: dict[str, User], wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        issued(people["partner"], **wrong)
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("role", [role for role, able in roles.ROLES.items() if roles.USE_API not in able])
def test_roles_without_the_ability_get_no_token(people: dict[str, User], role: str) -> None:
    with pytest.raises(NotPermitted):
        issued(people[role])


def test_nobody_but_owner_and_superuser_issues_or_revokes(people: dict[str, User]) -> None:
    with pytest.raises(NotPermitted):
        issued(people["partner"], by=people["lead"])
    token, secret = issued(people["partner"], by=people["superuser"])
    with pytest.raises(NotPermitted):
        tokens.revoke(token=token, by=people["lead"])
    assert tokens.verify(secret)


def test_issuing_is_audited_without_the_secret(people: dict[str, User]) -> None:
    token, secret = issued(people["partner"])
    event = AuditEvent.objects.get(action="token.issued")
    assert (event.actor, event.object_id) == ("user:partner-ana", str(token.pk))
    assert secret not in str(event.detail) and event.detail["scopes"] == ["predict"]


def test_use_is_noted_at_most_once_a_minute(people: dict[str, User], django_assert_num_queries: object) -> None:
    _, secret = issued(people["partner"])
    token = tokens.verify(secret)
    assert token
    tokens.note_use(token)
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    again = tokens.verify(secret)
    assert again
    with django_assert_num_queries(0):  # type: ignore[operator]
        tokens.note_use(again)
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    token_cache.forget()  # as a second later
    later = tokens.verify(secret)
    assert later
    tokens.note_use(later)
    assert ApiToken.objects.get().last_used_at >= first  # type: ignore[operator]
