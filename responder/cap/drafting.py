"""Drafts of alerts: created from an incident, from posts or as a follow-up, edited, and discarded."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from django.db.models import Q
from django.utils.translation import gettext as _

from classifier import categories, clock, locks
from monitoring import audit
from responder.cap import areas, words
from responder.errors import Conflict, FieldChecks, Invalid, Missing
from responder.incidents import base
from responder.models import CapAlert, Event, Incident, IncidentPost, Post, User
from responder.models.cap import TEXT_LIMITS
from responder.privacy import masking
from responder.queries import incidents
from responder.queries import posts as post_queries
from responder.roles import TRIAGE, VIEW, allows_in

MOST_POSTS = 50
PROPOSED_POSTS = 20  # of an incident, the newest
LASTS = timedelta(hours=24)
MOST_HOURS = 30 * 24  # until an alert expires
MINIMUMS = {"hazard": 1, "headline": 3, "area": 1}  # characters; other texts can be empty
CANCEL_REASON_MINIMUM = 3
COPIED = (
    "event_id", "incident_id", "is_exercise", "category", "hazard", "response", "urgency", "severity", "certainty", "headline",
    "description", "instruction", "area", "latitude", "longitude", "radius_km",
)  # fmt: skip
Message = CapAlert.Message


@audit.atomic()
def draft(*, by: User, incident: Incident | None = None, post_ids: Sequence[int] = ()) -> CapAlert:
    """Draft an alert from an incident or from posts, without any post's text.

    Raises Invalid, NotPermitted.
    """
    base.permitted(by, TRIAGE)
    if len(post_ids) > MOST_POSTS:
        raise Invalid(_("Choose at most %(most)d posts.") % {"most": MOST_POSTS})
    rows = post_queries.visible(by, TRIAGE).filter(pk__in=post_ids)
    posts = list(rows.select_related("event").order_by("severity", "-pk"))
    if incident is not None and not allows_in(by, VIEW, incident.event_id):
        raise Invalid(base.not_to_be_found())
    if incident is not None:
        base.permitted_in(by, TRIAGE, incident.event_id, missing=base.not_to_be_found())
    if incident is None and not posts:
        raise Invalid(_("Choose an incident, or existing posts."))
    if incident is not None and incident.merged_into_id:
        raise Invalid(_("This incident was merged. Draft the alert from the incident it was merged into."))
    proposed = _of_incident(incident) if incident else _of_posts(posts)
    alert = CapAlert(created_by=by, expires_at=clock.now() + LASTS, **proposed)
    alert.save()
    chosen = posts or incidents.newest_posts(cast(Incident, incident), PROPOSED_POSTS)
    alert.posts.set(_kept(chosen))
    alert.is_exercise = fictional(alert)
    alert.save(update_fields=["is_exercise"])
    return _written(alert, by, "drafted")


@audit.atomic()
def edit(*, alert_id: int, version: int, by: User, **fields: Any) -> CapAlert:
    """Edit a draft. The editor can't publish it.

    Arguments:
        fields: columns by name; `expires_in_h` hours from now.

    Raises Conflict, Invalid, InvalidFields for all invalid fields together, Missing, NotPermitted.
    """
    base.permitted(by, TRIAGE)
    alert = opened(alert_id, version, by, TRIAGE)
    changes = _checked(fields)
    for name, value in changes.items():
        setattr(alert, name, value)
    alert.version += 1
    alert.save()
    return _written(alert, by, "edited", fields=sorted(changes))


@audit.atomic()
def discard(*, alert_id: int, version: int, by: User) -> CapAlert:
    """Discard a draft. Raises Conflict, Invalid, Missing, NotPermitted."""
    base.permitted(by, TRIAGE)
    alert = opened(alert_id, version, by, TRIAGE)
    alert.state = CapAlert.State.DISCARDED
    alert.version += 1
    alert.save()
    return _written(alert, by, "discarded")


@audit.atomic()
def follow(*, alert_id: int, message: str, by: User, note: str = "") -> CapAlert:
    """Draft an Update or a Cancel of a published alert. Raises Invalid, Missing, NotPermitted."""
    base.permitted(by, TRIAGE)
    before = CapAlert.objects.select_for_update(no_key=True).filter(pk=alert_id, state=CapAlert.State.PUBLISHED).first()
    missing = _("This published alert does not exist.")
    if before is None:
        raise Missing(missing)
    base.permitted_in(by, TRIAGE, before.event_id, missing=missing)
    if message not in (Message.UPDATE, Message.CANCEL):
        raise Invalid(_("A follow-up must be an Update or a Cancel."))
    require_last(before)
    least = CANCEL_REASON_MINIMUM if message == Message.CANCEL else 0
    note = base.bounded_field("note", note, TEXT_LIMITS["note"], what=_("A reason"), least=least)
    copied = {name: getattr(before, name) for name in COPIED}
    if message == Message.CANCEL:
        copied |= {"urgency": "Past", "response": "AllClear"}
    alert = CapAlert.objects.create(
        created_by=by, follows=before, message=message, note=note, expires_at=clock.now() + LASTS, **copied
    )
    alert.posts.set(_kept(before.posts.all()))
    return _written(alert, by, "drafted", follows=before.identifier)


def opened(alert_id: int, version: int, by: User, ability: str) -> CapAlert:
    """The draft, locked, for a person who needs `ability` in its event. Raises Conflict, Invalid, Missing, NotPermitted."""
    alert = (
        CapAlert.objects.select_for_update(of=("self",), no_key=True)
        .select_related("created_by")
        .filter(pk=alert_id)
        .first()
    )
    missing = _("This alert does not exist.")
    if alert is None:
        raise Missing(missing)
    base.permitted_in(by, ability, alert.event_id, missing=missing)
    if alert.version != version:
        raise Conflict(by=_("Someone"), what=_("changed this alert"), at=None, version=alert.version)
    if alert.state != CapAlert.State.DRAFT:
        raise Invalid(_("Only drafts can be edited. To change a published alert, draft an Update or a Cancel."))
    return alert


def require_last(before: CapAlert) -> None:
    """Raise Invalid if a published alert already follows this one, or if it is a Cancel."""
    if before.message == Message.CANCEL:
        raise Invalid(_("This alert is cancelled. Draft a new one."))
    if before.followed_by.filter(state=CapAlert.State.PUBLISHED).exists():
        raise Invalid(_("This alert already has a follow-up. Follow up that one instead."))


def recorded(alert: CapAlert, by: User, action: str, **detail: Any) -> None:
    """Record in the audit log, without texts that people wrote."""
    common = {"message": alert.message, "version": alert.version, "exercise": alert.is_exercise}
    audit.record(
        actor=f"user:{by.username}", action=f"alert.{action}", object_type="alert", object_id=alert.identifier,
        detail=common | detail,
    )  # fmt: skip


def _kept(posts: Iterable[Post]) -> list[int]:
    """Lock the posts against erasure, and return the IDs of those that exist."""
    return locks.kept(Post.objects.filter(pk__in=[post.pk for post in posts]))


def _written(alert: CapAlert, by: User, action: str, **detail: Any) -> CapAlert:
    alert.writers.add(by)
    recorded(alert, by, action, **detail)
    return alert


def fictional(alert: CapAlert) -> bool:
    """Whether anything that the alert is based on is an exercise."""
    exercise = Q(is_exercise=True) | Q(event__is_exercise=True)
    parts = (alert.event, alert.incident)
    if alert.is_exercise or any(part.is_exercise for part in parts if part):
        return True
    if alert.posts.filter(exercise).exists():
        return True
    of_incident = Q(memberships__incident=alert.incident_id, memberships__state=IncidentPost.State.ACCEPTED)
    return alert.incident_id is not None and Post.objects.filter(of_incident & exercise).exists()


def _of_incident(incident: Incident) -> dict[str, Any]:
    latitude, longitude = masking.point(incident.latitude, incident.longitude, incident.radius_km)
    area = areas.Area(incidents.place_name(incident), latitude, longitude, incident.radius_km)
    return _proposed(
        incident.event, area, incident.severity, incident.category, masking.mask(incident.title),
        certainty=words.OF_VERIFICATION.get(incident.verification, "Unknown"),
    ) | {"incident": incident, "description": masking.mask(incident.public_summary)}  # fmt: skip


def _of_posts(posts: list[Post]) -> dict[str, Any]:
    """Alert values from posts: the highest severity, the most frequent category, an area around all places."""
    severity = min((post.severity for post in posts if post.severity), default=0)
    gravest = [post for post in posts if (post.severity or 0) == severity]
    named = Counter(post.category for post in gravest if post.category != categories.CANT_JUDGE)
    category = named.most_common(1)[0][0] if named else categories.CANT_JUDGE
    area, label = areas.around(posts), categories.label(category) if named else _("Posts that nobody has read yet")
    headline = f"{label}: {area.name}" if area.name else label
    return _proposed(gravest[0].event, area, severity, category, headline, certainty="Possible")


def _proposed(
    event: Event | None, area: areas.Area, severity: int, category: str, headline: str, *, certainty: str
) -> dict[str, Any]:
    return {
        "event": event, "category": words.OF_CATEGORY.get(categories.base_of(category), "Safety"),
        "hazard": (event.hazard_label or event.name if event else categories.label(category))[:100] or "Incident",
        "response": "Monitor", "urgency": words.OF_URGENCY.get(severity, "Unknown"),
        "severity": words.OF_SEVERITY.get(severity, "Unknown"), "certainty": certainty, "headline": headline[:160],
        "area": area.name or (event.name if event else "") or "Unknown", "latitude": area.latitude,
        "longitude": area.longitude, "radius_km": area.radius_km,
    }  # fmt: skip


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """The columns that the fields change. Raises InvalidFields."""
    checks, changes = FieldChecks(), dict[str, Any]()
    for name in [name for name in words.CHOICES if name in fields]:
        changes[name] = checks.read(name, _choice, name, fields[name])
    for name in [name for name in TEXT_LIMITS if name in fields]:
        changes[name] = checks.read(name, _text, name, str(fields[name]))
    if "expires_in_h" in fields:
        changes["expires_at"] = checks.read("expires_in_h", _expiry, fields["expires_in_h"])
    checks.require_valid()
    return changes


def _choice(name: str, value: Any) -> str:
    if value not in words.CHOICES[name]:
        raise Invalid(_("Choose one of the options."))
    return str(value)


def _text(name: str, text: str) -> str:
    return base.bounded(text, TEXT_LIMITS[name], what=str(words.LABELS[name]), least=MINIMUMS.get(name, 0))


def _expiry(hours: Any) -> datetime:
    if not (str(hours).isascii() and str(hours).isdecimal() and 0 < int(str(hours)[:6]) <= MOST_HOURS):
        raise Invalid(_("An alert must expire after 1 to %(most)d hours.") % {"most": MOST_HOURS})
    return clock.now() + timedelta(hours=int(str(hours)))
