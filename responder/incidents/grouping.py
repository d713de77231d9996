"""Grouping posts about the same thing into an incident, by meaning, place and time.

How a post is grouped:
1. `note` writes its meaning beside it in the transaction that stores what was understood: that row is the queue.
2. `drain` takes the posts that wait, event by event. One writer at a time works on an event, so two workers make no
   twins, and a post that was grouped is not grouped again: each step may run twice. Who finds an event taken goes on
   with other work: the one that has it takes what waits there.
3. A post is compared with leaders: earlier posts that joined nothing when they came, near in time and place, and alike
   by the hash. Alike enough, it joins the incident of its leader, or the two of them become one; a little less alike,
   it is suggested to people; else it leads. Posts that state different addresses never meet, neither as leaders nor as
   posts of one incident: a post that brings the first address to its leader's incident leads besides, to be compared.
4. Posts that come together become an incident; posts that are few, without a place and not critical are suggested to people
   instead (`suggesting`), until there is more of them. A critical post opens an incident by itself and leads, so that what
   resembles it joins it. Nothing that was set aside as not humanitarian opens one.
5. A batch that fails is halved until what fails is alone: that post is tried again later, five times in all, and then set
   aside by name (`failures`). What waits behind it moves on.

Comparing with leaders alone keeps incidents from growing by chains (A is like B, B like C), and the work small.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet

from classifier import categories, clock
from monitoring import audit
from responder.incidents import base, evidence, facts, failures, identifiers, matching, rechecking, sizing, suggesting
from responder.incidents.authors import key_of, muted_in
from responder.incidents.identifiers import Identifiers, Relation, read_identifiers
from responder.incidents.matching import Candidate, Leaders, Match
from responder.incidents.meaning import Meaning
from responder.incidents.suggesting import Cluster
from responder.models import Incident, IncidentEntry, IncidentPost, Post, PostEmbedding
from responder.queueing import bulk_rows

log = structlog.get_logger(__name__)
BATCH = 256
MOST_LEADERS = 4_000  # the newest around a batch
RULE = "system:grouping"
REMEMBERED = 3 * MOST_LEADERS
SET_ASIDE = "aside"
NOT_GROUPED = ("sympathy_and_support",)  # these are similar everywhere and not actionable, unless one is critical
CRITICAL = 1
COLUMNS = (
    "event_id", "space", "cell", "at", "vector", "signature", "post__event_id", "post__text", "post__text_key", "post__source",
    "post__author_handle", "post__created_at", "post__category", "post__group", "post__severity", "post__latitude",
    "post__longitude", "post__radius_km", "post__place_name", "post__is_exercise", "post__version", "post__lang",
    "post__needs", "post__edited_at",
)  # fmt: skip
# Post, its version and words, when → what is compared of it. Every change of what a post says makes another version.
_read: dict[tuple[int, int, str, datetime], tuple[Candidate, Post]] = {}


_OTHER_ADDRESS = (Relation.OTHER_ADDRESS, Relation.OTHER_ADDRESS_SAME_PHONE)


@dataclass(slots=True)
class _Gathering:
    """An incident, new or existing, and the posts that a batch adds to it (post → similarity)."""

    incident: Incident
    joined: dict[int, float] = field(default_factory=dict)
    suggested: dict[int, float] = field(default_factory=dict)


@dataclass(slots=True)
class _Work:
    """The results of one batch, collected before anything is written."""

    home: dict[int, _Gathering]  # by post
    leaders: Leaders
    refused: set[tuple[int | None, int]]
    posts: dict[int, Post]
    clusters: dict[int, Cluster]  # by post
    touched: list[_Gathering] = field(default_factory=list)
    leads: set[int] = field(default_factory=set)
    stated: dict[int, Identifiers] = field(default_factory=dict)  # by incident: what its leaders state
    changed_clusters: list[Cluster] = field(default_factory=list)
    revisited: set[int] = field(default_factory=set)  # incidents of posts that are grouped again

    def __post_init__(self) -> None:
        for leader in self.leaders:
            self._note_stated(leader)

    def lead(self, post: Candidate) -> None:
        self.leaders.add(post)
        self.leads.add(post.post_id)
        self._note_stated(post)

    def best(self, post: Candidate) -> Match | None:
        """Return the best match among leaders whose incident is not about another address."""
        return self.leaders.best(post, lambda leader: self._is_elsewhere(post, leader))

    def _note_stated(self, leader: Candidate) -> None:
        gathering = self.home.get(leader.post_id)
        if gathering and leader.identifiers.addresses:
            self.stated[id(gathering)] = self.stated.get(id(gathering), identifiers.NONE) | leader.identifiers

    def _is_elsewhere(self, post: Candidate, leader: Candidate) -> bool:
        """Whether other leaders of this leader's incident state addresses, none of which is the post's."""
        if not post.identifiers.addresses:
            return False
        gathering = self.home.get(leader.post_id)
        stated = self.stated.get(id(gathering)) if gathering else None
        return stated is not None and post.identifiers.relation(stated) in _OTHER_ADDRESS

    def open(self, leader: Candidate, gathering: _Gathering) -> None:
        self.home[leader.post_id] = gathering
        self._note_stated(leader)

    def touch_cluster(self, cluster: Cluster) -> Cluster:
        if not any(one is cluster for one in self.changed_clusters):
            self.changed_clusters.append(cluster)
        return cluster

    def suggested_nowhere(self, post_id: int) -> None:
        """A post that belongs to an incident is no suggestion for another one."""
        for gathering in self.touched:
            gathering.suggested.pop(post_id, None)

    def touch(self, gathering: _Gathering) -> _Gathering:
        if not any(one is gathering for one in self.touched):
            self.touched.append(gathering)
        return gathering


def note(posts: Sequence[Post], space: str, meanings: Sequence[Meaning]) -> None:
    """Store the meaning of posts and queue them for grouping. Idempotent."""
    rows = [
        PostEmbedding(
            post=post, event_id=post.event_id, space=space, cell=_cell(post), at=post.created_at,
            vector=meaning.vector, signature=meaning.signature,
        )
        for post, meaning in zip(posts, meanings, strict=True)
    ]  # fmt: skip
    bulk_rows.insert(rows, ignore=True)


def waiting() -> bool:
    """Whether any post is waiting to be grouped."""
    return PostEmbedding.objects.filter(grouped_at=None).exists()


def drain(*, limit: int | None = None) -> int:
    """Group all waiting posts. Returns the number examined."""
    done, began = 0, clock.now()
    while limit is None or done < limit:
        first = failures.due(began).order_by("post_id").only("event_id").first()
        if first is None:
            break
        examined = _group_event(first.event_id, began)
        if not examined:
            break
        done += examined
    return done


def _group_event(event_id: int | None, began: datetime) -> int:
    """Group a batch of the event's posts. Posts that fail are left out and not retried since `began`."""
    try:
        return _group(event_id, began)
    except (OperationalError, InterfaceError):
        raise  # the database is down: not the posts' fault
    except Exception:
        log.exception("a batch could not be grouped; trying its halves", event_id=event_id)
    waiting = failures.due(began).filter(event=event_id).order_by("post_id")
    return _group_halves(event_id, began, list(waiting.values_list("post_id", flat=True)[:BATCH]))


