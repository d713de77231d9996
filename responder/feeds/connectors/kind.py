"""What a connector declares about its kind of feed: pages, checks, listener, budgets and deletions read it from here.

A connector's module holds one `FeedKind` for each kind that it reads; `registry` lists them.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from responder.errors import Invalid
from responder.feeds.connectors import addresses
from responder.feeds.connectors.base import Connector, Items, Unusable
from responder.models import Feed
from responder.models.feed import ADDRESS_LIMIT, CHANNEL_LIMIT
from responder.privacy import secrets

Text = str | Promise
Column = Literal["address", "channel", "terms", "access_token"]
MOST_KEYWORDS, KEYWORD_LENGTH = 100, 100
LONGEST_TOKEN = 1_000
TOKEN = re.compile(r"[\x21-\x7e]{8,1000}")  # what a header can carry


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingField:
    """A setting that a person fills in for feeds of a kind.

    Arguments:
        column: where the feed's row stores it, and its name in the form. `terms` holds a list of texts.
        label, help_text: as the form shows them.
        default_text: shown on the feed's page where the setting is empty.
        max_length: of a line, in characters; at most what the column holds.
        multiline: whether it is typed as lines.
        secret: whether it is stored encrypted and never shown again.
        most_lines: how many lines it may have; 0: it is one line.
        parse: the value to store for a text without spaces around it. Raises Invalid.
    """

    column: Column
    label: Text
    help_text: Text = ""
    default_text: Text = "–"
    max_length: int = CHANNEL_LIMIT
    multiline: bool = False
    secret: bool = False
    most_lines: int = 0
    parse: Callable[[str], str | list[str]] = str

    def read(self, text: str) -> str | list[str]:
        """The value to store for a typed text. Raises Invalid."""
        if not self.multiline and len(text) > self.max_length:
            raise Invalid(_("Use at most %(n)d characters.") % {"n": self.max_length})
        return self.parse(text)


def one_for_each(words: Sequence[str], places: Sequence[str]) -> list[str]:
    """A line for each word and each place."""
    return [*words, *places]


def _own_id(source_id: str, revision: str) -> tuple[str, ...]:
    return (source_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionLookup:
    """How a source is asked which posts it no longer has.

    Arguments:
        find: the ids that are gone, of those given; it gets the feed's connector. Raises FeedError.
        ids_of: every id under which the source knows a post, from the stored id and revision.
        unlocated: the ids among those that `find` was last asked about whose position the source took back.
    """

    find: Callable[[Any, Sequence[str]], set[str]]
    ids_of: Callable[[str, str], tuple[str, ...]] = _own_id
    unlocated: Callable[[Any], Collection[str]] = lambda connector: ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedKind:
    """A kind of feed.

    Arguments:
        label: its name on pages.
        connect: builds the connector of a feed, with the token that is stored for it or that the settings hold.
        fields: what a person fills in besides name, event and budget, in the form's order.
        price: US dollars that the source bills for each post read, unless a person enters another price.
        deletions: how the source is asked for deletions that were missed; None: it repeats them by itself.
        one_connection: whether the source allows one connection only, so that one feed runs at a time.
        configurable: whether people add and change feeds of this kind on the page.
        recent: reads some of the newest posts that a feed would have read, for its test; it gets the feed's connector.
        volume: the source's own count of posts a day, None if it can't say; also for the test.
        compose: the lines of `terms` for chosen words and place names, in this order; by default one line for each.
        whole_words: whether the source finds whole words only, so that stems are of no use.
        preview: what is sent to the source for such a feed, as lines of text without any token.
        listens_in_tests: whether a test connects as the feed does; not where that costs money or takes the only connection.
    """

    label: Text
    connect: Callable[[Feed], Connector]
    fields: tuple[SettingField, ...] = ()
    price: Decimal = Decimal(0)
    deletions: DeletionLookup | None = None
    one_connection: bool = False
    configurable: bool = True
    recent: Callable[[Any], Items] | None = None
    volume: Callable[[Any], float | None] | None = None
    compose: Callable[[Sequence[str], Sequence[str]], list[str]] = one_for_each
    whole_words: bool = False
    preview: Callable[[Feed], list[str]] | None = None
    listens_in_tests: bool = True


def server_address(*, scheme: str, default: str) -> SettingField:
    """The field for the address of a server.

    Arguments:
        scheme: the one with TLS: `wss` or `https`.
        default: the address of feeds that name none.
    """
    help_text = format_lazy(gettext_lazy("Leave empty to use {address}."), address=default)
    return SettingField(
        column="address", label=gettext_lazy("Server"), help_text=help_text, default_text=default, max_length=ADDRESS_LIMIT,
        parse=partial(addresses.parse, scheme),
    )  # fmt: skip


def access_token(*, help_text: Text, variable: str) -> SettingField:
    """The field for an access token, stored encrypted.

    Arguments:
        variable: the environment variable whose token is used where none is stored.
    """
    used = gettext_lazy("Without one, the token in the setting {variable} on the server is used, if there is one.")
    return SettingField(
        column="access_token", label=gettext_lazy("Access token"), secret=True, max_length=LONGEST_TOKEN,
        help_text=format_lazy("{} {}", help_text, format_lazy(used, variable=variable)),
        default_text=format_lazy(gettext_lazy("none stored; {variable} is used"), variable=variable), parse=_parse_token,
    )  # fmt: skip


def stored_token(feed: Feed) -> str:
    """The token that a person entered for the feed, empty without one. Raises Unusable if it can't be decrypted."""
    try:
        return secrets.decrypt(feed.access_token) if feed.access_token else ""
    except secrets.UnknownKey as error:
        raise Unusable(str(error)) from error


def _parse_token(text: str) -> str:
    if not TOKEN.fullmatch(text):
        raise Invalid(_("Enter the token alone, as the source shows it: 8 or more characters without spaces."))
    return text


def keywords(help_text: Text) -> SettingField:
    """Return the field for keywords; a post must contain at least one of them."""
    return SettingField(
        column="terms", label=gettext_lazy("Keywords"), help_text=help_text, multiline=True,
        default_text=gettext_lazy("none: every post is kept"), max_length=KEYWORD_LENGTH, most_lines=MOST_KEYWORDS,
        parse=partial(parse_lines, most=MOST_KEYWORDS, length=KEYWORD_LENGTH),
    )  # fmt: skip


def parse_lines(text: str, *, most: int, length: int) -> list[str]:
    """The distinct lines of a text. Raises Invalid for too many, or one that is too long."""
    lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if len(lines) > most or any(len(line) > length for line in lines):
        raise Invalid(
            _("Enter up to %(most)d lines of up to %(length)d characters each.") % {"most": most, "length": length}
        )
    return lines
