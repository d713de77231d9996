"""The pipeline that classifies and places accepted posts.

How a post travels:
1. `claim` leases a batch of accepted posts to this process by a conditional UPDATE (SKIP LOCKED on PostgreSQL): the
   oldest, and while many wait, after each such batch those that go first (`urgent_first`).
2. The batch is classified and placed outside any transaction.
3. `_store` writes post, prediction, places and change in one transaction, if the lease is still ours.
4. The embeddings are stored with the posts, and are grouped next (`incidents.grouping`).
5. A batch that fails is halved until what fails is alone; a post that fails five times is set aside as quarantined.

A process that dies leaves a lease that expires; running twice changes nothing.
"""

import secrets
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q

from classifier import categories, clock, detection, recording, serving
from classifier.azure import remote
from classifier.errors import ModelUnavailable
from classifier.predict import Message, classify, with_languages
from responder import confidence_bands, stopping, webhooks
from responder.classification import canary_split, cues, locating, own_category, reported
from responder.models import Change, Event, Post, TriageAction
from responder.queries import words
from responder.queueing import bulk_rows, leases

log = structlog.get_logger(__name__)
BATCH = 256
FIRST_BATCH = 64  # a quarter of a batch, so that they are on the map soon
MAX_ATTEMPTS = 5
UNNAMED = "und"  # the language is undetermined, and detection isn't repeated
TRIED_AGAIN_AT_ONCE = {1: 32, 2: 8}  # batch size by attempts; from the third attempt on, a post is processed alone
TRY_AGAIN_S = 10.0  # multiplied by the attempts so far
LONGEST_LEASE = max(leases.LEASE, timedelta(seconds=TRY_AGAIN_S * MAX_ATTEMPTS))
ALWAYS_SHOWN_SEVERITY = 2  # Critical and High are never set aside by an abstention
LEAST_UNREAD_SEVERITY = 3  # a post that nobody could read is never at the bottom, whatever the model says
NOT_MEASURED = "language not measured"
UNDERSTOOD = [
    "lang", "lang_stated",
    "state", "lease_until", "lease_owner", "error", "model_version", "classified_at", "category", "group",
    "model_category", "probability", "band", "abstained", "probabilities", "emergency", "emergency_probability",
    "severity", "severity_reason", "priority_score", "needs", "cues", "latitude", "longitude", "radius_km", "place_name",
    "place_type", "country_code", "grid_x", "grid_y",
]  # fmt: skip


def waiting() -> int:
    """The number of posts waiting for classification."""
    return Post.objects.filter(state=Post.State.ACCEPTED).count()


def waiting_up_to(most: int) -> int:
    """The number of posts waiting for classification, counted up to `most` to bound the cost."""
    return Post.objects.filter(state=Post.State.ACCEPTED).order_by()[:most].count()


def drain(*, on_progress: Callable[[int], object] | None = None, limit: int | None = None) -> int:
    """Classify until nothing is left to claim, `limit` posts are done, or the process should stop. Returns the number done."""
    done = 0
    while (limit is None or done < limit) and not stopping.is_requested():
        claimed, done_now = _work_on(claim(limit=BATCH))
        if not claimed:
            break
        done += done_now
        if claimed == BATCH and not stopping.is_requested():  # more wait: in turn, so that none stops the others
            done += _work_on(claim_first(limit=FIRST_BATCH))[1]
        if on_progress:
            on_progress(done)
    return done


def _work_on(posts: list[Post]) -> tuple[int, int]:
    """Classify and group claimed posts. Returns their number, and how many are done."""
    if not posts:
        return 0, 0
    done = _process(posts)
    group()
    return len(posts), done


def group() -> int:
    """Group waiting posts. They are on the map already, so a failure is only logged and retried by the sweeper."""
    try:
        from responder.incidents import grouping  # numpy, which pages that only count waiting posts do without

        return grouping.drain()
    except Exception:
        log.exception("posts could not be grouped; they wait for the sweeper")
        return 0


