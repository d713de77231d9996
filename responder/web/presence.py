"""Who has the same incident or post open: people whose page said so within the last half minute or so.

A page that is looked at says so every 15 seconds. It costs no row: one key in the cache for each person and subject, which ends by
itself, and one list of who may be there. A person whom a race leaves out of the list is back with their page's next word.
While the cache is down, nobody is known to be there.
"""

from collections.abc import Iterable

import structlog
from django.core.cache import cache

from responder.models import User
from responder.partners import counters

log = structlog.get_logger(__name__)
KEPT_S = 35  # two words of a page, and some slack
MOST = 20  # people of one subject; more are not known to be there
HERE = 1


def enter(subject: str, by: User) -> list[User]:
    """Say that a person has the subject open. Returns the others who have, by name.

    Arguments:
        subject: what is open, like `incident:12`; the caller has checked that the person may see it.
    """
    try:
        others = _enter(subject, by.pk)
    except counters.cache_errors() as error:
        log.warning("the cache is away: nobody is known to be here", error=str(error)[:200])
        return []
    found = User.objects.filter(pk__in=others, is_active=True) if others else User.objects.none()
    return sorted(found, key=lambda one: (one.display_name.casefold(), one.pk))


def leave(subject: str, by: User) -> None:
    """Say that a person has closed the subject; a page that doesn't is forgotten after KEPT_S seconds."""
    try:
        cache.delete(_key(subject, by.pk))
    except counters.cache_errors():
        pass  # it ends by itself


def names(people: Iterable[User]) -> list[str]:
    """How people are called, in their order."""
    return [one.display_name for one in people]


def _enter(subject: str, person_id: int) -> list[int]:
    cache.set(_key(subject, person_id), HERE, timeout=KEPT_S)
    listed = [one for one in cache.get(f"presence:{subject}") or () if type(one) is int][:MOST]
    others = {one: _key(subject, one) for one in listed if one != person_id}
    there = cache.get_many(others.values()) if others else {}
    present = [one for one, key in others.items() if key in there]
    # Written with each word, so that the list lives as long as the people on it.
    cache.set(f"presence:{subject}", [*present, person_id][:MOST], timeout=KEPT_S)
    return present


def _key(subject: str, person_id: int) -> str:
    return f"presence:{subject}:{person_id}"
