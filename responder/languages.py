"""Languages of people: that in which the product writes to somebody who is not at a page, and those that they read."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.utils import translation

from classifier.languages import is_unknown, plain
from responder.models import Installation, User


def of_installation() -> str:
    """The code of the organisation's language, English where it chose none. One query."""
    chosen = Installation.objects.values_list("language", flat=True).first() or ""
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


@contextmanager
def of_person(person: User) -> Iterator[None]:
    """Texts are in the language of a person's profile meanwhile, and in the organisation's where they chose none."""
    chosen = person.language if person.language in dict(settings.LANGUAGES) else of_installation()
    with translation.override(chosen):
        yield


def of_page() -> str:
    """The code of the language of the current page, without its region: what posts are translated into for its reader."""
    return plain(translation.get_language() or settings.LANGUAGE_CODE)


def read_by(person: Any) -> frozenset[str]:
    """Codes of the languages that a person reads: those of their profile, and that of the current page."""
    return frozenset({of_page(), *(plain(code) for code in getattr(person, "reads", ()))})


def can_read(person: Any, lang: str) -> bool:
    """Whether a person reads a post's language. Nobody is said to be unable to read one that isn't known."""
    return is_unknown(lang) or plain(lang) in read_by(person)


def of_interface() -> dict[str, str]:
    """The languages of the pages, without their regions: code → name."""
    return {plain(code): str(name) for code, name in settings.LANGUAGES}
