"""Publishes an alert: once, irrevocably, and only by someone who did not write it."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder.cap.document import document, status
from responder.cap.drafting import fictional, opened, recorded, require_last
from responder.errors import Invalid, NotPermitted
from responder.incidents import base
from responder.models import CapAlert, User
from responder.roles import LEAD


@audit.atomic()
def publish(*, alert_id: int, version: int, by: User, base_url: str) -> CapAlert:
    """Publish a draft. Raises Conflict, Invalid, Missing, NotPermitted.

    Arguments:
        version: as the person read it.
        by: a lead who wrote none of it.
        base_url: of this site, for links to evidence.
    """
    base.permitted(by, LEAD)
    alert = opened(alert_id, version, by, LEAD)
    if alert.writers.filter(pk=by.pk).exists():
        raise NotPermitted(_("You edited this alert, so someone else must review and publish it."))
    now = clock.now()
    if alert.expires_at <= now:
        raise Invalid(_("This alert has expired. Set a new expiry first."))
    if alert.follows is not None:
        require_last(alert.follows)
    alert.is_exercise = fictional(alert)  # what it rests on may have become one
    alert.state, alert.published_by, alert.sent_at, alert.sender = (
        CapAlert.State.PUBLISHED,
        by,
        now,
        settings.CAP_SENDER,
    )
    alert.version += 1
    alert.document = document(alert, sender=alert.sender, sent=now, base_url=base_url)
    try:
        with transaction.atomic():
            alert.save()
    except IntegrityError as error:
        raise Invalid(_("This alert already has a follow-up. Follow up that one instead.")) from error
    recorded(alert, by, "published", status=status(alert), incident=alert.incident.ref if alert.incident else "")
    return alert
