"""An alert as it was read from a source, before it is stored: every value cleaned and bounded."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from classifier import time_bounds
from responder.feeds.storable import clean
from responder.hazards.shapes import Shape
from responder.models import OfficialAlert
from responder.models.official_alert import IDENTIFIER_LIMIT, URL_LIMIT

Level = OfficialAlert.Level
LONGEST = timedelta(days=366)  # that an alert can last
LONGEST_TIME = 64  # characters


class Unreadable(Exception):
    """An answer, or an alert within it, can't be read; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a source says about one hazard. The names are those of the columns of OfficialAlert.

    Arguments:
        references: identifiers of the earlier alerts that this one updates or cancels.
        other_identifiers: under which the source published the same hazard before.
    """

    identifier: str
    sent: datetime
    shape: Shape = field(default_factory=Shape)
    references: tuple[str, ...] = ()
    other_identifiers: tuple[str, ...] = ()
    is_cancelled: bool = False
    message_type: str = "Alert"
    is_exercise: bool = False
    hazard: str = ""
    event_type: str = ""
    level: int = Level.UNKNOWN
    level_word: str = ""
    urgency: str = ""
    certainty: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    sender_name: str = ""
    area_name: str = ""
    url: str = ""
    onset: datetime | None = None
    expires: datetime | None = None
    radius_is_assumed: bool = False
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source's answer held.

    Arguments:
        drafts: alerts that could be read.
        problems: why others could not, one sentence each.
        links: addresses of alerts that are documents of their own, each with a key that changes with the document.
    """

    drafts: list[Draft] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)


def identifier(*parts: str) -> str:
    """The parts of an identifier as one text; one that is too long ends in its hash. Raises Unreadable if it is empty."""
    text = ",".join(" ".join(part.replace("\x00", "").split()) for part in parts)
    if not text.strip(","):
        raise Unreadable("it has no identifier")
    if len(text) <= IDENTIFIER_LIMIT:
        return text
    return f"{text[: IDENTIFIER_LIMIT - 33]}#{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def one_line(text: str | None, limit: int) -> str:
    """The text on one line, cut to `limit` characters."""
    return " ".join(clean(text or "", limit * 4).split())[:limit]


def lines(text: str | None, limit: int) -> str:
    """The text with its line breaks, cut to `limit` characters."""
    return clean(text or "", limit).strip()


def moment(text: str | None) -> datetime | None:
    """The time that a text states as ISO 8601 or RFC 2822; None if it states none. A time without a zone is taken as UTC."""
    text = (text or "").strip()[:LONGEST_TIME]
    try:
        found = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def sent_time(*texts: str | None) -> datetime:
    """The first of these times that can be when an alert was sent. Raises Unreadable."""
    for text in texts:
        found = moment(text)
        if found and time_bounds.is_possible(found):
            return found
    raise Unreadable("it does not state when it was sent")


def end_time(text: str | None, sent: datetime) -> datetime | None:
    """The stated end, at most a year after it was sent; None if the text states none."""
    found = moment(text)
    return min(found, sent + LONGEST) if found else None


def web_address(text: str | None) -> str:
    """The address if it is one of a page on the web, otherwise empty."""
    text = (text or "").strip()
    if not text or len(text) > URL_LIMIT or not text.isprintable() or " " in text:
        return ""
    try:
        parts = urlsplit(text)
        return text if parts.scheme in ("http", "https") and parts.hostname else ""
    except ValueError:
        return ""