def _group_halves(event_id: int | None, began: datetime, post_ids: Sequence[int]) -> int:
    middle = (len(post_ids) + 1) // 2
    return sum(_group_part(event_id, began, part) for part in (post_ids[:middle], post_ids[middle:]) if part)


def _group_part(event_id: int | None, began: datetime, post_ids: Sequence[int]) -> int:
    try:
        return _group(event_id, began, post_ids)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # any error: the other posts continue, and the row records this one's
        if len(post_ids) > 1:
            return _group_halves(event_id, began, post_ids)
        log.exception("a post could not be grouped", post_id=post_ids[0])
        failures.set_back(post_ids[0], error)
        return 1


@audit.atomic()
def _group(event_id: int | None, began: datetime, post_ids: Sequence[int] | None = None) -> int:
    """Group a batch of the event's posts, oldest first; 0 if another process is grouping that event.

    Arguments:
        post_ids: only these; None for whatever waits.

    It will find what was noted meanwhile when it looks for its next batch, so nobody need wait for it: two workers that
    waited for each other lost a third of their time.
    """
    if not base.locked_at_once(event_id):
        return 0
    waiting = failures.due(began).filter(event=event_id)
    if post_ids is not None:
        waiting = waiting.filter(post__in=post_ids)
    rows = list(waiting.select_related("post").only(*COLUMNS).order_by("post_id")[:BATCH])
    if not rows:
        return 1  # another worker was faster
    muted = muted_in(event_id)
    work = _decided(event_id, [row for row in rows if _groupable(row.post, muted)], muted)
    _store(work)
    evidence.follow_edits([row.post_id for row in rows if row.post.edited_at])
    PostEmbedding.objects.filter(post__in=work.leads).update(leads=True)
    PostEmbedding.objects.filter(post__in=[row.post_id for row in rows]).update(grouped_at=clock.now())
    return len(rows)


