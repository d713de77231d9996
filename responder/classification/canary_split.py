"""Splitting posts between the production version and its canary; a shadow version answers unseen.

A canary never costs a post: what it fails at, production answers. One that fails or slows is taken out.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.db.models import F

from classifier import recording, releases, serving
from classifier.errors import ModelUnavailable, Overloaded
from classifier.models import Deployment, Prediction
from responder.models import Post

log = structlog.get_logger(__name__)
MOST_ERRORS = 3
LEAST_POSTS = 200  # posts before a canary's speed is judged
SLOWEST = 1.5  # times the production version's seconds per post
Predictions = dict[int, dict[str, Any]]
Classify = Callable[[Sequence[Post], Any], Predictions]


@dataclass(frozen=True, slots=True)
class AnsweredBatch:
    """Posts and one version's predictions for them."""

    posts: Sequence[Post]
    predictions: Predictions
    version_id: int | None
    role: str


def divide(posts: Sequence[Post], line: serving.ServingSet, classify: Classify) -> Iterator[AnsweredBatch]:
    """Classify each post once: by the canary if it takes the post and succeeds, otherwise by production."""
    taken = [post for post in posts if line.canary and line.canary.takes(post.pk)]
    if taken and line.canary:
        predictions = _tried(taken, line.canary, classify)
        if predictions is not None:
            yield AnsweredBatch(taken, predictions, line.canary.serving.version_id, Prediction.Role.CANARY)
            posts = [post for post in posts if post not in taken]
    if posts:
        started = time.perf_counter()
        predictions = classify(posts, line.production.runtime)
        if line.canary:  # otherwise there is nothing to compare with
            _count(
                Deployment.objects.filter(role=Deployment.Role.PRODUCTION, ended_at=None),
                len(posts),
                time.perf_counter() - started,
            )
        yield AnsweredBatch(posts, predictions, line.production.version_id, Prediction.Role.PRODUCTION)


def shadow(posts: Sequence[Post], line: serving.ServingSet, classify: Classify) -> None:
    """Store the shadow version's predictions; its failures don't affect the posts."""
    taken = [post for post in posts if line.shadow and line.shadow.takes(post.pk)]
    if not taken or line.shadow is None or line.shadow.serving.version_id is None:
        return
    predictions = _tried(taken, line.shadow, classify)
    if predictions is not None:
        version_id = line.shadow.serving.version_id
        Prediction.objects.bulk_create(
            recording.prediction_row(predictions[post.pk], f"post:{post.pk}", version_id, Prediction.Role.SHADOW)
            for post in taken
        )


def _tried(posts: Sequence[Post], trial: serving.Trial, classify: Classify) -> Predictions | None:
    """The trial's predictions; None if it failed, which is counted against it."""
    row = Deployment.objects.filter(pk=trial.deployment_id)
    started = time.perf_counter()
    try:
        predictions = classify(posts, trial.serving.runtime)
    except (Overloaded, ModelUnavailable):
        raise  # not the version's fault
    except Exception:
        log.exception("a version on trial failed", deployment=trial.deployment_id, posts=len(posts))
        row.update(errors=F("errors") + 1)
        _halt_if_bad(trial)
        return None
    _count(row, len(posts), time.perf_counter() - started)
    _halt_if_bad(trial)
    return predictions


def _count(row: Any, posts: int, seconds: float) -> None:
    row.update(posts=F("posts") + posts, seconds=F("seconds") + seconds)


def _halt_if_bad(trial: serving.Trial) -> None:
    deployment = Deployment.objects.get(pk=trial.deployment_id)
    if deployment.role != Deployment.Role.CANARY or deployment.ended_at:
        return
    reason = why_bad(deployment)
    if reason and releases.halt(version_id=deployment.version_id, reason=reason):
        log.error("the canary was halted", version_id=deployment.version_id, reason=reason)
        serving.forget()


def why_bad(canary: Deployment) -> str:
    """The reason to roll a canary back; empty while it performs well or has too few posts."""
    if canary.errors >= MOST_ERRORS:
        return f"it failed {canary.errors} times"
    live = Deployment.objects.filter(role=Deployment.Role.PRODUCTION, ended_at=None).first()
    if live is None or min(live.posts, canary.posts) < LEAST_POSTS:
        return ""
    ratio = (canary.seconds / canary.posts) / (live.seconds / live.posts)
    return f"it takes {ratio:.1f} times as long per post" if ratio > SLOWEST else ""
