"""Decisions on a request: the action for each post, and queueing the decision."""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder.corrections import records, running
from responder.corrections.checking import opened, written
from responder.errors import FieldChecks, Invalid, NotPermitted
from responder.models import (
    CorrectionDecision,
    CorrectionJob,
    CorrectionRequest,
    IncidentPost,
    Post,
    PredictionJob,
    User,
)
from responder.models.correction import MOST_DECISIONS, MOST_PHRASES, NOTE_LIMIT
from responder.privacy import hidden_phrases

KEPT = timedelta(days=90)
ROWS_A_STEP = 2_000
NO_POST = 0  # only what people wrote in incidents, alerts and views
SHORTEST_NOTE = 3
State, Verb = CorrectionRequest.State, CorrectionDecision.Verb


@audit.atomic()
def plan(
    *, ref: str, version: int, post_ids: Sequence[int], verb: str, phrases: str = "", note: str = "",
    not_missing: bool = False, later_too: bool = False, by: User,
) -> CorrectionRequest:  # fmt: skip
    """Add posts to the decision, or change their action. Changes no post yet.

    Arguments:
        post_ids: the posts; empty for only what people wrote in incidents, alerts and views.
        phrases: words and numbers to hide, one per line.
        note: the correction, as shown next to the text.
        not_missing: whether the post is no longer treated as a report of missing people.
        later_too: whether the action applies to future posts too.

    Raises InvalidFields and the errors of `opened`.
    """
    request = opened(ref, version, by, State.CHECKING)
    _require_identity(request)
    checks, note = FieldChecks(), " ".join(note.replace("\0", "").split())
    if verb not in Verb.values:
        checks.refuse("verb", _("Choose one of the options."))
    lines = checks.read("phrases", _phrases, phrases) or []
    if verb == Verb.MASK and not lines:
        checks.refuse("phrases", _("Enter the words or numbers to hide, one per line."))
    if verb == Verb.CORRECT and not SHORTEST_NOTE <= len(note) <= NOTE_LIMIT:
        checks.refuse("note", _("Enter a correction of 3 to 160 characters. Everyone who sees the post will read it."))
    if not post_ids and verb != Verb.MASK:
        checks.refuse("post", _("Choose at least one post."))
    posts = list(Post.objects.filter(pk__in=post_ids).order_by("pk"))
    if len(posts) < len(set(post_ids)):
        checks.refuse("post", _("One of these posts no longer exists. Reload the page."))
    if verb == Verb.MASK and (without := [post.pk for post in posts if not _holds(post, lines)]):
        shown = ", ".join(map(str, without[:5]))
        checks.refuse("phrases", _("Not found in post %(posts)s: any of these words or numbers.") % {"posts": shown})
    checks.require_valid()
    for post_id in [post.pk for post in posts] or [NO_POST]:
        CorrectionDecision.objects.update_or_create(
            request=request, post_id=post_id,
            defaults={"verb": verb, "phrases": lines, "note": note if verb == Verb.CORRECT else "",
                      "not_missing": not_missing and verb == Verb.CORRECT, "later_too": later_too},
        )  # fmt: skip
    if request.decisions.count() > MOST_DECISIONS:
        raise Invalid(_("A request can cover at most %(most)d posts.") % {"most": MOST_DECISIONS})
    return written(request, by, "planned", posts=[post.pk for post in posts], verb=verb)


@audit.atomic()
def unplan(*, ref: str, version: int, decision: int, by: User) -> CorrectionRequest:
    """Remove a post from the decision. Raises the errors of `opened`."""
    request = opened(ref, version, by, State.CHECKING)
    request.decisions.filter(pk=decision).delete()
    return written(request, by, "unplanned")


@audit.atomic()
def carry_out(*, ref: str, version: int, by: User) -> CorrectionJob:
    """Record the decision and queue it. Raises Invalid without an identity check or posts, and the errors of `opened`."""
    request = opened(ref, version, by, State.CHECKING)
    _require_identity(request)
    if settings.CORRECTIONS_TWO_PEOPLE and request.identity_by_id == by.pk:
        raise NotPermitted(_("You checked the identity, so someone else must decide. Ask another lead."))
    decisions = list(request.decisions.all())
    if not decisions:
        raise Invalid(_("Choose an action for at least one post, or refuse the request."))
    now = clock.now()
    request.state, request.decided_by, request.decided_at = State.DECIDED, by, now
    ids = [one.post_id for one in decisions]
    job = CorrectionJob.objects.create(
        owner=by, request=request, steps=_steps(decisions), expires_at=now + KEPT, woken_at=now,
        incident_ids=sorted(set(IncidentPost.objects.filter(post__in=ids).values_list("incident", flat=True))),
    )  # fmt: skip
    running.CORRECTIONS.send(job)
    written(request, by, "decided", posts={str(one.post_id): one.verb for one in decisions}, steps=len(job.steps))
    return job


@audit.atomic()
def try_again(*, ref: str, version: int, by: User) -> CorrectionRequest:
    """Retry a failed decision. Completed steps are kept. Raises the errors of `opened`."""
    request = opened(ref, version, by, State.DECIDED)
    failed = CorrectionJob.objects.filter(request=request, state=CorrectionJob.State.FAILED)
    if failed.update(
        state=CorrectionJob.State.WAITING, attempts=0, error="", finished_at=None, woken_at=clock.now(), owner=by
    ):
        running.CORRECTIONS.send(CorrectionJob.objects.get(request=request))
    return written(request, by, "tried_again")


def _steps(decisions: Sequence[CorrectionDecision]) -> list[list[object]]:
    """Return the steps in order: posts, what people wrote, files, and closing the request."""
    steps: list[list[object]] = [["post", one.pk] for one in decisions]
    if any(one.phrases for one in decisions):
        for name, table in records.TABLES.items():
            last = table.model._default_manager.aggregate(last=Max("pk"))["last"] or 0
            steps += [["records", name, start, start + ROWS_A_STEP] for start in range(0, last, ROWS_A_STEP)]
        steps += [["job", str(ref)] for ref in PredictionJob.objects.order_by("pk").values_list("ref", flat=True)]
    return [*steps, ["exports"], ["close"]]


def _require_identity(request: CorrectionRequest) -> None:
    if not request.identity:
        raise Invalid(_("Record the identity check first."))


def _phrases(text: str) -> list[str]:
    lines = list(dict.fromkeys(line.strip() for line in text.replace("\0", "").splitlines() if line.strip()))
    if len(lines) > MOST_PHRASES:
        raise Invalid(_("Enter at most %(most)d lines.") % {"most": MOST_PHRASES})
    for line in lines:
        hidden_phrases.parse(line)
    return lines


def _holds(post: Post, lines: Sequence[str]) -> bool:
    phrases = [hidden_phrases.parse(line) for line in lines]
    return any(hidden_phrases.hide(text, phrases)[1] for text in (post.text, post.author_handle, *post.links))
