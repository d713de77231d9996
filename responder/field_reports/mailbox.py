"""Reads reports from mailboxes by IMAP over TLS, as a scheduled task.

How a mailbox is read:
1. One worker at a time leases the channel.
2. Messages after the last UID are listed; where the folder's UIDVALIDITY has changed, all of them.
3. The beginning of each message is fetched, without marking it as read, and stored once for its Message-ID.
4. The last UID is stored after each message: a process that dies reads a message again, which changes nothing.
"""

import hashlib
import imaplib
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connections
from django.db.models import Q
from django.utils.translation import gettext as _
from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError, MailboxLoginError

from classifier import clock, moments, outbound
from responder.errors import Closed, ResponderError
from responder.field_reports import filing, mail_text
from responder.field_reports.contacts import Contact
from responder.field_reports.filing import Submission
from responder.field_reports.mail_text import Mail
from responder.models import FieldReport, ReportChannel
from responder.privacy import secrets

log = structlog.get_logger(__name__)
TIMEOUT_S, DEADLINE_S = 15.0, 40.0  # of one answer, and of one mailbox
ALL_S = 300.0  # of all mailboxes in one turn
RETRY = timedelta(minutes=5)  # after an error: many servers lock an account after a few wrong passwords
LEASE = timedelta(seconds=150)
MOST_MESSAGES = 50  # of one mailbox in one turn
MOST_BYTES = 262_144  # of a message that are fetched
LARGEST_ANSWER = 2 * MOST_BYTES
LONGEST_LINE = 4_000_000
_thread: threading.Thread | None = None


class MailboxError(Exception):
    """The mailbox could not be read; the message says why."""


