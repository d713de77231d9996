"""The triage queue: its tabs, order, pages and counts.

The order: severity, then expected harm of waiting (age times severity: within one severity, the longest wait), then
the least certain. Posts in languages that the model can't read have a separate tab, ordered by cues that don't depend on the language
(`classification.cues`), then the longest wait. Reviewed posts are sorted by decision, newest first. Near-identical posts form one entry, represented by the most
severe post; if several have that severity, by the earliest.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from django.core import signing
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from classifier import clock, moments
from classifier.categories import UNMEASURED
from responder import confidence_bands, roles
from responder.errors import Invalid
from responder.models import Claim, Event, Post, Snooze, TriageAction, User
from responder.queries import posts
from responder.queries.filters import DEFAULT_GROUPS, Filter

TABS = ("review", UNMEASURED, "mine", "uncertain", "snoozed", "done")
PAGE_SIZE = 30
COUNT_LIMIT = 999  # more are shown as “999+”
MOST_SNOOZES = 500  # of one event at a time
BEGUN = 1_000  # a person's newest decisions, among which unfinished work is searched
CURSOR_LIMIT = 300
SALT = "responder.queries.queue.cursor"
OPEN = Q(status=Post.Status.UNREVIEWED)


@dataclass(frozen=True, slots=True)
class Queue:
    """The triage queue of one person: posts of the events in which they may review posts.

    Arguments:
        filter, event: the one filter of all pages; its status gives way to the tab.
        user: whose “mine” it is.
        snoozed: what is snoozed now.
    """

    filter: Filter
    event: Event | None
    user: User
    snoozed: tuple[Snooze, ...]

    @classmethod
    def for_user(cls, post_filter: Filter, event: Event | None, user: User) -> "Queue":
        reviewable = roles.events_of(user, roles.TRIAGE)
        post_filter = replace(post_filter, status="all", visible_events=reviewable)
        return cls(post_filter, event, user, tuple(snoozes(event, reviewable)))

    def entries(self, tab: str) -> QuerySet[Post]:
        """The entries of a tab, one for each text, unordered."""
        found = self.rows(tab)
        return found if tab == "done" else _one_each(found)

    def rows(self, tab: str) -> QuerySet[Post]:
        """The posts of a tab, copies included."""
        if tab == "done":
            # Dismissed posts are in the aside group, so the categories apply only if somebody chose them.
            chosen = (self.filter.groups, self.filter.categories) != (DEFAULT_GROUPS, ())
            found = posts.matching(self.filter, self.event, without=() if chosen else ("cat",))
            return found.exclude(OPEN).filter(reviewed_at__isnull=False)
        # What nobody could read has no category and no confidence: a filter by these must not hide it.
        found = posts.matching(self.filter, self.event, without=("cat", "conf") if tab == UNMEASURED else ())
        asleep = Q(text_key__in=[row.text_key for row in self.snoozed])
        waiting = found.filter(OPEN, severity__isnull=False)
        if tab == "mine":
            return waiting.filter(self._begun())
        if tab == "snoozed":
            return waiting.filter(asleep)
        awake = waiting.exclude(asleep) if self.snoozed else waiting
        if tab == UNMEASURED:
            return awake.filter(group=UNMEASURED)
        uncertain = Q(band__lte=confidence_bands.UNCERTAIN) | Q(band=None) | Q(abstained=True)
        return awake.filter(uncertain) if tab == "uncertain" else awake

    def unread_in(self, lang: str) -> int:
        """The number of posts that the model can't read in languages, as the filter's key `lang` names them.

        COUNT_LIMIT + 1 stands for more.
        """
        work = replace(self, filter=replace(self.filter, lang=lang))
        return work.entries(UNMEASURED).order_by()[: COUNT_LIMIT + 1].count()

    def _begun(self) -> Q:
        """The condition for posts that this person began: claimed, snoozed, or decided on recently."""
        acted = TriageAction.objects.filter(actor=self.user).order_by("-at").values("post_id")[:BEGUN]
        own = [row.text_key for row in self.snoozed if row.by_id == self.user.pk]
        held = Q(claim__user=self.user) & moments.standing("claim__until", clock.now(), longest=Claim.LEASE)
        return held | Q(pk__in=acted) | Q(text_key__in=own)

    def page(self, tab: str, *, cursor: str = "", size: int = PAGE_SIZE) -> posts.Page:
        """The page of a tab after `cursor`. Raises Invalid if the cursor is not one of this tab's."""
        rows = ordered(self.entries(tab), tab)
        if cursor:
            rows = rows.filter(_after(tab, cursor))
        found = list(posts.with_related(rows)[: size + 1])
        more = len(found) > size
        found = found[:size]
        return posts.Page(found, _cursor_of(tab, found[-1]) if more else None)

    def counts(self) -> dict[str, int]:
        """Tab → number of its entries; COUNT_LIMIT + 1 stands for more. One query each."""
        return {tab: self.entries(tab).order_by()[: COUNT_LIMIT + 1].count() for tab in TABS}


