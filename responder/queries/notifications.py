"""What the bell reminds a person of, by role: unanswered posts, open alerts, approvals. Counts are capped."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import ngettext

from classifier import clock
from classifier.models import ApprovalRequest
from monitoring.models import Alert
from responder import roles
from responder.models import Event, PartnerFeedback, Post
from responder.models.post import UNANSWERED

SHOWN = 20
COUNTED = 100
OVERDUE = timedelta(minutes=10)  # after which a post that nobody answers is told in the bell
WATCHERS = (roles.LEAD, roles.APPROVE, roles.READ_RECORDS)


@dataclass(frozen=True, slots=True)
class Reminder:
    """What the bell of the top bar reminds a person of, by their roles.

    Arguments:
        level: `critical` or `warning`.
        title, url, at: what, where to look, since when.
    """

    level: str
    title: str
    url: str
    at: datetime | None


def for_user(user: roles.Person, event: Event | None) -> list[Reminder]:
    """This person's reminders, critical ones first."""
    found = [*_overdue(user, event), *_alerts(user), *_approvals(user), *_suggestions(user)]
    return sorted(found, key=lambda one: one.level != "critical")[:SHOWN]


def _unanswered(event: Event | None, reviewable: frozenset[int] | None) -> QuerySet[Post]:
    rows = Post.objects.filter(UNANSWERED, state=Post.State.CLASSIFIED)
    rows = roles.within(rows, reviewable)
    return rows.filter(event=event) if event else rows


def _overdue(user: roles.Person, event: Event | None) -> list[Reminder]:
    if not roles.allows(user, roles.TRIAGE):
        return []
    late = _unanswered(event, roles.events_of(user, roles.TRIAGE)).filter(created_at__lt=clock.now() - OVERDUE)
    oldest = list(late.order_by("created_at").values_list("created_at", flat=True)[:COUNTED])
    if not oldest:
        return []
    number = f"{len(oldest)}+" if len(oldest) == COUNTED else str(len(oldest))
    title = ngettext(
        "%(n)s post unanswered for over 10 minutes", "%(n)s posts unanswered for over 10 minutes",
        len(oldest),
    ) % {"n": number}  # fmt: skip
    query = f"?event={event.ref}" if event else ""
    return [Reminder("critical", title, reverse("response") + query, oldest[0])]


def _alerts(user: roles.Person) -> list[Reminder]:
    if not any(roles.allows_in(user, ability, None) for ability in WATCHERS):
        return []
    rows = Alert.objects.filter(resolved_at=None).order_by("-last_at")[:SHOWN]
    return [Reminder(alert.level, alert.title, _local(alert.path), alert.first_at) for alert in rows]


def _approvals(user: roles.Person) -> list[Reminder]:
    if not roles.allows(user, roles.APPROVE):
        return []
    number = ApprovalRequest.objects.filter(state=ApprovalRequest.State.OPEN)[:COUNTED].count()
    if not number:
        return []
    title = ngettext("%(n)d request is waiting for approval", "%(n)d requests are waiting for approval", number) % {
        "n": number
    }
    return [Reminder("warning", title, reverse("approvals"), None)]


def _suggestions(user: roles.Person) -> list[Reminder]:
    if not roles.allows(user, roles.TRIAGE):
        return []
    waiting = PartnerFeedback.objects.filter(state=PartnerFeedback.State.OPEN).order_by("pk")
    waiting = roles.within(waiting, roles.events_of(user, roles.TRIAGE), "post__event")
    oldest = list(waiting.values_list("created_at", flat=True)[:COUNTED])
    if not oldest:
        return []
    title = ngettext(
        "%(n)d open partner suggestion", "%(n)d open partner suggestions", len(oldest)
    ) % {"n": len(oldest)}  # fmt: skip
    return [Reminder("warning", title, reverse("suggestions"), oldest[0])]


def _local(path: str) -> str:
    """The URL if it is a local path, otherwise empty."""
    return path if path.startswith("/") and not path.startswith("//") else ""
