"""Everything on record about one post, as a ZIP for auditors: post → prediction → exact model → approval → run → data.

Only columns that are listed here enter it, with texts masked and positions rounded as on the screen; a new column stays out
until somebody lists it. Each file is JSON or Markdown.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from classifier import clock, evidence, releases
from classifier.models import (
    ApprovalRequest,
    Decision,
    Deployment,
    Evaluation,
    Label,
    ModelVersion,
    Prediction,
    Snapshot,
    TrainingRun,
    Waiver,
)
from monitoring import anchors, audit
from monitoring.models import AuditEvent
from responder.errors import Missing
from responder.models import Post, TriageAction
from responder.privacy import masked_records, masking

# Of each record: columns as they are stored, and columns that are masked.
COLUMNS: dict[type[models.Model], tuple[tuple[str, ...], tuple[str, ...]]] = {
    Post: (
        (
            "id", "source", "event", "lang", "lang_stated", "created_at", "time_source", "received_at", "text_key",
            "is_exercise", "edited_at", "relation", "state", "attempts", "model_version", "classified_at", "category",
            "group", "model_category", "probability", "band", "abstained", "probabilities", "emergency",
            "emergency_probability", "severity", "severity_reason", "priority_score", "needs", "cues", "radius_km", "place_name",
            "place_type", "country_code", "status", "reviewed_by", "reviewed_at", "version",
        ),
        ("text", "correction", "author_handle", "source_id", "links", "error", "latitude", "longitude"),
    ),
    TriageAction: (("id", "post", "actor", "verb", "at", "version", "batch", "undoes"), ("before", "after")),
    Prediction: (
        (
            "id", "subject", "model_version", "role", "created_at", "category", "probability", "abstained",
            "probabilities", "emergency_probability", "priority", "priority_score", "needs",
        ),
        (),
    ),
    Deployment: (
        (
            "id", "version", "role", "environment", "kind", "share", "by", "request", "started_at", "ended_at", "seconds", "posts",
            "errors", "previous", "reviewed_by", "reviewed_at",
        ),
        ("reason", "ended_because", "review"),
    ),
    Evaluation: (
        (
            "id", "candidate", "live", "run", "snapshot", "at", "n", "metrics", "comparison", "gates", "verdict", "sha256",
        ),
        (),
    ),
    Waiver: (("id", "evaluation", "gate", "by", "at"), ("reason",)),
    ApprovalRequest: (
        (
            "id", "version", "evaluation", "evidence_hash", "requested_by", "requested_at", "expires_at", "state",
            "closed_at",
        ),
        ("closed_because",),
    ),
    Decision: (("id", "request", "verdict", "by", "at", "evidence_hash_seen"), ("reason",)),
    TrainingRun: (
        (
            "id", "run_key", "trigger", "initiator", "label_cutoff", "snapshot", "candidate", "artefact_sha256", "config",
            "provenance", "cost", "state", "attempts", "created_at", "started_at", "heartbeat_at", "finished_at",
            "place",
        ),
        ("reason", "error"),
    ),
    Snapshot: (("id", "hash", "parent", "created_at", "label_cutoff", "files", "labels", "counts", "gates"), ()),
    ModelVersion: (("id", "name", "version", "state", "origin", "sha256", "folder", "created_at", "metrics"), ()),
    Label: (
        (
            "id", "subject", "text_key", "event", "lang", "category", "priority", "how", "by", "at", "task", "supersedes",
            "withdrawn", "predicted", "predicted_probability", "model_version", "erased_at",
        ),
        (),
    ),
    AuditEvent: (
        (
            "sequence", "at", "actor", "request_id", "action", "object_type", "object_id", "before_hash", "after_hash",
            "previous_hash", "hash",
        ),
        ("detail",),
    ),
}  # fmt: skip
MOST_EVENTS = 5_000
MOST_LINES = 2_000
INDEX = """# Records of post {post}

Made {now:%Y-%m-%d %H:%M} UTC for {by}. Times are UTC.

