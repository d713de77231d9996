"""The actions on one post: hide words, show a correction, or erase it. Each is idempotent and needs a transaction."""

from collections.abc import Sequence

from django.db.models import F

from classifier import clock, feedback, locks
from classifier.duplicates import text_key
from classifier.models import Label
from monitoring import audit
from responder import triage, webhooks
from responder.feeds import erasure, ingest
from responder.incidents import base, sizing
from responder.models import Change, CorrectionDecision, CorrectionJob, IncidentPost, Place, Post, Translation
from responder.privacy import hidden_phrases
from responder.privacy.hidden_phrases import Phrase
from responder.privacy.masking import EXACT_KM, HIDDEN
from responder.queries import words
from responder.triage import placing

MISSING = "missing_people"
LEAST_SEVERE = 4
NO_PLACE: dict[str, object] = dict.fromkeys(("latitude", "longitude", "radius_km", "grid_x", "grid_y")) | {
    "place_name": "", "place_type": ""
}  # fmt: skip
Verb = CorrectionDecision.Verb
Counts = dict[str, dict[str, int]]


def apply(decision: CorrectionDecision, job: CorrectionJob) -> Counts:
    """Apply one decision. Returns place → action → count; empty if the post no longer exists."""
    rows = Post.objects.filter(pk=decision.post_id)
    post = rows.select_related("event").first()
    if post is None or decision.done_at is not None:
        return {}
    actor = f"user:{job.owner.username}"
    phrases = [hidden_phrases.parse(line) for line in decision.phrases]
    ingest.one_writer(post.source)  # incoming edits wait for this lock, and then find the new rules
    if decision.later_too:
        hidden_phrases.remember(phrases)
    if decision.verb == Verb.ERASE:
        counts = _erase(post, decision, actor)
    else:
        base.locked_of(rows)
        locks.rows(rows)
        post.refresh_from_db()
        counts = _mask(post, phrases, actor) if phrases else {}
        if decision.verb == Verb.CORRECT:
            counts = added(counts, _correct(post, decision, job))
    CorrectionDecision.objects.filter(pk=decision.pk).update(done_at=clock.now())
    return counts


def _erase(post: Post, decision: CorrectionDecision, actor: str) -> Counts:
    told = {one.pk for one in webhooks.recipients(post.pk)}
    refused = decision.later_too and hidden_phrases.remember_text(post.text)
    labels = Label.objects.filter(subject=f"post:{post.pk}", erased_at=None).exclude(text="").count()
    erased = erasure.delete(source=post.source, source_ids=[post.source_id], by=actor)
    told_now = webhooks.changed_by_request(post.pk, webhooks.ERASED, "erased")
    return {
        "posts": {"erased": erased, "copies_refused": int(refused)},
        "labels": {"erased": labels},
        "partners": {"told": max(told_now, len(told))},
    }  # fmt: skip


def _mask(post: Post, phrases: Sequence[Phrase], actor: str) -> Counts:
    text, hits = hidden_phrases.hide(post.text, phrases)
    handle, in_handle = hidden_phrases.hide(post.author_handle, phrases)
    links = [link for link in post.links if not hidden_phrases.hide(link, phrases)[1]]
    dropped = len(post.links) - len(links)
    hidden_phrases.remember(phrases, source=post.source, source_id=post.source_id)
    if not hits + in_handle + dropped:
        return {}
    placed = _places(post, hidden_phrases.spans(post.text, phrases))
    if post.placed_by_id and (placed or _reveals(post, phrases)):
        placed = NO_PLACE
        placing.forget(post)
    Post.objects.filter(pk=post.pk).update(
        text=text, author_handle=handle, links=links, text_key=text_key(text), version=F("version") + 1,
        lease_owner="", lease_until=None, **placed,
    )  # fmt: skip
    Translation.objects.filter(post=post).delete()  # they may hold what is hidden now
    post.refresh_from_db()
    if post.state == Post.State.CLASSIFIED:
        words.index([post])
    labels = feedback.replace_text(subject=f"post:{post.pk}", text=text, by=actor)
    Change.objects.create(post=post, kind=Change.Kind.EDITED)
    told = webhooks.changed_by_request(post.pk, webhooks.CORRECTED, "masked")
    detail = {"text": hits, "author": in_handle, "links": dropped}
    audit.record(actor=actor, action="post.masked", object_type="post", object_id=str(post.pk), detail=detail)
    return {"posts": {"masked": 1}, "labels": {"masked": labels}, "partners": {"told": told}}


def _reveals(post: Post, phrases: Sequence[Phrase]) -> bool:
    """Whether the place that a person set may tell what is hidden: by its name, or because it is exact."""
    exact = post.radius_km is not None and post.radius_km < EXACT_KM
    return exact or bool(hidden_phrases.hide(post.place_name, phrases)[1])


def _places(post: Post, hidden: Sequence[tuple[int, int]]) -> dict[str, object]:
    """Move the places to the new positions of their words. Returns the columns to clear if the post's own place was hidden."""
    kept, cleared = [], False
    for place in post.places.order_by("start"):
        if any(place.start < end and start < place.end for start, end in hidden):
            cleared |= place.chosen or post.placed_by_id is not None  # a person's place may stand for any of them
            continue
        moved = sum(len(HIDDEN) - (end - start) for start, end in hidden if end <= place.start)
        place.start, place.end, place.pk = place.start + moved, place.end + moved, None
        kept.append(place)
    post.places.all().delete()
    Place.objects.bulk_create(kept)
    return NO_PLACE if cleared else {}


def _correct(post: Post, decision: CorrectionDecision, job: CorrectionJob) -> Counts:
    """Add the correction, and apply `not_missing` if it was chosen."""
    note = f"{decision.note} ({clock.now():%Y-%m-%d})"
    needs = [need for need in post.needs if need != MISSING or not decision.not_missing]
    Post.objects.filter(pk=post.pk).update(correction=note, needs=needs, version=F("version") + 1)
    post.refresh_from_db()
    is_urgent = post.severity is not None and post.severity < LEAST_SEVERE
    if decision.not_missing and is_urgent and post.state == Post.State.CLASSIFIED:
        triage.set_severity(post_id=post.pk, version=post.version, by=job.owner, severity=LEAST_SEVERE)
    sizing.recount(IncidentPost.objects.filter(post=post).values_list("incident", flat=True))
    Change.objects.create(post=post, kind=Change.Kind.EDITED)
    told = webhooks.changed_by_request(post.pk, webhooks.CORRECTED, "corrected")
    audit.record(
        actor=f"user:{job.owner.username}", action="post.correction_added", object_type="post", object_id=str(post.pk),
        detail={"request": job.request.ref, "not_missing": decision.not_missing},
    )  # fmt: skip
    return {"posts": {"corrected": 1}, "partners": {"told": told}}


def added(one: Counts, other: Counts) -> Counts:
    """Return the sum of both counts."""
    return {
        where: {
            what: one.get(where, {}).get(what, 0) + other.get(where, {}).get(what, 0)
            for what in {**one.get(where, {}), **other.get(where, {})}
        }
        for where in {**one, **other}
    }
