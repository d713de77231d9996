"""Which posts belong to an incident: people open incidents, attach, detach, accept, decline, and mute authors."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder import roles
from responder.errors import Invalid, Missing
from responder.incidents import base, facts, rechecking, sizing
from responder.incidents.authors import key_of
from responder.models import Incident, IncidentEntry, IncidentPost, MutedAuthor, Post, User
from responder.models.incident import TITLE_LIMIT
from responder.privacy.masking import mask, mask_author
from responder.queries.posts import visible

MOST_POSTS = 200  # in one call
State = IncidentPost.State


@audit.atomic()
def create(*, post_ids: Sequence[int], by: User, title: str = "") -> Incident:
    """Open an incident with posts of one event that belong to none.

    Raises Invalid, Missing, NotPermitted.
    """
    base.permitted(by, roles.TRIAGE)
    base.locked_of(Post.objects.filter(pk__in=post_ids[:MOST_POSTS]))
    posts = _posts(post_ids, by)
    _free(posts)
    incident = Incident(event=posts[0].event, is_exercise=posts[0].is_exercise, created_by=by, seen_at=clock.now())
    sizing.describe(incident, posts)
    title = mask(base.bounded_field("title", title, TITLE_LIMIT, what=_("A title")))[
        :TITLE_LIMIT
    ]  # people search titles
    incident.title, incident.title_by_person = title or incident.title, bool(title)
    incident.save()
    _joined(incident, [post.pk for post in posts], by)
    sizing.recount([incident.pk])
    entry = IncidentEntry.objects.create(
        incident=incident, verb=base.Verb.CREATE, actor=by, posts=len(posts), version=incident.version,
        after={"posts": [post.pk for post in posts]},
    )  # fmt: skip
    base.recorded(entry, incident, f"user:{by.username}")
    incident.refresh_from_db()
    return incident


@audit.atomic()
def attach(*, incident_id: int, version: int, post_ids: Sequence[int], by: User) -> IncidentEntry:
    """Attach posts to the incident; none is moved from another incident.

    Raises Conflict, Invalid, Missing, NotPermitted.
    """
    incident = base.opened(incident_id, version, by, roles.TRIAGE, resolved=False)
    posts = _posts(post_ids, by)
    if posts[0].event_id != incident.event_id:
        raise Invalid(_("The post belongs to a different event."))
    _free(posts)
    return _take(incident, [post.pk for post in posts], by, base.Verb.ATTACH)


@audit.atomic()
def accept(*, incident_id: int, version: int, post_id: int, by: User) -> IncidentEntry:
    """Accept a suggested post into the incident; raises as `attach`."""
    incident = base.opened(incident_id, version, by, roles.TRIAGE, resolved=False)
    _member(incident, post_id, State.SUGGESTED)
    _free(_posts([post_id], by))
    return _take(incident, [post_id], by, base.Verb.ACCEPT)


@audit.atomic()
def decline(*, incident_id: int, version: int, post_id: int, by: User) -> IncidentEntry:
    """Decline a suggested post; raises as `attach`."""
    incident = base.opened(incident_id, version, by, roles.TRIAGE)
    return _out(incident, _member(incident, post_id, State.SUGGESTED), by, base.Verb.DECLINE, State.DECLINED)


@audit.atomic()
def detach(*, incident_id: int, version: int, post_id: int, by: User) -> IncidentEntry:
    """Detach a post; no rule adds it again. Raises as `attach`."""
    incident = base.opened(incident_id, version, by, roles.TRIAGE)
    return _out(incident, _member(incident, post_id, State.ACCEPTED), by, base.Verb.DETACH, State.DETACHED)


@audit.atomic()
def mute(*, incident_id: int, version: int, post_id: int, by: User) -> IncidentEntry:
    """Detach all posts of this post's author, and stop rules from adding any to the event's incidents.

    Raises Invalid where the author is not known; otherwise as `attach`.
    """
    incident = base.opened(incident_id, version, by, roles.LEAD)
    post = Post.objects.filter(pk=post_id, memberships__incident=incident).first()
    if post is None:
        raise Missing(_("This post is not part of the incident."))
    key = key_of(post)
    if not key:
        raise Invalid(_("The post's author is not known."))
    rows = incident.memberships.filter(
        state=State.ACCEPTED, post__source=post.source, post__author_handle=post.author_handle
    )
    ids = list(rows.values_list("pk", flat=True))
    entry = base.written(
        incident, by, base.Verb.MUTE, posts=len(ids), note=mask_author(post.author_handle), before={"author": key}
    )
    MutedAuthor.objects.create(event=incident.event, author_key=key, by=by, entry=entry)
    IncidentPost.objects.filter(pk__in=ids).update(state=State.MUTED, by=by, at=clock.now(), entry=entry)
    sizing.recount([incident.pk])
    return entry


def _take(incident: Incident, post_ids: Sequence[int], by: User, verb: IncidentEntry.Verb) -> IncidentEntry:
    _joined(incident, post_ids, by)
    sizing.recount([incident.pk])
    return base.written(incident, by, verb, posts=len(post_ids), before={"posts": list(post_ids)})


def _joined(incident: Incident, post_ids: Sequence[int], by: User) -> None:
    base.taken_in(incident, post_ids, by=by)
    facts.note(post_ids)
    rechecking.heed(post_ids)


def _out(
    incident: Incident, member: IncidentPost, by: User, verb: IncidentEntry.Verb, state: IncidentPost.State
) -> IncidentEntry:
    was = member.state
    entry = base.written(incident, by, verb, posts=1, before={"posts": [member.post_id], "was": was})
    IncidentPost.objects.filter(pk=member.pk).update(state=state, by=by, at=clock.now(), entry=entry)
    sizing.recount([incident.pk])
    return entry


def _member(incident: Incident, post_id: int, state: IncidentPost.State) -> IncidentPost:
    member = incident.memberships.filter(post=post_id, state=state).first()
    if member is None:
        raise Missing(_("This post is not part of the incident."))
    return member


def _posts(post_ids: Sequence[int], by: User) -> list[Post]:
    if not 1 <= len(post_ids) <= MOST_POSTS:
        raise Invalid(_("Choose 1 to %(most)d posts.") % {"most": MOST_POSTS})
    posts = list(visible(by).filter(pk__in=post_ids).select_related("event"))
    missing = _("One of the posts does not exist. It may have been erased.")
    if len(posts) != len(set(post_ids)):
        raise Missing(missing)
    if len({post.event_id for post in posts}) > 1:
        raise Invalid(_("The posts belong to different events."))
    base.permitted_in(by, roles.TRIAGE, posts[0].event_id, missing=missing)
    return posts


def _free(posts: Sequence[Post]) -> None:
    taken = IncidentPost.objects.filter(post__in=posts, state=State.ACCEPTED).select_related("incident").first()
    if taken:
        raise Invalid(_("The post already belongs to %(ref)s. Detach it there first.") % {"ref": taken.incident.ref})
