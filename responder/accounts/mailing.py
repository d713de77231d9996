"""Sends invitations and password reset links by email, in the background.

A row waits for its email. The secret of the link is made when the email is sent, so that no secret is stored. Whoever sends claims
the row for a while first: after a crash it is sent again, with another secret, and the former link stops working.
"""

from datetime import timedelta
from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db.models import F
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from classifier import clock
from responder import languages
from responder.accounts import invitations, one_time, password_links
from responder.models import Invitation, PasswordLink, User
from responder.models.account import OneTimeLink

log = structlog.get_logger(__name__)
AT_ONCE = 20
RETRY = timedelta(minutes=2)
MOST_ATTEMPTS = 5


def deliver() -> int:
    """Send emails that are due. Returns how many were sent."""
    if not settings.MAIL_IS_CONFIGURED:
        return 0
    sent = 0
    for row in [*_due(Invitation)[:AT_ONCE], *_due(PasswordLink)[:AT_ONCE]]:
        if _claim(row):
            sent += _send(row)
    return sent


def _due(model: type[OneTimeLink]) -> list[OneTimeLink]:
    now = clock.now()
    rows = model._default_manager.filter(mail=OneTimeLink.Mail.WAITING, mail_next_at__lte=now).order_by("pk")
    return list(rows[:AT_ONCE])


def _claim(row: OneTimeLink) -> bool:
    now = clock.now()
    mine = type(row)._default_manager.filter(pk=row.pk, mail=OneTimeLink.Mail.WAITING, mail_next_at=row.mail_next_at)
    return bool(mine.update(mail_next_at=now + RETRY, mail_attempts=F("mail_attempts") + 1))


def _send(row: OneTimeLink) -> bool:
    try:
        done = _invitation(row) if isinstance(row, Invitation) else _password(row)  # type: ignore[arg-type]
    except (OSError, SMTPException, ValueError) as error:
        # The address is not logged: whoever reads logs needn't know who was written to.
        log.warning("an email could not be sent", kind=type(row).__name__, row=row.pk, error=type(error).__name__)
        if row.mail_attempts + 1 >= MOST_ATTEMPTS:
            type(row)._default_manager.filter(pk=row.pk).update(mail=OneTimeLink.Mail.FAILED)
        return False
    return done


def _invitation(row: Invitation) -> bool:
    secret = one_time.new_secret()
    mine = invitations.still_open().filter(pk=row.pk, mail=OneTimeLink.Mail.WAITING)
    if not mine.update(digest=one_time.digest(secret)):
        return False  # revoked meanwhile
    link = row.host + reverse("invitation-accept", args=[secret])
    with translation.override(languages.of_installation()):
        subject = _("Your invitation to Responder")
        text = _(
            "You are invited to Responder, where emergency-response teams work.\n\n"
            "Open this link to choose your user name and password. It works once, until %(until)s UTC:\n\n%(link)s\n\n"
            "If you didn't expect this email, ignore it."
        ) % {"link": link, "until": f"{row.expires_at:%Y-%m-%d %H:%M}"}
        send_mail(subject, text, None, [row.email])
    mine.update(mail=OneTimeLink.Mail.SENT)
    return True


def _password(row: PasswordLink) -> bool:
    for person in password_links.people_asked_for(row.asked) if row.expires_at > clock.now() else []:
        _link(person, row)
    row.delete()
    return True


def _link(person: User, row: PasswordLink) -> None:
    secret = one_time.new_secret()
    PasswordLink.objects.create(
        digest=one_time.digest(secret), person=person, host=row.host, mail=OneTimeLink.Mail.SENT,
        expires_at=clock.now() + password_links.VALID_BY_EMAIL,
    )  # fmt: skip
    with languages.of_person(person):
        _send_link(person, row, secret)


def _send_link(person: User, row: PasswordLink, secret: str) -> None:
    text = _(
        "Somebody asked for a new password for the account %(user)s at Responder.\n\n"
        "If it was you, open this link. It works once, for an hour:\n\n%(link)s\n\n"
        "Otherwise ignore this email: your password stays as it is."
    ) % {"user": person.username, "link": row.host + reverse("password-set", args=[secret])}
    send_mail(_("Set a new password for Responder"), text, None, [person.email])
