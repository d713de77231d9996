"""The first administrator, created by the holder of the one-time link."""

from django.utils.translation import gettext as _

from monitoring import audit
from responder.accounts import people
from responder.errors import FieldChecks, Invalid
from responder.first_run import links
from responder.models import User


@audit.atomic()
def create(*, token: str, username: str, name: str, email: str, password: str, again: str) -> User:
    """Create the first administrator and use up the link.

    Arguments:
        again: the password, typed a second time.

    Raises InvalidFields, and Missing if the link is forged, expired or used, or if there is an administrator already.
    """
    link = links.find(token)
    checks = FieldChecks()
    checks.read("again", _same, password, again)
    checks.require_valid()
    person = people.create_first_administrator(username=username, name=name, email=email, password=password)
    links.use(link, by=person)
    return person


def _same(password: str, again: str) -> None:
    if password != again:
        raise Invalid(_("The two passwords differ."))
