"""What an email says, as plain text of bounded length: its subject, its text part, or its HTML without tags.

Files that came along are counted and named, and not kept. Nothing in a message is trusted: charsets may be wrong or unknown,
parts may be nested or cut off.
"""

import codecs
import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime
from html.parser import HTMLParser

import charset_normalizer
from django.utils.translation import gettext as _

from responder.feeds.storable import clean
from responder.field_reports.contacts import EMAIL_LIMIT, NAME_LIMIT

TEXT_LIMIT, SUBJECT_LIMIT, ID_LIMIT = 8_000, 200, 998
MOST_PARTS, MOST_HTML, MOST_TAGS, MOST_NAMES, NAME_OF_FILE = 100, 200_000, 5_000, 5, 60
GUESSED_FROM = 20_000  # bytes
# The parsers of the standard library take a time that grows with the square of these; anybody can send an e-mail.
MOST_LINES, MOST_BOUNDARIES, MOST_PARAMETERS = 20_000, 12, 20
LONGEST_HEADER, LONGEST_CONTENT_HEADER, LONGEST_TAG = 4 * ID_LIMIT, 1_000, 1_000  # characters
BOUNDARY = re.compile(rb"boundary", re.IGNORECASE)
OPEN_TAG = re.compile(rf"<(?![^<>]{{0,{LONGEST_TAG}}}>)")  # one that isn't closed
SKIPPED = frozenset({"script", "style", "head", "title"})
LINES = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "blockquote"})
BLANK = re.compile(r"\n\s*\n\s*")
NO_TEXT_CODECS = frozenset(
    {"idna", "punycode", "raw_unicode_escape", "unicode_escape", "undefined", "utf_7", "mbcs", "oem"}
)


@dataclass(frozen=True, slots=True)
class Mail:
    """A message, bounded.

    Arguments:
        id: its Message-ID; empty where it has none.
        attachments: how many files came along.
        is_automatic: whether a program wrote it, such as an answer during holidays.
    """

    id: str
    name: str
    address: str
    text: str
    sent_at: datetime | None
    attachments: int
    is_automatic: bool


def parse(raw: bytes) -> Mail:
    """Parse a message, which may be cut off at any place."""
    message = BytesParser(policy=_Policy()).parsebytes(_bounded(raw))
    name, address = parseaddr(_header(message, "From", 1_000))
    texts, names = _read(message)
    subject = " ".join(_header(message, "Subject", SUBJECT_LIMIT).split())
    body = texts.get("text/plain") or texts.get("text/html") or ""
    text = f"{subject}\n\n{body}".strip() if subject else body
    if names:
        text += "\n\n" + _attachments(names)
    return Mail(
        id=" ".join(_header(message, "Message-ID", ID_LIMIT).split()), name=clean(name, NAME_LIMIT).strip(),
        address=clean(address, EMAIL_LIMIT).strip(), text=clean(text, TEXT_LIMIT).strip(), sent_at=_date(message),
        attachments=len(names), is_automatic=_is_automatic(message),
    )  # fmt: skip


class _Policy(policy.Compat32):
    """The policy of all messages, with headers of bounded length."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """As Compat32's, cut."""
        name, value = super().header_source_parse(sourcelines)
        if name.lower().startswith("content-"):
            return name, ";".join(value[:LONGEST_CONTENT_HEADER].split(";")[:MOST_PARAMETERS])
        return name, value[:LONGEST_HEADER]


def _bounded(raw: bytes) -> bytes:
    """The message with lines that end alike, not too many of them, and multiparts that are not nested too deep."""
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")[:MOST_LINES]
    kept, count = b"\n".join(lines), 0

    def known(found: re.Match[bytes]) -> bytes:
        nonlocal count
        count += 1
        return found[0] if count <= MOST_BOUNDARIES else b"bound"

    return BOUNDARY.sub(known, kept)


