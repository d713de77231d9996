"""How a message leaves by each kind of channel. Runs in threads, without the database.

A problem is said in words that contain no address: addresses are secrets.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from smtplib import SMTPException

import httpcore
import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _

from classifier import clock, outbound
from responder.alerting import chat_services, push
from responder.models import NotificationChannel, NotificationDelivery
from responder.privacy import secrets
from responder.webhooks import guard, signing

log = structlog.get_logger(__name__)
DEADLINE_S = guard.DEADLINE_S
GONE = {404, 410}
Kind = NotificationChannel.Kind


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt.

    Arguments:
        problem: what went wrong, without addresses; empty if the message was delivered.
        is_gone: whether the other side said that the address does not exist any more.
    """

    problem: str = ""
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """A message with all that is needed to send it, so that threads need no database.

    Arguments:
        address: decrypted; of e-mail the account's address.
        push_key: the private key of push messages, for that kind alone.
    """

    kind: str
    address: str
    subject: str
    body: str
    url: str
    level: str
    message_id: str
    channel: NotificationChannel
    push_key: str = ""
    problem: str = ""

    @classmethod
    def of(cls, delivery: NotificationDelivery) -> "Request":
        """The request of a delivery; one whose address cannot be read has a `problem`."""
        message, channel = delivery.message, delivery.channel
        address, problem, push_key = channel.person.email, "", ""
        try:
            if channel.kind != Kind.EMAIL:
                address = secrets.decrypt(channel.address)
            if channel.kind == Kind.PUSH:
                push_key = push.private_key()
        except secrets.UnknownKey:
            problem = _("The stored address can't be decrypted. Add the channel again.")
        return cls(
            kind=channel.kind, address=address, subject=message.subject, body=message.body,
            url=channel.host + message.path, level=message.level, message_id=message.message_id, channel=channel,
            push_key=push_key, problem=problem,
        )  # fmt: skip


def send(request: Request) -> Outcome:
    """Send one message. Never raises an error that the other side, or the address, caused."""
    if request.problem:
        return Outcome(request.problem)
    try:
        return _WAYS[request.kind](request)
    except outbound.Refused as error:
        return Outcome(str(error))
    except httpcore.TimeoutException:
        return Outcome(_("No answer within %(seconds)d seconds.") % {"seconds": DEADLINE_S})
    except (OSError, SMTPException, ValueError, httpcore.NetworkError, httpcore.ProtocolError) as error:
        # The type alone: the text of an error may contain the address.
        return Outcome(_("No connection (%(error)s).") % {"error": type(error).__name__})
    except Exception as error:  # of a library: one message must not keep the others of its batch from being sent
        log.error("a message could not be sent", kind=request.kind, error=type(error).__name__)
        return Outcome(_("It could not be sent (%(error)s).") % {"error": type(error).__name__})


def _email(request: Request) -> Outcome:
    if not settings.MAIL_IS_CONFIGURED:
        return Outcome(_("This installation sends no e-mail: the operator has not set up a mail server."))
    if not request.address:
        return Outcome(_("Your account has no e-mail address."))
    send_mail(f"[Responder] {request.subject}", f"{request.body}\n\n{request.url}\n", None, [request.address])
    return Outcome()


def _webhook(request: Request) -> Outcome:
    now = clock.now()
    data = {"title": request.subject, "text": request.body, "url": request.url, "level": request.level}
    content = json.dumps(
        {"type": "notification", "timestamp": now.isoformat(), "data": data}, separators=(",", ":")
    ).encode()  # fmt: skip
    headers = signing.headers(request.channel, request.message_id, content, now)
    plain = {"Content-Type": "application/json", "User-Agent": "relief-responder-webhooks/1"}
    answer = guard.post(request.address, content, plain | headers, allowed=settings.WEBHOOK_NETWORKS)
    return _judge(answer.status, answer.problem)


def _push(request: Request) -> Outcome:
    status = push.send(
        request.address, request.push_key, title=request.subject, text=request.body, url=request.url,
        is_urgent=request.level == "critical", deadline_s=DEADLINE_S,
    )  # fmt: skip
    return _judge(status, "", gone=GONE)


def _chat(request: Request) -> Outcome:
    return Outcome(
        chat_services.send(request.address, title=request.subject, text=f"{request.body}\n{request.url}")
    )  # fmt: skip


def _judge(status: int | None, problem: str, *, gone: set[int] = frozenset({410})) -> Outcome:  # type: ignore[assignment]
    if status is None:
        return Outcome(problem or _("No answer."))
    if 200 <= status < 300:
        return Outcome()
    return Outcome(_("The other side answered %(status)d.") % {"status": status}, is_gone=status in gone)


_WAYS: dict[str, Callable[[Request], Outcome]] = {
    Kind.EMAIL: _email, Kind.WEBHOOK: _webhook, Kind.PUSH: _push, Kind.APPRISE: _chat,
}  # fmt: skip