def claim(*, limit: int) -> list[Post]:
    """Lease up to `limit` new posts, oldest first; otherwise retries, in smaller batches after each failure.

    A post that kills its process is alone before its neighbours have used their tries up.
    """
    free = _free()
    with transaction.atomic():
        dead = Post.objects.filter(free, attempts__gte=MAX_ATTEMPTS).select_for_update(no_key=True, skip_locked=True)
        Post.objects.filter(pk__in=dead).update(
            state=Post.State.QUARANTINED, error="its process died five times while working on it"
        )
        ids = _unlocked(free & Q(attempts=0), limit)
        for attempts, most in TRIED_AGAIN_AT_ONCE.items():
            ids = ids or _unlocked(free & Q(attempts=attempts), min(limit, most))
        ids = ids or _unlocked(free & Q(attempts__gt=len(TRIED_AGAIN_AT_ONCE)), 1)
        return _lease(ids, free)


def claim_first(*, limit: int) -> list[Post]:
    """Lease up to `limit` new posts that go first, oldest first. One that fails is tried again among the others."""
    free = _free()
    with transaction.atomic():
        return _lease(_unlocked(free & Q(goes_first=True, attempts=0), limit), free)


def _free() -> Q:
    return Q(state=Post.State.ACCEPTED) & leases.free(clock.now(), longest=LONGEST_LEASE)


def _lease(ids: Sequence[int], free: Q) -> list[Post]:
    """Take the posts that are still free, for this call alone."""
    if not ids:
        return []
    owner = secrets.token_hex(16)
    Post.objects.filter(free, id__in=ids).update(
        lease_owner=owner, lease_until=clock.now() + leases.LEASE, attempts=F("attempts") + 1
    )
    mine = Post.objects.filter(id__in=ids, lease_owner=owner).select_related("event").defer("event__area")
    return list(mine.order_by("id"))


def _unlocked(condition: Q, limit: int) -> list[int]:
    rows = Post.objects.filter(condition).order_by("id")
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(no_key=True, skip_locked=True)
    return list(rows.values_list("id", flat=True)[:limit])


def _process(posts: list[Post]) -> int:
    owner = posts[0].lease_owner
    with leases.kept(owner):
        try:
            _understand(posts, owner)
            return len(posts)
        except (ModelUnavailable, SystemExit):  # SystemExit: the worker stops now
            _release(posts)
            raise
        except (OperationalError, InterfaceError):
            raise  # the database is down: the lease expires, and the posts are claimed again
        except Exception:
            log.exception("a batch failed; trying its halves", posts=len(posts))
        return _process_halves(posts, owner)


def _process_halves(posts: list[Post], owner: str) -> int:
    """Bisect a failing batch until the failing posts are isolated. Returns the number of processed posts."""
    middle = (len(posts) + 1) // 2
    return sum(_process_part(part, owner) for part in (posts[:middle], posts[middle:]) if part)


def _process_part(posts: list[Post], owner: str) -> int:
    try:
        _understand(posts, owner)
    except (ModelUnavailable, OperationalError, InterfaceError):
        raise  # not the posts' fault: their lease expires, and they are claimed again
    except Exception as error:  # any error: the other posts continue, and the row records this one's
        if len(posts) > 1:
            return _process_halves(posts, owner)
        log.exception("a post failed", post_id=posts[0].pk, attempts=posts[0].attempts)
        _set_back(posts[0], error, owner)
        return 0
    return len(posts)


def _set_back(post: Post, error: Exception, owner: str) -> None:
    state = Post.State.QUARANTINED if post.attempts >= MAX_ATTEMPTS else Post.State.ACCEPTED
    Post.objects.filter(pk=post.pk, lease_owner=owner).update(
        state=state,
        error=f"{type(error).__name__}: {error}"[:500],
        lease_owner="",
        lease_until=None
        if state == Post.State.QUARANTINED
        else clock.now() + timedelta(seconds=TRY_AGAIN_S * post.attempts),
    )


