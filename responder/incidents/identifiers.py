"""Identifiers that distinguish rescues: street addresses and phone numbers.

Both are read from the text when it is compared, by plain rules, and stored nowhere: they lead to people.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from classifier import duplicates
from classifier.duplicates import MENTION_WITH_MARKS, URL
from responder.incidents import addresses, telephones
from responder.incidents.addresses import Address
from responder.privacy.masking import folding, words

READ = 4_000  # characters of a post


class Relation(Enum):
    """What addresses and telephone numbers say about two posts."""

    NOTHING = auto()  # one of them states none, or what they state doesn't decide
    SAME_ADDRESS = auto()
    SAME_PHONE = auto()
    OTHER_PHONE = auto()
    OTHER_ADDRESS = auto()
    OTHER_ADDRESS_SAME_PHONE = auto()


@dataclass(frozen=True, slots=True)
class Identifiers:
    """The addresses and telephone numbers of a post, or of several.

    Arguments:
        street_words: the words of the addresses' streets, as texts are compared by.
    """

    addresses: frozenset[Address] = frozenset()
    phones: frozenset[str] = frozenset()
    street_words: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.addresses or self.phones)

    def __or__(self, other: "Identifiers") -> "Identifiers":
        return Identifiers(
            self.addresses | other.addresses, self.phones | other.phones, self.street_words | other.street_words
        )

    def relation(self, other: "Identifiers") -> Relation:
        """Addresses decide before telephone numbers; one in common is enough."""
        same_phone = any(telephones.same_phone(a, b) for a in self.phones for b in other.phones)
        if self.addresses and other.addresses:
            same_house = [(a, b) for a in self.addresses for b in other.addresses if a.same_house(b)]
            if any(a.same_flat(b) for a, b in same_house):
                return Relation.SAME_ADDRESS
            if not same_house:
                return Relation.OTHER_ADDRESS_SAME_PHONE if same_phone else Relation.OTHER_ADDRESS
        if same_phone:
            return Relation.SAME_PHONE
        return Relation.OTHER_PHONE if self.phones and other.phones else Relation.NOTHING

    def index_keys(self) -> Iterator[str]:
        """Return keys; posts with the same address or phone number share at least one."""
        yield from {f"{address.kind} {address.number}" for address in self.addresses}
        yield from phone_keys(self.phones)


NONE = Identifiers()


def phone_keys(phones: Iterable[str]) -> set[str]:
    """Keys that are equal for a number with and without its country code."""
    return {phone[-telephones.TAIL :] for phone in phones}


def read_identifiers(text: str) -> Identifiers:
    """The addresses and telephone numbers of the first READ characters; links and mentions hold none."""
    text = text[:READ]
    if not any(map(str.isdigit, text)):
        return NONE
    for pattern in (URL, MENTION_WITH_MARKS):
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    folded = folding.fold(text)
    plain_words = words.words_of(folded.text)
    phones = telephones.find_phones(folded.text, plain_words)
    found = addresses.find_addresses(folded.text, plain_words)
    streets = (text[slice(*folded.original(*address.span))] for address in found)
    return Identifiers(
        frozenset(found), phones, frozenset(word for street in streets for word in duplicates.whole_words(street))
    )