class _Client(imaplib.IMAP4_SSL):
    """A connection to a checked address, whose answers are bounded in size and time."""

    ends = float("inf")

    def _create_socket(self, timeout: float | None) -> socket.socket:
        found = outbound.open_socket(
            self.host, int(self.port), timeout=timeout or TIMEOUT_S, allowed=settings.FEED_NETWORKS
        )
        return outbound.trust().wrap_socket(found, server_hostname=self.host)

    def read(self, size: int) -> bytes:
        """As imaplib's. Raises MailboxError for an answer that is too long or too slow."""
        if size > LARGEST_ANSWER:
            raise MailboxError(_("The mail server sent more than it was asked for."))
        self._require_time()
        return super().read(size)

    def readline(self) -> bytes:
        """As imaplib's. Raises MailboxError for a line that is too long, or an answer that is too slow."""
        self._require_time()
        line = self.file.readline(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:
            raise MailboxError(_("The mail server sent more than it was asked for."))
        return line

    def _require_time(self) -> None:
        if time.monotonic() > self.ends:
            raise MailboxError(_("The mail server was too slow."))


class _MailBox(BaseMailBox):
    """imap-tools' mailbox over our client."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        client = _Client(self._host, self._port, timeout=TIMEOUT_S)
        client.ends = time.monotonic() + DEADLINE_S
        return client


def start() -> bool:
    """Read all mailboxes in a thread of this process, unless one does. Returns whether it began.

    A worker classifies, too: it must not wait for a mail server.
    """
    global _thread
    if _thread is not None and _thread.is_alive():
        return False
    if not ReportChannel.objects.filter(kind=ReportChannel.Kind.EMAIL, is_on=True).exists():
        return False
    _thread = threading.Thread(target=_run, name="read mailboxes", daemon=True)
    _thread.start()
    return True


def _run() -> None:
    try:
        read_all()
    except (OperationalError, InterfaceError):
        log.warning("the mailboxes were not read: the database is away")
    finally:
        connections.close_all()  # this thread's


def read_all() -> int:
    """Read every mailbox that is switched on and due. Returns the number of messages that were read."""
    ends, read_messages = time.monotonic() + ALL_S, 0
    due = Q(last_error="") | Q(checked_at=None) | moments.older("checked_at", clock.now(), than=RETRY)
    rows = ReportChannel.objects.filter(due, kind=ReportChannel.Kind.EMAIL, is_on=True).select_related("event")
    for channel in rows.order_by("checked_at", "pk"):
        if time.monotonic() > ends:
            break
        read_messages += read(channel)
    return read_messages


def read(channel: ReportChannel) -> int:
    """Read a mailbox, unless another worker does. Returns the number of messages; problems are noted on the channel."""
    now = clock.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * LEASE)
    if not channel.event.is_open:
        return 0  # the messages wait in the mailbox
    if not ReportChannel.objects.filter(free, pk=channel.pk).update(lease_until=now + LEASE):
        return 0
    channel.refresh_from_db()
    problem, count = "", 0
    try:
        count = _read(channel)
    except (MailboxError, ResponderError) as error:
        problem = str(error)
    except MailboxLoginError:
        problem = _("The mail server refused the user name or the password.")
    except outbound.Refused:
        problem = _(
            "%(host)s is not on the public internet. An operator can allow its network with RESPONDER_FEED_NETWORKS."
        ) % {"host": channel.host}
    except (OSError, imaplib.IMAP4.error, ImapToolsError, ValueError) as error:
        log.warning("a mailbox could not be read", channel=channel.ref, error=type(error).__name__)
        problem = _("The mail server could not be read: %(why)s") % {"why": _why(error)}
    finally:
        changes: dict[str, Any] = {"lease_until": None, "checked_at": clock.now(), "last_error": problem[:300]}
        changes |= {"last_error_at": clock.now()} if problem else {}
        ReportChannel.objects.filter(pk=channel.pk).update(**changes)
    return count


def _read(channel: ReportChannel) -> int:
    password = secrets.decrypt(channel.secret)
    box = _MailBox(channel.host, channel.port)
    try:
        log_in: Callable[..., Any] = box.login if (channel.account + password).isascii() else box.login_utf8
        log_in(channel.account, password, initial_folder=None)
        validity = box.folder.status(channel.folder, ["UIDVALIDITY"])["UIDVALIDITY"]
        box.folder.set(channel.folder, readonly=True)
        if validity != channel.uid_validity:
            channel.uid_validity, channel.last_uid = validity, 0
        found = sorted(int(uid) for uid in box.uids(f"UID {channel.last_uid + 1}:*", charset=None) if uid.isdecimal())
        new = [uid for uid in found if uid > channel.last_uid][:MOST_MESSAGES]
        for uid in new:
            if not _take(channel, _fetch(box, uid)):
                break
            channel.last_uid = uid
            ReportChannel.objects.filter(pk=channel.pk, version=channel.version).update(
                uid_validity=validity, last_uid=uid
            )
        return len(new)
    finally:
        _close(box)


def _fetch(box: BaseMailBox, uid: int) -> bytes:
    """The beginning of a message; empty if it was deleted meanwhile."""
    status, parts = box.client.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
    if status != "OK":
        raise MailboxError(_("The mail server did not return a message."))
    return next((bytes(part[1]) for part in parts or () if isinstance(part, tuple) and len(part) > 1), b"")


def _take(channel: ReportChannel, raw: bytes) -> bool:
    """Store a message as a report. Returns whether to go on: not if the event was closed, so that the message waits."""
    try:
        mail = mail_text.parse(raw) if raw else None
        if mail is not None and not mail.is_automatic:
            _store(channel, mail, raw)
    except Closed:
        return False
    except ResponderError as error:
        filing.count_refused(channel, str(error))
    except (OperationalError, InterfaceError):
        raise  # the database is down: the message is read again
    except Exception:  # one message must not keep those after it from being read
        log.exception("an email could not be stored", channel=channel.ref)
        filing.count_refused(channel, _("A message could not be read."))
    return True


def _store(channel: ReportChannel, mail: Mail, raw: bytes) -> None:
    if not mail.text:
        return
    identity = mail.id or hashlib.sha256(raw).hexdigest()
    filing.file(
        Submission(
            kind=FieldReport.Kind.EMAIL,
            identity=f"email:{channel.pk}:{identity}",
            event=channel.event,
            text=mail.text,
            contact=Contact(name=mail.name, email=mail.address),
            created_at=mail.sent_at,
            attachments=mail.attachments,
            channel=channel,
        )
    )


def _close(box: BaseMailBox) -> None:
    try:
        box.logout()
    except (OSError, MailboxError, imaplib.IMAP4.error, ImapToolsError):
        log.debug("a mail server did not say goodbye")
    with suppress(OSError):
        box.client.shutdown()  # a connection that broke is not closed by logging out


def _why(error: Exception) -> str:
    """What went wrong, without what the server wrote."""
    return str(getattr(error, "strerror", None) or type(error).__name__)[:120]