def _release(posts: Sequence[Post]) -> None:
    """Release posts without counting an attempt against them."""
    Post.objects.filter(pk__in=[post.pk for post in posts], state=Post.State.ACCEPTED).update(
        lease_owner="", lease_until=None, attempts=F("attempts") - 1
    )


def _understand(posts: list[Post], owner: str) -> None:
    """Classify and place the `posts` of one lease, then store the results."""
    line, kept = known_line(), decided(posts)
    name_languages(posts)
    for answered in canary_split.divide(posts, line, classify_posts):
        for post in answered.posts:
            apply_prediction(post, answered.predictions[post.pk], version_id=answered.version_id)
            for name, value in kept.get(post.pk, {}).items():
                setattr(post, name, value)
        reported.settle(answered.posts)
        _store(answered, line.production.runtime, owner)
        _count_relations(answered.posts)
    canary_split.shadow(posts, line, classify_posts)


def _count_relations(posts: Sequence[Post]) -> None:
    """Rescore posts that the new ones copy or reply to. All are already stored, so a failure affects only their order."""
    try:
        cues.count_relations(posts)
    except Exception:
        log.exception("copies and answers could not be counted", posts=len(posts))


def name_languages(posts: Sequence[Post]) -> None:
    """Set the detected language on the posts without saving them. The stated language is kept."""
    stated = [post.stated_lang for post in posts]
    for post, said, code in zip(posts, stated, detection.settle(stated, [post.text for post in posts]), strict=True):
        post.lang, post.lang_stated = code, None if code == said else said


def known_line() -> serving.ServingSet:
    """The versions that classify now, registered in the database. Raises ModelUnavailable.

    A process that began while the database was away serves without knowing which version it has: it looks again, for
    no answer about a post may stay without its version.
    """
    line = serving.line()
    if line.production.version_id is None:
        serving.forget()
        line = serving.line()
    if line.production.version_id is None:
        raise ModelUnavailable("The version in production is not known yet.")
    return line


def classify_posts(posts: Sequence[Post], runtime: Any) -> dict[int, dict[str, Any]]:
    """Id of the post → prediction by `runtime`, with the context of each post's event."""
    by_event: dict[int | None, list[Post]] = {}
    for post in posts:
        by_event.setdefault(post.event_id, []).append(post)
    predictions: dict[int, dict[str, Any]] = {}
    for group in by_event.values():
        predictions |= _classify(group, group[0].event, runtime)
    return predictions


def _classify(posts: Sequence[Post], event: Event | None, runtime: Any) -> dict[int, dict[str, Any]]:
    messages = [Message(id=str(post.pk), text=post.text, lang=post.lang or UNNAMED) for post in posts]
    context = locating.context_of(event)
    answers = remote.classify(messages, sha256=runtime.info.sha256, context=context)
    if answers is None:  # Azure is not used, or did not respond
        answers = classify(messages, context=context, runtime=runtime)
    else:
        answers = with_languages(answers, messages, runtime.info)
    return {
        post.pk: answer | {"places": locating.with_source(post, answer["places"])}
        for post, answer in zip(posts, answers, strict=True)
    }


def apply_prediction(post: Post, prediction: dict[str, Any], *, version_id: int | None) -> None:
    """Write a prediction (the contract's JSON) into the post's columns, unsaved."""
    category, priority = prediction["category"], prediction["priority"]
    post.state, post.lease_owner, post.lease_until, post.error = Post.State.CLASSIFIED, "", None, ""
    post.model_version_id, post.classified_at = version_id, clock.now()
    post.category, post.model_category = own_category.shown_category(prediction), category["label"]
    post.probability, post.abstained = category["probability"], category["abstained"]
    post.probabilities = prediction["categories"]
    post.band = confidence_bands.band_of(category["probability"], abstained=category["abstained"])
    post.emergency = prediction["emergency"]["label"]
    post.emergency_probability = prediction["emergency"]["probability"]
    post.severity = categories.PRIORITIES.index(priority["label"]) + 1
    post.severity_reason = "; ".join(priority["reasons"])[:200]
    post.priority_score = priority["score"]
    post.needs = prediction["needs_detected"]
    post.group = group_of(post.category, abstained=post.abstained, severity=post.severity)
    locating.put_on_map(post, locating.choose(prediction["places"]))
    post.cues = None
    if not prediction["language"]["measured"]:
        _leave_to_people(post, priority["reasons"])


