"""The language in which the product writes to somebody who is not at a page: a person, or the organisation as a whole."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils import translation

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