def _read(message: Message) -> tuple[dict[str, str], list[str]]:
    """The first text of each kind, and the names of the files."""
    texts: dict[str, str] = {}
    names: list[str] = []
    for part in _parts(message):
        kind, file_name = part.get_content_type(), _file_name(part)
        is_file = part.get_content_disposition() == "attachment" or bool(file_name)
        if is_file or not kind.startswith("text/"):
            names.append(file_name or kind[:NAME_OF_FILE])
        elif kind in ("text/plain", "text/html") and kind not in texts:
            found = _decoded(part)
            texts[kind] = (_stripped(found) if kind == "text/html" else found.replace("\r\n", "\n")).strip()
    return texts, names


def _parts(message: Message) -> Iterator[Message]:
    """The leaves of a message, at most MOST_PARTS."""
    waiting, count = [message], 0
    while waiting and count < MOST_PARTS:
        part = waiting.pop(0)
        payload = part.get_payload()
        if part.is_multipart() and isinstance(payload, list):
            waiting = [one for one in payload if isinstance(one, Message)][:MOST_PARTS] + waiting
            count += 1
        else:
            count += 1
            yield part


def _decoded(part: Message) -> str:
    """The text of a part, by its stated charset where that fits, otherwise by the one that does."""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        payload = None
    raw = payload if isinstance(payload, bytes) else b""
    for charset in (_charset(part), "utf-8"):
        if charset:
            try:
                return raw.decode(charset)
            except (UnicodeError, LookupError, ValueError):
                continue
    best = charset_normalizer.from_bytes(raw[:GUESSED_FROM]).best()
    return raw.decode(best.encoding if best else "latin-1", "replace")


def _charset(part: Message) -> str:
    """The stated charset, if Python has it and it is one of texts; empty otherwise."""
    try:
        stated = str(part.get_content_charset("") or "")
        found = codecs.lookup(stated) if stated else None
    except (LookupError, UnicodeError, ValueError):
        return ""
    is_text = found is not None and getattr(found, "_is_text_encoding", True)
    return found.name if found and is_text and found.name.replace("-", "_") not in NO_TEXT_CODECS else ""


class _Words(HTMLParser):
    """The text of HTML; blocks become lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.skipping = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in SKIPPED:
            self.skipping += 1
        elif tag in LINES:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in SKIPPED:
            self.skipping = max(0, self.skipping - 1)
        elif tag in LINES:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.skipping:
            self.parts.append(data)


def _stripped(html: str) -> str:
    """The text of HTML. What has too many tags to be read safely is cut by a pattern."""
    html = html[:MOST_HTML]
    if html.count("<") > MOST_TAGS:
        return BLANK.sub("\n\n", re.sub(rf"<[^<>]{{0,{LONGEST_TAG}}}>", " ", html))
    parser = _Words()
    parser.feed(OPEN_TAG.sub("&lt;", html))
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).splitlines())
    return BLANK.sub("\n\n", "\n".join(lines))


def _header(message: Message, name: str, most: int) -> str:
    """A header's text, decoded."""
    value = message.get(name)
    if value is None:
        return ""
    raw = str(value)[: 4 * most]
    try:
        found = str(make_header(decode_header(raw)))
    except (ValueError, LookupError, UnicodeError):
        found = raw
    return clean(found.replace("\ufffd", "?"), most)


def _file_name(part: Message) -> str:
    try:
        found = part.get_filename() or ""
    except (ValueError, LookupError, UnicodeError, TypeError):
        return "?"
    with contextlib.suppress(ValueError, LookupError, UnicodeError):
        found = str(make_header(decode_header(found)))
    return "".join(sign for sign in clean(found, NAME_OF_FILE) if sign.isprintable()).strip()


def _attachments(names: list[str]) -> str:
    shown = ", ".join(names[:MOST_NAMES]) + (", …" if len(names) > MOST_NAMES else "")
    return _("[Attachments, not stored: %(count)d: %(names)s]") % {"count": len(names), "names": shown}


def _date(message: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(_header(message, "Date", 100))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (OverflowError, ValueError):
        return None


def _is_automatic(message: Message) -> bool:
    submitted = _header(message, "Auto-Submitted", 40).strip().lower()
    kind = message.get_content_type()
    return submitted not in ("", "no") or kind == "multipart/report"