| File | What it holds | Asked for by |
|---|---|---|
| post.json | the post as received (masked) and as understood | |
| decisions.json | what people decided about it | EU AI Act Art. 14 (human oversight) |
| predictions.json | every answer about it, each with its model and the deployment under which it was given | Art. 12 (records) |
| deployments.json | when each of these models answered, and by whose decision | Art. 12, 26 |
| models/ | each model's row, its card and the SHA-256 of its files | Annex IV 2, ML Test Score: Monitor 1 |
| evaluations.json | figures against the version live then, gates, waivers, whether the seal holds | Annex IV 3, ML Test Score: Model 2–7 |
| approvals.json | requests and decisions: who, why, which evidence they saw | Art. 14, Annex IV 2(e) |
| runs.json | training runs: arguments, hashes, cost, log | Annex IV 2(b–d), ML Test Score: Infra 1–3 |
| snapshots/ | what was learnt from, by hash and id, with datasheet | Art. 10, Annex IV 2(d), ML Test Score: Data 1–7 |
| labels.json | what people said this post is, in order; without its text | Art. 10 |
| audit.json | the sealed events about all of these; reasons are masked, so check seals by verification.json | Art. 12 |
| verification.json | whether the whole chain of audit events holds, and its newest anchor | Art. 12, 15 |
"""


def make(*, post_id: int, by: Any) -> bytes:
    """Return the audit bundle as a ZIP, and log that it was created. Raises Missing."""
    post = Post.objects.select_related("event").filter(pk=post_id).first()
    if post is None:
        raise Missing("This post does not exist. It may have been erased.")
    subject = f"post:{post.pk}"
    predictions = list(Prediction.objects.filter(subject=subject).order_by("pk"))
    versions = list(ModelVersion.objects.filter(pk__in={row.model_version_id for row in predictions}))
    evaluations = list(
        Evaluation.objects.filter(candidate__in=versions).select_related("candidate", "live", "run", "snapshot")
    )
    runs = list(TrainingRun.objects.filter(Q(candidate__in=versions) | Q(evaluations__in=evaluations)).distinct())
    snapshots = list(Snapshot.objects.filter(pk__in={row.snapshot_id for row in runs if row.snapshot_id}))
    files = {
        "README.md": INDEX.format(post=post.pk, now=clock.now(), by=by.username),
        "post.json": _post(post),
        "decisions.json": [_row(row) for row in TriageAction.objects.filter(post=post).order_by("pk")],
        "predictions.json": [_row(row) | {"deployment": _deployment_id(row)} for row in predictions],
        "deployments.json": [_row(row) for row in Deployment.objects.filter(version__in=versions).order_by("pk")],
        "evaluations.json": [_evaluation(row) for row in evaluations],
        "approvals.json": [_request(row) for version in versions for row in version.requests.order_by("pk")],
        "runs.json": [_run(row) for row in runs],
        "labels.json": [_row(row) for row in Label.objects.filter(subject=subject).order_by("pk")],
        "audit.json": _events(post, versions, runs, snapshots),
        "verification.json": _verification(),
    }
    for version in versions:
        files[f"models/{version.name}-{version.version}.json"] = _row(version)
        files[f"models/{version.name}-{version.version}.md"] = version.card
    for snapshot in snapshots:
        files[f"snapshots/{snapshot.hash[:16]}.json"] = _row(snapshot)
        files[f"snapshots/{snapshot.hash[:16]}.md"] = snapshot.datasheet
    audit.record(
        actor=f"user:{by.username}", action="records.exported", object_type="post", object_id=str(post.pk),
        detail={"files": len(files)},
    )  # fmt: skip
    return _zip(files)


def _zip(files: Mapping[str, Any]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content, indent=1, default=_plain)
            archive.writestr(name, text)
    return target.getvalue()


def _row(row: models.Model) -> dict[str, Any]:
    """The listed columns of a row, under their own names, masked but for those that hold nobody's data."""
    plain, free = COLUMNS[type(row)]
    stored = {name: getattr(row, row._meta.get_field(name).attname) for name in (*plain, *free)}  # type: ignore[union-attr]
    return stored | {name: shown for name, shown in masked_records.columns(row, plain).items() if name in free}


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _post(post: Post) -> dict[str, Any]:
    columns = _row(post)
    return columns | {"author": columns.pop("author_handle")}


def _deployment_id(prediction: Prediction) -> int | None:
    found = releases.deployment_of(prediction)
    return found.pk if found else None


def _evaluation(row: Evaluation) -> dict[str, Any]:
    waivers = [_row(waiver) | {"by": waiver.by.username} for waiver in row.waivers.select_related("by")]
    return _row(row) | {"candidate": str(row.candidate), "live": str(row.live), "waivers": waivers} | {
        "seal_holds": evidence.is_intact(row)
    }  # fmt: skip


def _request(row: Any) -> dict[str, Any]:
    decisions = [_row(decision) | {"by": decision.by.username} for decision in row.decisions.select_related("by")]
    return _row(row) | {"version": str(row.version), "decisions": decisions}


def _run(run: TrainingRun) -> dict[str, Any]:
    lines = [f"{line.at.isoformat()} {masking.mask(line.text)}" for line in run.lines.order_by("pk")[:MOST_LINES]]
    return _row(run) | {"initiator": run.initiator.username if run.initiator else None, "log": lines}


def _events(
    post: Post, versions: Iterable[ModelVersion], runs: Iterable[TrainingRun], snapshots: Iterable[Snapshot]
) -> list[dict[str, Any]]:
    about = Q(object_type="post", object_id=str(post.pk))
    for kind, rows in (("model_version", versions), ("training_run", runs), ("snapshot", snapshots)):
        about |= Q(object_type=kind, object_id__in=[str(row.pk) for row in rows])
    return [_row(event) for event in AuditEvent.objects.filter(about).order_by("sequence")[:MOST_EVENTS]]


def _verification() -> dict[str, Any]:
    anchor = anchors.last()
    verdict = audit.verify(anchor)
    return {
        "intact": verdict.intact, "events": verdict.events, "broken_at": verdict.broken_at, "problem": verdict.problem,
        "anchor": str(anchor) if anchor else None, "head": str(verdict.head) if verdict.head else None,
    }  # fmt: skip
