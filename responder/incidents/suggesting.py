"""Suggested incidents: small clusters of posts without a place, which people open or dismiss.

The grouping collects them (`Cluster`) and opens an incident itself as soon as there are posts by three authors, a place or
a critical post. `open_suggestion`, `dismiss` and `suggest_again` are what people do with one: each is a transaction with its
audit record, and raises Conflict, Invalid, Missing or NotPermitted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder import roles
from responder.errors import Conflict, Invalid, Missing
from responder.incidents import base, membership
from responder.models import Incident, IncidentSuggestion, Post, SuggestedPost, User

AUTHORS = 3  # from which posts without a place open an incident by themselves
CRITICAL = 1
MOST_POSTS = membership.MOST_POSTS  # of one suggestion that are read; people open an incident with so many
State = IncidentSuggestion.State


@dataclass(slots=True)
class Cluster:
    """Posts alike that belong to no incident, and the suggestion that holds them once it is stored."""

    event_id: int | None
    suggestion: IncidentSuggestion | None = None
    posts: list[Post] = field(default_factory=list)
    likeness: dict[int, float] = field(default_factory=dict)
    added: set[int] = field(default_factory=set)
    opened_by: Incident | None = None

    @property
    def waits(self) -> bool:
        """Whether nobody has dismissed it."""
        return self.suggestion is None or self.suggestion.state != State.DISMISSED

    def add(self, post: Post, likeness: float) -> None:
        """Add a post once."""
        if post.pk not in self.likeness:
            self.posts.append(post)
            self.likeness[post.pk] = likeness
            self.added.add(post.pk)


def worth_an_incident(posts: Sequence[Post]) -> bool:
    """Whether posts that are alike open an incident by themselves: placed, critical, or by three authors.

    Posts without an author may all be by one person.
    """
    from responder.incidents import matching  # it needs numpy, which pages do without

    if any(post.severity == CRITICAL for post in posts):
        return True
    if any(matching.place_of(post.latitude, post.longitude, post.radius_km) for post in posts):
        return True
    return len({(post.source, post.author_handle) if post.author_handle else None for post in posts}) >= AUTHORS


def clusters_of(post_ids: Sequence[int]) -> dict[int, Cluster]:
    """Post → its cluster, for posts that are suggested or were dismissed; two queries."""
    found = dict(SuggestedPost.objects.filter(post__in=post_ids).values_list("post", "suggestion"))
    clusters: dict[int, Cluster] = {}
    members = SuggestedPost.objects.filter(suggestion__in=set(found.values())).select_related("suggestion", "post")
    for row in members.order_by("pk") if found else ():
        cluster = clusters.setdefault(row.suggestion_id, Cluster(row.suggestion.event_id, row.suggestion))
        if len(cluster.posts) < MOST_POSTS:
            cluster.posts.append(row.post)
        cluster.likeness[row.post_id] = row.likeness or 1.0
    return {post_id: clusters[pk] for post_id, pk in found.items()}


def store(clusters: Sequence[Cluster]) -> None:
    """Store what a batch of the grouping made of clusters. The posts of one that was opened leave it."""
    if not clusters:
        return
    for one in clusters:
        if one.opened_by and one.suggestion:
            IncidentSuggestion.objects.filter(pk=one.suggestion.pk).update(
                state=State.OPENED, at=clock.now(), incident=one.opened_by
            )
    kept = [one for one in clusters if not one.opened_by]
    new = [one for one in kept if one.suggestion is None]
    for one in new:
        one.suggestion = IncidentSuggestion(event_id=one.event_id)
    IncidentSuggestion.objects.bulk_create([one.suggestion for one in new if one.suggestion])
    SuggestedPost.objects.bulk_create(
        [
            SuggestedPost(suggestion=one.suggestion, post_id=post_id, likeness=round(one.likeness[post_id], 3))
            for one in kept
            for post_id in sorted(one.added)
        ],
        ignore_conflicts=True,
    )


def leave(post_ids: Iterable[int]) -> None:
    """Take posts out of suggestions: they joined an incident, were edited or are erased."""
    ids = list(post_ids)
    if ids:
        SuggestedPost.objects.filter(post__in=ids).delete()


def waiting(visible_events: frozenset[int] | None, *, event_id: int | None = None) -> QuerySet[IncidentSuggestion]:
    """Suggestions that wait for people, the newest first, with their posts.

    Arguments:
        visible_events: ids of the events that the reader may see; None for all.
        event_id: only of this event; None for all of these.
    """
    return _listed(State.WAITING, visible_events, event_id)


def dismissed(visible_events: frozenset[int] | None, *, event_id: int | None = None) -> QuerySet[IncidentSuggestion]:
    """Suggestions that people dismissed; otherwise as `waiting`."""
    return _listed(State.DISMISSED, visible_events, event_id)


def _listed(
    state: IncidentSuggestion.State, visible_events: frozenset[int] | None, event_id: int | None
) -> QuerySet[IncidentSuggestion]:
    rows = roles.within(IncidentSuggestion.objects.filter(state=state, members__isnull=False), visible_events)
    if event_id is not None:
        rows = rows.filter(event=event_id)
    members = SuggestedPost.objects.select_related("post")
    return rows.distinct().select_related("event").prefetch_related(Prefetch("members", members)).order_by("-pk")


@audit.atomic()
def open_suggestion(*, suggestion_id: int, version: int, by: User) -> Incident:
    """Open an incident with the suggestion's posts."""
    suggestion = _found(suggestion_id, version, by, State.WAITING)
    post_ids = list(suggestion.members.order_by("pk").values_list("post", flat=True)[:MOST_POSTS])
    if not post_ids:
        raise Invalid(_("The posts of this suggestion belong to incidents by now, or were erased."))
    incident = membership.create(post_ids=post_ids, by=by)
    _decide(suggestion, by, State.OPENED, incident)
    return incident