def _groupable(post: Post, muted: set[str]) -> bool:
    if post.group == SET_ASIDE or (categories.base_of(post.category) in NOT_GROUPED and post.severity != CRITICAL):
        return False
    return not muted or key_of(post) not in muted


def _decided(event_id: int | None, rows: Sequence[PostEmbedding], muted: set[str]) -> _Work:
    near = _leaders(event_id, rows) if rows else []
    posts = {row.post_id: row.post for row in rows} | {one.post_id: post for one, post in near}
    home = _homes(list(posts))
    # A resolved incident stays closed: later similar posts are news and must not vanish in it.
    leaders = _comparable(
        [
            one for one, post in near
            if _groupable(post, muted) and not (one.post_id in home and home[one.post_id].incident.resolved)
        ],
        room=len(rows),
    )  # fmt: skip
    work = _Work(home, leaders, _refused([row.post_id for row in rows]), posts, suggesting.clusters_of(list(posts)))
    work.revisited = {home[row.post_id].incident.pk for row in rows if row.post_id in home}
    for row in rows:
        post = _candidate(row)
        # A person has already put it into an incident.
        if row.post_id in home or not _placed(work, post, work.best(post)):
            work.lead(post)
            _open_alone(work, post)
    return work


def _open_alone(work: _Work, post: Candidate) -> None:
    """Open an incident with a critical post that belongs to none, unless people took it out of one."""
    if post.post_id in work.home or work.posts[post.post_id].severity != CRITICAL:
        return
    if any(refused == post.post_id for _incident, refused in work.refused):
        return
    cluster = work.clusters.get(post.post_id)
    together = cluster.posts if cluster and cluster.waits else [work.posts[post.post_id]]
    _open(work, together, {post.post_id: 1.0})
    if cluster and cluster.waits:
        work.touch_cluster(cluster).opened_by = work.home[post.post_id].incident


def _open(work: _Work, posts: Sequence[Post], likeness: Mapping[int, float]) -> _Gathering:
    """Begin an incident with these posts."""
    gathering = work.touch(_Gathering(_opened(list(posts))))
    for post in posts:
        gathering.joined[post.pk] = likeness.get(post.pk, 1.0)
        work.home[post.pk] = gathering
        work.suggested_nowhere(post.pk)
    return gathering


