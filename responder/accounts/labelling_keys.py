"""A person's own keys for the labelling page. They are kept with the account, so that they are there on every device."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from classifier import categories
from classifier.categories import Category
from monitoring import audit
from responder.errors import FieldChecks, Invalid
from responder.models import User

ACTIONS = {"cant_judge": "u", "skip": " ", "back": "backspace", "guidelines": "h", "blur": "b"}
LETTERS = "qwertyiadsfjklzxcvm"  # for categories without a digit, in the order in which they are handed out
RESERVED = frozenset("g?/pn")  # those of every page; `g` begins a sequence
NAMED = {"space": " ", "backspace": "backspace"}
SHOWN = {" ": "Space", "backspace": "Backspace"}


def usual() -> dict[str, str]:
    """What the page does → its usual key: actions, and the categories that people can choose."""
    free = iter(LETTERS)
    return ACTIONS | {one.id: one.key or next(free, "") for one in categories.offered()}


def of_person(person: Any) -> dict[str, str]:
    """What the page does → the person's key. One that they gave to something else is no key of its usual owner any more."""
    found = usual()
    own = {
        name: key
        for name, key in (person.labelling_keys or {}).items()
        if name in found and (key == "" or _is_key(key))
    }
    taken = set(own.values()) - {""}
    return {name: own.get(name, "" if key in taken else key) for name, key in found.items()}


@audit.atomic()
def change(*, person: User, given: Mapping[str, str]) -> None:
    """Keep a person's keys. Raises InvalidFields for a key that can't be used or is given twice.

    Arguments:
        given: what the page does → what was typed: one letter or digit, `space` or `backspace`; empty for no key.
    """
    known, checks = usual(), FieldChecks()
    chosen = {name: checks.read(name, _key, given.get(name, key)) for name, key in known.items()}
    seen: dict[str, str] = {}
    for name, key in chosen.items():
        if key and seen.setdefault(key, name) != name:
            checks.refuse(name, _("This key is used twice."))
    checks.require_valid()
    own = {name: key for name, key in chosen.items() if key != known[name]}
    if own == person.labelling_keys:
        return
    User.objects.filter(pk=person.pk).update(labelling_keys=own)
    person.labelling_keys = own
    audit.record(
        actor=f"user:{person.username}", action="user.labelling_keys_changed", object_type="user", object_id=str(person.pk),
        detail={"keys": len(own)},
    )  # fmt: skip


@audit.atomic()
def reset(*, person: User) -> None:
    """Give a person the usual keys again. Idempotent."""
    if person.labelling_keys:
        User.objects.filter(pk=person.pk).update(labelling_keys={})
        person.labelling_keys = {}
        audit.record(
            actor=f"user:{person.username}", action="user.labelling_keys_changed", object_type="user",
            object_id=str(person.pk), detail={"keys": 0},
        )  # fmt: skip


def shown(key: str) -> str:
    """A key as people read it."""
    return SHOWN.get(key, key.upper())


def typed(key: str) -> str:
    """A key as the form holds it."""
    return next((word for word, named in NAMED.items() if named == key), key)


def name_of(action: str, chosen: Category | None) -> str:
    """What a key does, in words.

    Arguments:
        chosen: the category that it chooses; None for an action of the page.
    """
    words = {
        "cant_judge": _("Can't judge"), "skip": _("Skip"), "back": _("Go back to your last answer"),
        "guidelines": _("Show or hide the guidelines"), "blur": _("Blur or unblur texts"),
    }  # fmt: skip
    return chosen.label if chosen else words[action]


def _key(text: str) -> str:
    """The key of what was typed. Raises Invalid."""
    word = " " if text == " " else text.strip().lower()
    key = NAMED.get(word, word)
    if key and not _is_key(key):
        raise Invalid(_("Enter one letter or digit that no other page uses, “space” or “backspace”."))
    return key


def _is_key(key: Any) -> bool:
    if not isinstance(key, str):
        return False
    return key in NAMED.values() or (len(key) == 1 and key.isalnum() and key not in RESERVED)
