"""Run by test_accounts in a process of its own: a hundred invitations, each accepted by several at one moment; then the rest."""

import json
import sys
from collections import Counter
from typing import Any

from tests.responder.concurrency import world

INVITATIONS, AT_ONCE, INVITATIONS_AT_ONCE = 100, 4, 5
PASSWORD = "unrelated-cactus-orbit-9-lantern"


def main() -> None:
    world.begin()
    from django.conf import settings
    from django.db import connection

    from monitoring import audit

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    by = world.person("head", "administrator")
    result: dict[str, Any] = {
        "invitations": invitations(by), "passwords": passwords(by), "administrators": administrators(by),
        "first": first(),
    }  # fmt: skip
    result |= {"deadlocks": world.deadlocks(), "audit_intact": audit.verify().intact, "vendor": connection.vendor}
    json.dump(result, sys.stdout)


def kinds(came: list[Any]) -> Counter[str]:
    return Counter(type(one).__name__ if isinstance(one, Exception) else "done" for one in came)


def invitations(by: Any) -> dict[str, Any]:
    from responder.accounts import invitations
    from responder.models import Invitation, User

    secrets = [
        invitations.invite(name=f"guest {n}", email="", role_names=["viewer"], by_email=False, by=by)[1]
        for n in range(INVITATIONS)
    ]
    came: Counter[str] = Counter()

    def accept(secret: str, name: str) -> Any:
        return lambda: invitations.accept(secret=secret, username=name, name=name, email="", password=PASSWORD)

    for start in range(0, INVITATIONS, INVITATIONS_AT_ONCE):
        works = [
            accept(secrets[n], f"guest-{n}-{turn}")
            for n in range(start, start + INVITATIONS_AT_ONCE)
            for turn in range(AT_ONCE)
        ]
        came += kinds(world.together(works))
    again = kinds(world.together([accept(secrets[0], f"late-{n}") for n in range(AT_ONCE)]))
    people = User.objects.filter(username__startswith="guest-", groups__name="viewer")
    return {
        "came": came, "again": again, "people": people.count(),
        "one_each": len({name.rsplit("-", 1)[0] for name in people.values_list("username", flat=True)}),
        "accepted": Invitation.objects.exclude(accepted_by=None).count(),
    }  # fmt: skip


def passwords(by: Any) -> dict[str, Any]:
    from responder.accounts import password_links
    from responder.models import PasswordLink

    secret = password_links.make(person=world.person("forgetful", "viewer"), by=by)
    works = [lambda n=n: password_links.use(secret=secret, password=f"{PASSWORD}-{n}") for n in range(8)]
    return {"came": kinds(world.together(works)), "unused": PasswordLink.objects.filter(used_at=None).count()}


def administrators(by: Any) -> dict[str, Any]:
    """Four administrators take the role from each other, and leave, all at one moment."""
    from responder.accounts import people
    from responder.models import User

    all_of_them = [by, *(world.person(f"head-{n}", "administrator") for n in range(3))]
    works = [
        lambda person=person: people.set_roles(person=person, role_names=["viewer"], version=1, by=by)
        for person in all_of_them[:2]
    ] + [lambda person=person: people.deactivate(person=person, version=1, by=by) for person in all_of_them[2:]]
    came = world.together(works)
    left = User.objects.filter(groups__name="administrator", is_active=True)
    return {"came": kinds(came), "left": left.count()}


def first() -> dict[str, Any]:
    from responder.accounts import people
    from responder.models import User

    User.objects.update(is_active=False)
    works = [
        lambda n=n: people.create_first_administrator(username=f"first-{n}", name="F", email="", password=PASSWORD)
        for n in range(8)
    ]
    return {"came": kinds(world.together(works)), "made": User.objects.filter(username__startswith="first-").count()}


main()
