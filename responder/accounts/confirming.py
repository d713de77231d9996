"""The current password, asked for again before something that would let somebody else in for good."""

from django.utils.translation import gettext as _

from responder.accounts import passwords, sign_in
from responder.errors import InvalidFields
from responder.models import User
from responder.web import client_addresses


def require_password(*, person: User, password: str, address: str) -> None:
    """Raise InvalidFields unless this is the person's password. Failed tries count towards the limits of signing in (TooManyTries).

    People who only use single sign-on have no password: nothing is checked for them.
    """
    if not person.has_usable_password():
        return
    attempt = sign_in.Attempt(username=person.username, address=address or client_addresses.UNKNOWN)
    with attempt.turn():
        is_right = len(password) <= passwords.LONGEST and person.check_password(password)
    if not is_right:
        raise InvalidFields({"current_password": _("This is not your password.")})
    attempt.take_back()
