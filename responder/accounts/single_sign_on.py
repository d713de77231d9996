"""Single sign-on with one OpenID Connect provider: which account somebody who comes from there has.

1. An account that came from there before: this one.
2. Otherwise the one active account with the email address that the provider has verified.
3. Otherwise a new account without roles, if the settings allow it.

Superusers sign in with their password only. Nobody who is refused learns whether there is an account.
"""

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils.translation import gettext as _

from classifier import locks
from monitoring import audit
from responder.accounts import fields, people
from responder.errors import Invalid, NotPermitted
from responder.models import User

USERNAME_LIMIT = 100


def is_on() -> bool:
    """Whether the settings name an identity provider."""
    return bool(settings.OIDC_NAME)


def failed_message() -> str:
    """What to say when the identity provider doesn't confirm who somebody is."""
    return _("The identity provider didn't confirm who you are. Try again, or sign in with your password.")


def connect(sociallogin: Any) -> None:
    """Set the account of somebody whom the identity provider has confirmed. Raises NotPermitted."""
    email = _verified(sociallogin.email_addresses)
    facts = sociallogin.account.extra_data
    sociallogin.account.extra_data = {}  # nothing about people that the product doesn't use
    if sociallogin.is_existing:
        sociallogin.account.save(update_fields=["extra_data"])
        _require_active(sociallogin.user)
        return
    _require_domain(email)
    with audit.atomic():
        locks.one_at_a_time("single sign-on", sociallogin.account.uid)
        person = _by_email(email) or _create(sociallogin, email, facts)
        sociallogin.account.user = sociallogin.user = person
        sociallogin.account.save()
        audit.record(
            actor=f"user:{person.username}", action="user.single_sign_on_connected", object_type="user",
            object_id=str(person.pk), detail={"user": person.username, "provider": settings.OIDC_NAME},
        )  # fmt: skip


def _verified(addresses: list[EmailAddress]) -> str:
    return next((one.email.strip() for one in addresses if one.verified and one.email), "")


def _require_domain(email: str) -> None:
    domain = email.rpartition("@")[2].lower()
    if not domain or (settings.OIDC_DOMAINS and domain not in settings.OIDC_DOMAINS):
        raise _refused()


def _require_active(person: User) -> None:
    if not person.is_active or person.is_superuser:
        raise _refused()


def _by_email(email: str) -> User | None:
    rows = User.objects.filter(email__iexact=email).order_by("pk")[:10]
    found = [one for one in rows if is_same(one.email, email)]
    if not found:
        return None
    if len(found) > 1:
        raise _refused()
    _require_active(found[0])
    return found[0]


def is_same(stored: str, verified: str) -> bool:
    """Whether two addresses that the database takes for equal are the same: to PostgreSQL, an ı without a dot is an i too."""
    return stored == verified or (stored.isascii() and verified.isascii() and stored.lower() == verified.lower())


def _create(sociallogin: Any, email: str, facts: dict[str, Any]) -> User:
    if not settings.OIDC_CREATE_PEOPLE:
        raise _refused()
    try:
        person = User(username=_free_username(email), first_name=_name(facts) or email, email=fields.email(email))
    except Invalid as error:
        raise _refused() from error
    person.set_unusable_password()
    return people.create(person, [], how="single sign-on")


def _name(facts: dict[str, Any]) -> str:
    facts = facts.get("userinfo") or facts.get("id_token") or facts
    try:
        return fields.name(str(facts.get("name") or "")[: fields.USERNAME_LIMIT])
    except Invalid:
        return ""


def _free_username(email: str) -> str:
    local = "".join(sign for sign in email.partition("@")[0] if sign.isalnum() or sign in ".+-_")[:USERNAME_LIMIT]
    wanted = local or "person"
    for number in range(1, 1_000):
        name = wanted if number == 1 else f"{wanted}-{number}"
        try:
            return fields.username(name)
        except Invalid:
            continue
    raise _refused()


def _refused() -> NotPermitted:
    return NotPermitted(
        _("You can't sign in this way. Ask an administrator to invite you, or sign in with your password.")
    )