def ordered(rows: QuerySet[Post], tab: str) -> QuerySet[Post]:
    """Entries of a tab in the order of work, by the indexes `post_triage`, `post_unmeasured` and `post_reviewed`."""
    if tab == "done":
        return rows.order_by("-reviewed_at", "-id")
    if tab == UNMEASURED:
        return rows.filter(cues__isnull=False).order_by("-cues", "created_at", "id")
    certainty = Coalesce("probability", Value(0.0))
    return rows.annotate(certainty=certainty).order_by("severity", "created_at", "certainty", "id")


def snoozes(event: Event | None, visible_events: frozenset[int] | None = None) -> list[Snooze]:
    """The texts of `event`, or of these events (None: of all), that are snoozed now, in two queries."""
    now = clock.now()
    # A snooze that begins in the future was made before the clock was set back, so its end is unknown.
    rows = Snooze.objects.filter(until__gt=now, at__lte=now + moments.SKEW).select_related("by")
    rows = roles.within(rows, visible_events)
    found = list((rows.filter(event=event) if event else rows).order_by("-until")[:MOST_SNOOZES])
    sizes = _sizes([row for row in found if row.wake_at_size])
    return [row for row in found if not row.wake_at_size or sizes[row.event_id, row.text_key] < row.wake_at_size]


def _sizes(rows: list[Snooze]) -> Counter[tuple[int, str]]:
    if not rows:
        return Counter()
    same = posts.classified().filter(
        text_key__in={row.text_key for row in rows}, event__in={row.event_id for row in rows}
    )
    counted = same.order_by().values_list("event_id", "text_key").annotate(count=Count("id"))
    return Counter({(event_id, key): count for event_id, key, count in counted})


def size_of(post: Post) -> int:
    """The number of posts with the same text, this one included."""
    return posts.classified().filter(event=post.event_id, text_key=post.text_key).count()


def open_copies(found: list[Post]) -> dict[tuple[int | None, str], int]:
    """(event, text) → number of unreviewed posts with one of `found`'s texts; one query."""
    same = posts.classified().filter(
        OPEN, text_key__in={post.text_key for post in found}, event__in={post.event_id for post in found}
    )
    counted = same.order_by().values_list("event_id", "text_key").annotate(count=Count("id"))
    return {(event_id, key): count for event_id, key, count in counted}


def _one_each(found: QuerySet[Post]) -> QuerySet[Post]:
    """One post for each text: the most severe, then the first received."""
    more_severe = Q(severity__lt=OuterRef("severity"))
    earlier = Q(severity=OuterRef("severity"), id__lt=OuterRef("id"))
    same = found.filter(event=OuterRef("event_id"), text_key=OuterRef("text_key"))
    return found.exclude(Exists(same.filter(more_severe | earlier)))


def _cursor_of(tab: str, post: Post) -> str:
    moment = post.reviewed_at if tab == "done" else post.created_at
    certainty = getattr(post, "certainty", 0.0)
    rank = post.cues if tab == UNMEASURED else post.severity
    position = [tab, rank or 0, moment.isoformat() if moment else "", certainty, post.pk]
    return signing.dumps(position, salt=SALT)


def _after(tab: str, cursor: str) -> Q:
    severity, moment, certainty, post_id = _read(tab, cursor)
    if tab == "done":
        return Q(reviewed_at__lt=moment) | Q(reviewed_at=moment, id__lt=post_id)
    if tab == UNMEASURED:
        same = Q(cues=severity)
        later = Q(created_at__gt=moment) | Q(created_at=moment, id__gt=post_id)
        return Q(cues__lt=severity) | same & later
    rank = Q(severity=severity)
    same = rank & Q(created_at=moment)
    return (
        Q(severity__gt=severity)
        | rank & Q(created_at__gt=moment)
        | same & Q(certainty__gt=certainty)
        | same & Q(certainty=certainty, id__gt=post_id)
    )


def _read(tab: str, cursor: str) -> tuple[int, datetime, float, int]:
    try:
        if len(cursor) > CURSOR_LIMIT:
            raise signing.BadSignature
        of_tab, severity, moment, certainty, post_id = signing.loads(cursor, salt=SALT)
        if of_tab != tab:
            raise signing.BadSignature
        return severity, datetime.fromisoformat(moment), certainty, post_id
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Invalid(_("This page link is no longer valid. Open the list again.")) from error


def decided_by(user: User, since: datetime) -> int:
    """A person's decisions since a moment, without undone ones."""
    rows = TriageAction.objects.filter(actor=user, at__gte=since, undone_by=None)
    return rows.exclude(verb__in=(TriageAction.Verb.UNDO, TriageAction.Verb.SEVERITY)).count()