def _leave_to_people(post: Post, reasons: Sequence[str]) -> None:
    """Put a post in a language that the model was not measured in where people read it first.

    The model's category stays in `model_category` alone. Its severity may raise the post, and never lowers it.
    """
    post.category, post.group, post.abstained = categories.CANT_JUDGE, categories.UNMEASURED, True
    post.band = confidence_bands.band_of(post.probability or 0, abstained=True)
    post.severity = min(post.severity or LEAST_UNREAD_SEVERITY, LEAST_UNREAD_SEVERITY)
    rules = [reason for reason in reasons if reason.startswith(cues.RULE_REASON)]
    post.severity_reason = "; ".join([*rules, NOT_MEASURED])[:200]
    post.cues = cues.of_post(post)


def group_of(category: str, *, abstained: bool, severity: int) -> str:
    """The group under which a post in a measured language is counted.

    What the model can't judge is set aside, unless it may be urgent.
    """
    if abstained and severity > ALWAYS_SHOWN_SEVERITY:
        return "aside"
    return categories.group_of(category)


def _store(answered: canary_split.AnsweredBatch, runtime: Any, owner: str) -> None:
    from responder.incidents import grouping, meaning
    from responder.offers import noting

    posts, predictions, version_id = list(answered.posts), answered.predictions, answered.version_id
    space, meanings = meaning.embed([post.text for post in posts], runtime)
    meaning_of = {post.pk: one for post, one in zip(posts, meanings, strict=True)}
    with transaction.atomic():
        # A post that was erased meanwhile must not come back, and one that was edited is not what we read: write
        # only rows that still exist and are still ours.
        mine = set(
            Post.objects.filter(pk__in=[post.pk for post in posts], state=Post.State.ACCEPTED, lease_owner=owner)
            .order_by("pk")
            .select_for_update(no_key=True)
            .values_list("pk", flat=True)
        )
        posts = [post for post in posts if post.pk in mine]
        bulk_rows.update(posts, UNDERSTOOD)
        grouping.note(posts, space, [meaning_of[post.pk] for post in posts])
        bulk_rows.insert([row for post in posts for row in locating.places_of(post, predictions[post.pk]["places"])])
        if version_id is not None:
            bulk_rows.insert(
                [
                    recording.prediction_row(predictions[post.pk], f"post:{post.pk}", version_id, answered.role)
                    for post in posts
                ]
            )
        noting.note(posts)
        words.index(posts)
        bulk_rows.insert([Change(post=post, kind=_kind(post)) for post in posts])
        webhooks.understood(posts)


def _kind(post: Post) -> Change.Kind:
    return Change.Kind.EDITED if post.edited_at else Change.Kind.NEW


def decided(posts: Sequence[Post]) -> dict[int, dict[str, Any]]:
    """Post → columns set by people, which a new prediction must not replace; few posts have any."""
    edited = [post for post in posts if post.edited_at or post.placed_by_id]
    if not edited:
        return {}
    severe = set(
        TriageAction.objects.filter(
            post__in=edited, verb=TriageAction.Verb.SEVERITY, undone_by=None
        ).values_list("post", flat=True)
    )  # fmt: skip
    return {post.pk: _set_by_people(post, severe=post.pk in severe) for post in edited}


def _set_by_people(post: Post, *, severe: bool) -> dict[str, Any]:
    names = ["category", "group"] if post.status != Post.Status.UNREVIEWED else []
    names += ["severity", "severity_reason"] if severe else []
    names += locating.ON_THE_MAP if post.placed_by_id else []
    return {name: getattr(post, name) for name in names}
