"""Which people read which languages, so that posts reach somebody who reads them."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import OuterRef

from classifier.languages import plain
from responder import languages, roles
from responder.models import Event, User
from responder.queries import items, unknowns

MOST_PEOPLE = 2_000


@dataclass(frozen=True, slots=True)
class UnreadLanguage:
    """A language in which the model was not measured, with unreviewed posts.

    Arguments:
        readers: people who may review posts of the event and say that they read it.
        is_read: whether the person who asks reads it.
    """

    code: str
    name: str
    count: int
    readers: int
    is_read: bool


def unread(event: Event, reader: User) -> tuple[list[UnreadLanguage], bool]:
    """The unread languages of an event, those with the most posts first, and whether there are more posts than counted."""
    counted, more = unknowns.unread_languages(event)
    people, own = readers(event) if counted else Counter[str](), own_languages(reader)
    found = [
        UnreadLanguage(code, items.language_name(code), n, people[plain(code)], bool(code) and plain(code) in own)
        for code, n in counted
    ]
    return found, more


def readers(event: Event) -> Counter[str]:
    """Language code → active people who may review posts of the event and say that they read it."""
    rows = User.objects.filter(roles.holding(roles.TRIAGE, OuterRef("pk"), event.pk))
    languages_stated = rows.exclude(reads=[], language="").values_list("reads", "language")[:MOST_PEOPLE]
    return Counter(
        code
        for reads, language in languages_stated
        for code in {*map(plain, reads), *([plain(language)] if language else [])}
    )


def own_languages(reader: User) -> list[str]:
    """The languages that a person reads, sorted; only that of the page where their profile names none."""
    return sorted(languages.read_by(reader))


def own_filter(reader: User) -> str:
    """The value of the filter's key `lang` for posts in the languages that a person reads."""
    return ",".join(own_languages(reader))