def _comparable(candidates: Sequence[Candidate], *, room: int) -> Leaders:
    """The leaders that can be compared: a broken one must not fail every post that comes near it."""
    leaders = Leaders(room=len(candidates) + room)
    for one in candidates:
        try:
            leaders.add(one)
        except Exception:
            log.exception("a leader was left out", post_id=one.post_id)
    return leaders


def _placed(work: _Work, post: Candidate, match: Match | None) -> bool:
    """Add the post to its match's incident. Returns whether it joined, so that it needn't become a leader."""
    if match is None:
        return False
    leader = match.leader
    gathering = work.home.get(leader.post_id)
    if gathering and (gathering.incident.pk, post.post_id) in work.refused:
        return False
    if not match.joins:
        if gathering:
            work.touch(gathering).suggested[post.post_id] = match.likeness
        return False
    if gathering is None:
        return _clustered(work, post, match)
    work.home[post.post_id] = work.touch(gathering)
    gathering.joined[post.post_id] = match.likeness
    return _needs_no_leader(post, leader)


def _clustered(work: _Work, post: Candidate, match: Match) -> bool:
    """Put a post together with a leader that belongs to no incident; otherwise as `_placed`.

    They open an incident, with what was suggested together with them, or are suggested to people.
    """
    leader, of_leader = match.leader, work.clusters.get(match.leader.post_id)
    if of_leader and not of_leader.waits and suggesting.worth_an_incident([work.posts[post.post_id]]):
        return False  # people said that the leader is no incident, but this post says more
    known = of_leader or work.clusters.get(post.post_id)
    cluster = work.touch_cluster(known or Cluster(work.posts[leader.post_id].event_id))
    for one, likeness in ((leader, 1.0), (post, match.likeness)):
        cluster.add(work.posts[one.post_id], likeness)
        work.clusters[one.post_id] = cluster
    if cluster.waits and suggesting.worth_an_incident(cluster.posts):
        gathering = _open(work, cluster.posts, cluster.likeness)
        cluster.opened_by = gathering.incident
        work.open(leader, gathering)
        return _needs_no_leader(post, leader)
    return _near_in_time(post, leader)


def _needs_no_leader(post: Candidate, leader: Candidate) -> bool:
    # After half a window the incident needs a newer leader to be found, and with its first address one that states it.
    brings_address = bool(post.identifiers.addresses) and not leader.identifiers.addresses
    return _near_in_time(post, leader) and not brings_address


def _near_in_time(post: Candidate, leader: Candidate) -> bool:
    return abs(post.at - leader.at) <= matching.WINDOW / 2


def _opened(posts: list[Post]) -> Incident:
    incident = Incident(event_id=posts[0].event_id, is_exercise=posts[0].is_exercise)
    sizing.describe(incident, posts)
    return incident


def _store(work: _Work) -> None:
    new = [one for one in work.touched if one.incident.pk is None]
    Incident.objects.bulk_create([one.incident for one in new])
    _write(work.touched, "joined", IncidentPost.State.ACCEPTED)
    _write(work.touched, "suggested", IncidentPost.State.SUGGESTED)
    suggesting.store(work.changed_clusters)
    joined = [post_id for one in work.touched for post_id in one.joined]
    facts.note(joined)
    rechecking.heed(joined)
    suggesting.leave(joined)
    grown = [one for one in work.touched if one.joined]
    IncidentEntry.objects.bulk_create(
        IncidentEntry(
            incident=one.incident, verb=base.Verb.CREATE if one in new else base.Verb.GROUP, posts=len(one.joined),
            version=one.incident.version,
        )
        for one in grown
    )  # fmt: skip
    sizing.recount({one.incident.pk for one in grown} | work.revisited)
    if grown:
        audit.record(
            actor=RULE, action="incident.group", object_type="incident", object_id="batch",
            detail={"opened": [one.incident.ref for one in new],
                    "posts": {one.incident.ref: sorted(one.joined) for one in grown}},
        )  # fmt: skip


