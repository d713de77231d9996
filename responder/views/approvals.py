"""Pages for approving a model version: evidence side by side, and the decision of a named person."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from classifier import evidence, releases
from classifier.models import ApprovalRequest, Prediction
from responder import roles
from responder.queries import flips, parts
from responder.views import governed


@require_safe
@roles.requires(roles.VIEW, everywhere=True)
def index(request: HttpRequest) -> HttpResponseBase:
    """Requests, the open ones first."""
    rows = ApprovalRequest.objects.select_related("version", "evaluation", "requested_by").prefetch_related(
        "decisions__by"
    )
    is_open = Q(state=ApprovalRequest.State.OPEN)
    context = {
        "open": parts.paginate(request, rows.filter(is_open), "open"),
        "closed": parts.paginate(request, rows.exclude(is_open), "closed"),
    }
    return governed.page(request, "model/approvals.html", context)


@require_safe
@roles.requires(roles.VIEW, everywhere=True)
def detail(request: HttpRequest, request_id: int) -> HttpResponseBase:
    """One request with its evidence."""
    asked = _asked(request_id)
    evaluation = asked.evaluation
    now = evidence.hash_of(evaluation)
    blocking = evidence.blocking(evaluation)
    waivers = {waiver.gate: waiver for waiver in evaluation.waivers.select_related("by")}
    context = {
        "asked": asked,
        "evaluation": evaluation,
        "gates": [
            gate
            | {
                "margin": flips.margin(gate),
                "waiver": waivers.get(gate["name"]),
                "may_waive": gate in blocking and evidence.may_waive(gate),
            }
            for gate in evaluation.gates
        ],
        "flipped": flips.from_comparison(evaluation.comparison),
        "reach": flips.reach(evaluation.live),
        "blocking": [gate["name"] for gate in blocking],
        "figures": side_by_side(evaluation.metrics),
        "classes": classes(evaluation.metrics),
        "slices": slices(evaluation.metrics),
        "evidence_hash": now,
        "changed": now != asked.evidence_hash,
        "shadow_ends": releases.shadow_ends(asked.version),
        "shadow": shadow_agreement(asked.version_id),
        "decisions": asked.decisions.select_related("by"),
        "is_open": asked.state == ApprovalRequest.State.OPEN,
    }
    return governed.page(request, "model/approval.html", context)


@require_POST
@governed.tells_refusals
@roles.requires(roles.APPROVE)
def decide(request: HttpRequest, request_id: int) -> HttpResponseBase:
    """Approve or reject, as `verdict` says."""
    verbs = {"approve": releases.approve, "reject": releases.reject}
    verb = verbs.get(request.POST.get("verdict", ""))
    if verb is None:
        return governed.page(request, "400.html", {"title": _("Choose approve or reject.")}, status=400)
    verb(
        request_id=request_id,
        by=request.user,
        reason=request.POST.get("reason", ""),
        evidence_hash=request.POST.get("evidence", ""),
    )
    return governed.done(request, _("Your decision is recorded."), "approval", request_id)


@require_POST
@governed.tells_refusals
@roles.requires(roles.APPROVE)
def waive(request: HttpRequest, request_id: int) -> HttpResponseBase:
    """Waive one gate, in one's own name."""
    asked = _asked(request_id)
    releases.waive(
        evaluation_id=asked.evaluation_id,
        gate=request.POST.get("gate", ""),
        by=request.user,
        reason=request.POST.get("reason", ""),
    )
    anew = asked.version.requests.filter(state=ApprovalRequest.State.OPEN).first()
    said = _("The gate is waived in your name. Approval was requested again; another person must decide.")
    return governed.done(request, said, "approval", anew.pk if anew else request_id)


def _asked(request_id: int) -> ApprovalRequest:
    rows = ApprovalRequest.objects.select_related(
        "version", "requested_by", "evaluation__candidate", "evaluation__live", "evaluation__snapshot",
        "evaluation__run__initiator",
    )  # fmt: skip
    return get_object_or_404(rows, pk=request_id)


NAMES = (
    ("category", "macro_f1", "Category, macro-F1"), ("category", "weighted_f1", "Category, weighted F1"),
    ("category", "ece", "Category, calibration error"), ("unseen", "macro_f1", "Category on other events, macro-F1"),
    ("emergency", "f1", "Emergency, F1"), ("priority", "urgent_recall_at_20_percent", "Urgent posts in the first fifth"),
    ("needs", "macro_f1", "Needs, macro-F1"),
)  # fmt: skip


def side_by_side(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each figure of both versions, with its count and interval if it has one."""
    rows = []
    for task, figure, name in NAMES:
        sides = [metrics.get(side, {}).get(task, {}) for side in ("candidate", "live")]
        if all(figure in side for side in sides):
            rows.append(
                {
                    "name": name,
                    "n": sides[0].get("n"),
                    "candidate": sides[0][figure],
                    "live": sides[1][figure],
                    "interval": sides[0].get(f"{figure}_interval"),
                    "live_interval": sides[1].get(f"{figure}_interval"),
                }
            )
    return rows


def classes(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    """Recall and F1 of each class in both versions."""
    tables = [metrics.get(side, {}).get("category", {}).get("per_class", {}) for side in ("candidate", "live")]
    return [
        {"name": name, "n": row["n"], "candidate": row, "live": tables[1].get(name, {})}
        for name, row in tables[0].items()
        if row["n"]
    ]


def slices(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    """Accuracy of each language, source and hazard in both versions."""
    mine, live = (metrics.get(side, {}).get("slices", {}) for side in ("candidate", "live"))
    return [
        {"part": part, "name": name, "n": row["n"], "candidate": row, "live": live.get(part, {}).get(name, {})}
        for part, table in mine.items()
        for name, row in table.items()
    ]


def shadow_agreement(version_id: int) -> dict[str, Any]:
    """How often the shadow version agreed with production on the newest posts that both classified."""
    mine = dict(
        Prediction.objects.filter(model_version=version_id, role=Prediction.Role.SHADOW)
        .order_by("-id")
        .values_list("subject", "category")[:1_000]
    )
    shown = dict(
        Prediction.objects.filter(subject__in=list(mine), role=Prediction.Role.PRODUCTION).values_list(
            "subject", "category"
        )
    )
    both = [subject for subject in mine if subject in shown]
    return {"n": len(both), "agree": sum(mine[s] == shown[s] for s in both)}