@audit.atomic()
def dismiss(*, suggestion_id: int, version: int, by: User) -> IncidentSuggestion:
    """Say that the posts are no incident: no rule suggests them again, and posts alike don't open one with them."""
    return _decide(_found(suggestion_id, version, by, State.WAITING), by, State.DISMISSED)


@audit.atomic()
def suggest_again(*, suggestion_id: int, version: int, by: User) -> IncidentSuggestion:
    """Take a dismissal back."""
    return _decide(_found(suggestion_id, version, by, State.DISMISSED), by, State.WAITING)


def _found(suggestion_id: int, version: int, by: User, state: IncidentSuggestion.State) -> IncidentSuggestion:
    """The suggestion in this state, with its event locked."""
    missing = _("This suggestion does not exist.")
    base.permitted(by, roles.TRIAGE)
    event = IncidentSuggestion.objects.filter(pk=suggestion_id).values_list("event", flat=True)
    if not event:
        raise Missing(missing)
    base.permitted_in(by, roles.TRIAGE, event[0], missing=missing)
    base.locked(event[0])
    suggestion = IncidentSuggestion.objects.select_for_update(no_key=True).get(pk=suggestion_id)
    if suggestion.version != version or suggestion.state != state:
        who = suggestion.by
        raise Conflict(
            by=who.display_name if who else _("The system"), what=suggestion.get_state_display(), at=suggestion.at,
            version=suggestion.version,
        )  # fmt: skip
    return suggestion


def _decide(
    suggestion: IncidentSuggestion, by: User, state: IncidentSuggestion.State, incident: Incident | None = None
) -> IncidentSuggestion:
    before = suggestion.state
    suggestion.state, suggestion.by, suggestion.at, suggestion.incident = state, by, clock.now(), incident
    suggestion.version += 1
    suggestion.save(update_fields=["state", "by", "at", "incident", "version"])
    audit.record(
        actor=f"user:{by.username}", action="suggestion.decide", object_type="suggestion", object_id=str(suggestion.pk),
        before={"state": before}, after={"state": state},
        detail={"version": suggestion.version, "incident": incident.ref if incident else ""},
    )  # fmt: skip
    return suggestion
