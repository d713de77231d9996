"""What people change about their own account: name, email address, language, time zone, password."""

from collections.abc import Sequence

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext as _

from monitoring import audit
from responder.accounts import confirming, fields, password_links, people, sessions
from responder.errors import FieldChecks, InvalidFields
from responder.models import User


def change(
    *, person: User, name: str, email: str, language: str, time_zone: str, current_password: str, address: str,
    reads: Sequence[str] | None = None, translates_posts: bool | None = None,
) -> None:  # fmt: skip
    """Change a person's own details. Another email address needs the password: password reset links go there.

    Arguments:
        reads: codes of the languages that they read, besides that of their pages; None: no change.
        translates_posts: whether pages ask for translations of posts that they can't read; None: no change.

    Raises InvalidFields, TooManyTries.
    """
    checks = FieldChecks()
    values = {
        "first_name": checks.read("name", fields.name, name), "last_name": "",
        "email": checks.read("email", fields.email, email), "language": checks.read("language", fields.language, language),
        "time_zone": checks.read("time_zone", fields.time_zone, time_zone),
    }  # fmt: skip
    if reads is not None:
        values["reads"] = checks.read("reads", fields.languages_read, reads)
    if translates_posts is not None:
        values["translates_posts"] = translates_posts
    if settings.OIDC_NAME and values["email"] != person.email:
        # The provider's people are matched by it: whoever takes a colleague's address would get their sign-in.
        checks.refuse("email", _("With single sign-on, an administrator sets your email address."))
    checks.require_valid()
    if values["email"] != person.email:
        confirming.require_password(person=person, password=current_password, address=address)
    if values["first_name"] == person.get_full_name():
        del values["first_name"], values["last_name"]
    changed = sorted(name for name, value in values.items() if getattr(person, name) != value)
    if not changed:
        return
    with audit.atomic():
        User.objects.filter(pk=person.pk).update(**{name: values[name] for name in changed})
        if "email" in changed:
            password_links.withdraw(person)  # they were sent to the former address
        audit.record(
            actor=f"user:{person.username}", action="user.profile_changed", object_type="user", object_id=str(person.pk),
            detail={"user": person.username, "fields": changed},
        )  # fmt: skip
    person.refresh_from_db()


def change_password(*, person: User, current_password: str, password: str, address: str, session_key: str) -> None:
    """Set a new password, and end all other sessions. Raises InvalidFields, TooManyTries.

    Arguments:
        session_key: of the session that stays signed in.
    """
    confirming.require_password(person=person, password=current_password, address=address)
    checks = FieldChecks()
    checks.read("password", fields.password, password, person)
    checks.require_valid()
    if person.has_usable_password() and password == current_password:
        raise InvalidFields({"password": _("Choose another password than the current one.")})
    hashed = make_password(password)
    with audit.atomic():
        held = User.objects.select_for_update(no_key=True).get(pk=person.pk)
        people.set_password(held, password, hashed)
        sessions.end_all(held, but=session_key)
    person.refresh_from_db()
