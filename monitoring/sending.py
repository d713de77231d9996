"""Sends alerts by email and webhook: each at most once a day by each channel, in total at most twenty an hour.

If a channel fails, the alert stores why and the next tick retries that channel only; the rest of this tick skips it.
Addresses are secrets: no stored error may contain them.

A receiver can check a webhook: `X-Responder-Signature` is `sha256=` and the HMAC-SHA256 of the body, keyed with
SHA-256(`monitoring.sending.webhook` + secret key) as Django's `salted_hmac` derives it.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any

import httpcore
from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q
from django.utils.crypto import salted_hmac

from classifier import addresses, clock, moments, outbound
from monitoring.models import Alert

AGAIN_AFTER = timedelta(hours=24)
AN_HOUR = 20
TIMEOUT_S = 5
SALT = "monitoring.sending.webhook"
EMAIL, WEBHOOK = "email", "webhook"
HTTP_ERRORS = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)


class _Answered(Exception):
    """The receiver did not accept the message. Redirects are not followed."""


def deliver() -> int:
    """Send due alerts. Returns how many were sent by at least one channel. Never raises a channel's errors."""
    ways, now = _ways(), clock.now()
    if not ways:
        return 0
    sent, blocked = 0, set[str]()
    left = AN_HOUR - Alert.objects.filter(moments.recent("sent_at", now, within=timedelta(hours=1))).count()
    due = Q(sent_at=None) | moments.older("sent_at", now, than=AGAIN_AFTER)
    for alert in Alert.objects.filter(due, resolved_at=None).order_by("id")[: max(0, left)]:
        sent += _send(alert, ways, blocked, now)
    half_sent = Alert.objects.filter(~due, resolved_at=None).exclude(problem="").order_by("id")[:AN_HOUR]
    for alert in half_sent:
        failed = {name: way for name, way in ways.items() if f"{name}:" in alert.problem}
        _keep_problem(alert, _tried(alert, failed, blocked))
    return sent


def _send(alert: Alert, ways: "Ways", blocked: set[str], now: datetime) -> bool:
    """Claim the alert, so that concurrent ticks don't both send it, and release it if every channel fails."""
    before = alert.sent_at
    if not Alert.objects.filter(pk=alert.pk, sent_at=before).update(sent_at=now):
        return False
    problems = _tried(alert, ways, blocked)
    if len(problems) == len(ways):
        Alert.objects.filter(pk=alert.pk).update(sent_at=before)
    _keep_problem(alert, problems)
    return len(problems) < len(ways)


def _tried(alert: Alert, ways: "Ways", blocked: set[str]) -> list[str]:
    """Send by each channel. Returns one sentence for each failure."""
    problems = []
    for name, way in ways.items():
        if name in blocked:
            problems.append(f"{name}: blocked just now, tried again at the next tick")
            continue
        try:
            way(alert)
        except (OSError, SMTPException, ValueError, _Answered, outbound.Refused, *HTTP_ERRORS) as error:
            problems.append(f"{name}: {_in_words(error)}")
            blocked.add(name)
    return problems


def _keep_problem(alert: Alert, problems: list[str]) -> None:
    Alert.objects.filter(pk=alert.pk).update(problem="; ".join(problems)[:300])


def _in_words(error: Exception) -> str:
    """The error's type and number, never its text, which may contain the address."""
    if isinstance(error, _Answered | outbound.Refused):
        return str(error)
    return type(error).__name__


Ways = dict[str, Callable[[Alert], None]]


def _ways() -> Ways:
    ways: Ways = {}
    if settings.ALERT_EMAILS:
        ways[EMAIL] = _email
    if settings.ALERT_WEBHOOK:
        ways[WEBHOOK] = _webhook
    return ways


def _email(alert: Alert) -> None:
    subject = " ".join(f"[Responder] {alert.get_level_display()}: {alert.title}".split())
    since = f"Since {alert.first_at:%d %B %Y, %H:%M} UTC, seen {alert.times} times."
    body = f"{alert.text}\n\n{since}\nPage: {alert.path or '/model/'}\n"
    send_mail(subject, body, None, list(settings.ALERT_EMAILS))


def _webhook(alert: Alert) -> None:
    address = settings.ALERT_WEBHOOK or ""
    if addresses.split(address).scheme not in (("http", "https") if settings.WEBHOOK_NETWORKS else ("https",)):
        raise ValueError("the webhook is no https address")
    body = json.dumps(_facts(alert)).encode()
    signature = salted_hmac(SALT, body, algorithm="sha256").hexdigest()
    headers = {"Content-Type": "application/json", "X-Responder-Signature": f"sha256={signature}"}
    status = outbound.post(address, body, headers, allowed=settings.WEBHOOK_NETWORKS, deadline_s=TIMEOUT_S)
    if not 200 <= status < 300:
        raise _Answered(f"answered {status}")


def _facts(alert: Alert) -> dict[str, Any]:
    words = {name: getattr(alert, name) for name in ("key", "level", "title", "text", "path", "times")}
    return words | {"first_at": alert.first_at.isoformat(), "last_at": alert.last_at.isoformat()}
