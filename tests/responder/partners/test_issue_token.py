"""`responder issue-token`."""

import io

import pytest
from django.core.management import CommandError, call_command

from responder.models import ApiToken, User
from responder.partners import tokens

pytestmark = pytest.mark.django_db


def issue(owner: str, *more: str) -> str:
    out = io.StringIO()
    call_command("issue_token", "--owner", owner, "--organisation", "Relief", "--name", "Desk", *more, stdout=out)
    return out.getvalue().strip()


def test_a_partner_gets_a_secret_that_opens_the_api_and_is_kept_as_a_hash(people: dict[str, User]) -> None:
    secret = issue(people["partner"].username)
    token = tokens.verify(secret)
    assert token is not None and token.scopes == ["predict"]
    assert secret not in str(ApiToken.objects.values())


@pytest.mark.parametrize(
    ("owner", "more", "says"),
    [("nobody", (), "does not exist"), ("partner-ana", ("--scope", "fly"), "Choose scopes from")],
)
def test_an_unknown_person_or_scope_is_refused(
    people: dict[str, User], owner: str, more: tuple[str, ...], says: str
) -> None:
    with pytest.raises(CommandError, match=says):
        issue(owner, *more)
    assert not ApiToken.objects.exists()
