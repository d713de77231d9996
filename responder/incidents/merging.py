"""Merging and splitting incidents, with a preview; both can be undone for 24 hours (see `undoing`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Min, QuerySet
from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder import roles
from responder.errors import Invalid, InvalidFields, Missing
from responder.incidents import base, combining, facts, rechecking, sizing
from responder.models import Incident, IncidentEntry, IncidentFact, IncidentFollower, IncidentPost, Post, User
from responder.models.incident import TITLE_LIMIT
from responder.privacy.masking import mask

UNDO_FOR = timedelta(hours=24)
MOST_SPLIT = 500
# By what is split off.
INHERITED = ("owner_id", "team_id", "status", "waiting_since", "seen_at", "going_at", *rechecking.FIELDS)
State = IncidentPost.State


@dataclass(frozen=True, slots=True)
class Preview:
    """The result of a merge or split before it happens: sizes and numbers of authors.

    Arguments:
        warnings: what differs between the two incidents and is not in the fields.
        changes: the fields of the incident that is left, or opened, by column; the others stay.
        needs_word: whether somebody is on the way to one of the two and the other is unanswered.
    """

    size: int
    authors: int
    left_size: int = 0
    left_authors: int = 0
    warnings: tuple[str, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)
    needs_word: bool = False


def preview_merge(*, incident_id: int, into_id: int, by: User) -> Preview:
    """Preview `merge`; raises as it does."""
    source, target = base.found(incident_id, by, roles.LEAD), _target(into_id, by)
    _mergeable(source, target)
    posts = Post.objects.filter(memberships__incident__in=[source, target], memberships__state=State.ACCEPTED)
    warnings = []
    if source.place_name != target.place_name:
        warnings.append(
            _("Different places: %(one)s and %(other)s.")
            % {"one": source.place_name or _("no place"), "other": target.place_name or _("no place")}
        )
    changes = combining.combined(source, target, worst=_worst(posts))
    displaced = combining.displaced_owner(source, target, changes)
    if displaced:
        name = User.objects.get(pk=displaced).display_name
        warnings.append(_("%(name)s no longer owns it, and will follow it instead.") % {"name": name})
    return Preview(
        posts.count(), _authors(posts), warnings=tuple(warnings), changes=changes,
        needs_word=combining.needs_word(source, target),
    )  # fmt: skip


@audit.atomic()
def merge(
    *, incident_id: int, version: int, into_id: int, into_version: int, by: User, covers_both: bool = False
) -> IncidentEntry:
    """Merge this incident into the other one and leave a redirect. Both versions must be current.

    Arguments:
        covers_both: whether who is on the way to one of them goes for both. Otherwise the merged incident is unanswered
            where either was (see `combining`).

    Raises Conflict, Invalid, Missing, NotPermitted.
    """
    # Of one event, so that one lock holds both.
    _mergeable(base.found(incident_id, by, roles.LEAD), _target(into_id, by))
    source = base.opened(incident_id, version, by, roles.LEAD)
    target = base.opened(into_id, into_version, by, roles.LEAD, resolved=False)
    _mergeable(source, target)
    posts = Post.objects.filter(memberships__incident__in=[source, target], memberships__state=State.ACCEPTED)
    changes = combining.combined(source, target, worst=_worst(posts), covers_both=covers_both)
    before = {"followed": _followed(source, target, changes), "facts": _facts_moved(source, target)}
    entry = base.written(target, by, base.Verb.MERGE, other=source, posts=source.size, changes=changes, before=before)
    _move(source.memberships.filter(state=State.ACCEPTED), target, by, entry)
    base.written(source, by, base.Verb.MERGE, other=target, changes={"merged_into_id": target.pk}, posts=source.size)
    sizing.recount([source.pk, target.pk])
    return entry


def preview_split(*, incident_id: int, post_ids: Sequence[int], by: User) -> Preview:
    """Preview `split`; raises as it does."""
    incident = base.found(incident_id, by, roles.LEAD)
    chosen = _chosen(incident, post_ids)
    moved = Post.objects.filter(memberships__in=chosen)
    left = sizing.evidence(incident).exclude(pk__in=post_ids)
    changes = _inherited(incident, list(moved))
    return Preview(len(post_ids), _authors(moved), left.count(), _authors(left), changes=changes)


@audit.atomic()
def split(*, incident_id: int, version: int, post_ids: Sequence[int], by: User, title: str = "") -> IncidentEntry:
    """Split some posts off into a new incident, the entry's `other`; at least one post stays.

    Raises Conflict, Invalid, Missing, NotPermitted.
    """
    incident = base.opened(incident_id, version, by, roles.LEAD, resolved=False)
    chosen = _chosen(incident, post_ids)
    title = mask(base.bounded_field("title", title, TITLE_LIMIT, what=_("A title")))[
        :TITLE_LIMIT
    ]  # people search titles
    fresh = Incident(event=incident.event, is_exercise=incident.is_exercise, created_by=by)
    moved = list(Post.objects.filter(memberships__in=chosen))
    sizing.describe(fresh, moved)
    for name, value in _inherited(incident, moved).items():
        setattr(fresh, name, value)
    fresh.seen_at = fresh.seen_at or clock.now()
    fresh.title, fresh.title_by_person = title or fresh.title, bool(title)
    fresh.save()
    entry = base.written(incident, by, base.Verb.SPLIT, other=fresh, posts=len(post_ids))
    _move(chosen, fresh, by, entry)
    IncidentEntry.objects.create(
        incident=fresh, verb=base.Verb.SPLIT, actor=by, other=incident, posts=len(post_ids), version=fresh.version
    )
    sizing.recount([incident.pk, fresh.pk])
    return entry


def _inherited(incident: Incident, moved: Sequence[Post]) -> dict[str, Any]:
    """What an incident that is split off has from the original: who goes and since when; and the higher severity.

    The severity is that of its posts, or what a person set for the original where that is higher.
    """
    worst = min((post.severity or 4 for post in moved), default=4)
    by_person = incident.severity_by_person and incident.severity < worst
    return {name: getattr(incident, name) for name in INHERITED} | {
        "severity": incident.severity if by_person else worst, "severity_by_person": by_person,
    }  # fmt: skip


def _worst(posts: QuerySet[Post]) -> int | None:
    found: int | None = posts.aggregate(worst=Min("severity"))["worst"]
    return found or (4 if posts.exists() else None)


def _followed(source: Incident, target: Incident, changes: Mapping[str, Any]) -> int | None:
    """Let an owner who no longer owns the merged incident follow it. Returns their id if they did not before."""
    owner = combining.displaced_owner(source, target, dict(changes))
    if owner is None:
        return None
    row, new = IncidentFollower.objects.get_or_create(incident=target, user_id=owner)
    if new or row.follows:
        return owner if new else None
    IncidentFollower.objects.filter(pk=row.pk).update(follows=True)
    return None


def _facts_moved(source: Incident, target: Incident) -> list[int]:
    """Move the facts whose posts were erased; the others go where their posts go."""
    moved = list(source.facts.filter(post=None).values_list("pk", flat=True))
    IncidentFact.objects.filter(pk__in=moved).update(incident=target)
    return moved


def _move(rows: QuerySet[IncidentPost], target: Incident, by: User, entry: IncidentEntry) -> None:
    """Move memberships; the old rows stay, marked as moved, so that an undo finds them."""
    post_ids, ids = zip(*rows.values_list("post", "pk"), strict=True) if rows else ((), ())
    IncidentPost.objects.filter(pk__in=ids).update(state=State.MOVED, by=by, at=clock.now(), entry=entry)
    base.taken_in(target, post_ids, by=by)
    facts.note(post_ids)


def _target(incident_id: int, by: User) -> Incident:
    """The incident to merge into. One that the person may not see is refused as one that does not exist."""
    try:
        return base.found(incident_id, by, roles.LEAD)
    except Missing as error:
        raise InvalidFields({"into_id": base.not_to_be_found()}) from error


def _mergeable(source: Incident, target: Incident) -> None:
    if source.pk == target.pk:
        raise InvalidFields({"into_id": _("An incident cannot be merged with itself.")})
    if source.event_id != target.event_id:
        raise InvalidFields({"into_id": _("The incidents belong to different events.")})
    if source.merged_into_id or target.merged_into_id:
        raise InvalidFields({"into_id": _("One of the incidents is already merged.")})


def _chosen(incident: Incident, post_ids: Sequence[int]) -> QuerySet[IncidentPost]:
    if not 1 <= len(post_ids) <= MOST_SPLIT:
        raise Invalid(_("Choose 1 to %(most)d posts.") % {"most": MOST_SPLIT})
    rows = incident.memberships.filter(state=State.ACCEPTED, post__in=post_ids)
    found = rows.count()
    if found != len(set(post_ids)):
        raise Invalid(
            _("Some of these posts are no longer in the incident. Reload the page and select the posts again.")
        )
    if found == incident.memberships.filter(state=State.ACCEPTED).count():
        raise Invalid(_("Leave at least one post in the incident."))
    return incident.memberships.filter(pk__in=list(rows.values_list("pk", flat=True)))


def _authors(posts: QuerySet[Post]) -> int:
    named = posts.exclude(author_handle="").order_by().values("source", "author_handle").distinct().count()
    return named + posts.filter(author_handle="").exists()