def _write(touched: Sequence[_Gathering], which: str, state: IncidentPost.State) -> None:
    rows = [
        IncidentPost(incident=one.incident, post_id=post_id, state=state, likeness=round(likeness, 3), at=clock.now())
        for one in touched
        for post_id, likeness in getattr(one, which).items()
    ]
    if state == IncidentPost.State.SUGGESTED:  # never in place of what a person said
        IncidentPost.objects.bulk_create(rows, ignore_conflicts=True, batch_size=100)
        return
    IncidentPost.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["incident", "post"], update_fields=["state", "likeness", "at"],
        batch_size=100,
    )  # fmt: skip


def _leaders(event_id: int | None, rows: Sequence[PostEmbedding]) -> list[tuple[Candidate, Post]]:
    """Leaders that a batch may match, read by index: same event, near in time, near in place or without one.

    A post without a place finds placed leaders by its words alone, as their copy.
    """
    cells = {matching.UNPLACED} | {cell for row in rows for cell in matching.cells_around(row.cell)}
    times = [row.at for row in rows]
    around = PostEmbedding.objects.filter(
        event=event_id, leads=True, space=rows[0].space,
        at__gte=min(times) - matching.WINDOW, at__lte=max(times) + matching.WINDOW,
    ).exclude(post__in=[row.post_id for row in rows]).order_by("-at", "-post_id")  # fmt: skip
    near = _known(around.filter(cell__in=cells))
    unplaced = {row.post.text_key for row in rows if row.cell == matching.UNPLACED}
    if unplaced:
        near += _known(around.filter(post__event=event_id, post__text_key__in=unplaced).exclude(cell__in=cells))
    return near


def _known(found: QuerySet[PostEmbedding]) -> list[tuple[Candidate, Post]]:
    """The newest leaders of `found`; posts that this process has read before come from its cache."""
    keys = list(found.values_list("post_id", "post__version", "post__text_key", "at")[:MOST_LEADERS])
    unread = [key[0] for key in keys if key not in _read]
    for row in PostEmbedding.objects.filter(post__in=unread).select_related("post").only(*COLUMNS):
        _read[row.post_id, row.post.version, row.post.text_key, row.at] = (_candidate(row), row.post)
    leaders = [_read[key] for key in keys if key in _read]
    while len(_read) > REMEMBERED:
        _read.pop(next(iter(_read)))
    return leaders


def _candidate(row: PostEmbedding) -> Candidate:
    post = row.post
    return Candidate(
        post_id=post.pk,
        at=row.at,
        words=matching.words_of(post.text),
        names=matching.names_of(post.text),
        vector=bytes(row.vector),
        signature=bytes(row.signature),
        place=matching.place_of(post.latitude, post.longitude, post.radius_km),
        identifiers=read_identifiers(post.text),
    )


def _homes(post_ids: Sequence[int]) -> dict[int, _Gathering]:
    """Post → its incident; posts of one incident share one gathering. Two queries, each incident read once."""
    belongs = IncidentPost.objects.filter(post__in=post_ids, state=IncidentPost.State.ACCEPTED)
    homes = dict(belongs.values_list("post_id", "incident_id"))
    incidents = Incident.objects.in_bulk(set(homes.values()))
    gatherings = {pk: _Gathering(incident) for pk, incident in incidents.items()}
    return {post_id: gatherings[pk] for post_id, pk in homes.items()}


def _refused(post_ids: Sequence[int]) -> set[tuple[int | None, int]]:
    """(incident, post) pairs that people separated; no rule joins them again."""
    rows = IncidentPost.objects.filter(post__in=post_ids).exclude(
        state__in=[IncidentPost.State.ACCEPTED, IncidentPost.State.SUGGESTED]
    )
    return set(rows.values_list("incident", "post"))


def _cell(post: Post) -> int:
    placed = matching.place_of(post.latitude, post.longitude, post.radius_km) is not None
    return matching.cell_of(post.grid_x, post.grid_y, placed=placed)
