"""What a merge makes of two incidents, field by field: nothing of either that somebody must act on is lost.

The rules, for `target`, which takes `source` in:
1. Severity: the higher of the two. Where the posts alone would not give it, it counts as set by a person.
2. Status: the further of the two, with its owner and team. If either is unanswered, the merged one is too: who is on the way to
   one is not known to go for both, unless the person who merges says so (`covers_both`). A resolved source changes nothing here.
3. Owner and team: the target's, where it has none the source's. If somebody is on the way, theirs come first.
4. Clocks: waiting since the earliest of the unanswered sides (of both, if none is); seen when the first of them was seen.
5. Verification: the target's, but *false* only if both are: what is unanswered must not vanish as false.
6. Last confirmed: the later of the two; what contradicts either contradicts the merged one.
7. Needs: of both; needed wins over met. Place, category and summary: the target's, where it has none the source's.
"""

from datetime import datetime
from typing import Any

from responder.incidents import rechecking
from responder.models import Incident

Status, Verification = Incident.Status, Incident.Verification
FURTHER = (Status.OPEN, Status.CONFIRMED, Status.ASSIGNED, Status.ON_THE_WAY)
PLACE = ("place_name", "latitude", "longitude", "radius_km", "place_by_person")
# Fields that an undo of a merge restores together, unless one of them has been changed since.
GROUPS = (
    ("status", "owner_id", "team_id", "waiting_since", "going_at", "verification", "verified_by_id", "verified_at"),
    rechecking.FIELDS, ("severity", "severity_by_person"), ("seen_at",), ("needs",), PLACE, ("category",), ("summary",),
)  # fmt: skip


def combined(source: Incident, target: Incident, *, worst: int | None, covers_both: bool = False) -> dict[str, Any]:
    """The fields of the target that the merge changes, by name of the column.

    Arguments:
        worst: the severity of the worst post of both; None where they have no posts.
        covers_both: whether the person who merges says that who is on the way goes for both.
    """
    found = (
        _response(source, target, covers_both=covers_both)
        | _verification(source, target)
        | _severity(source, target, worst)
        | _descriptions(source, target)
        | _confirmation(source, target)
    )
    return {name: value for name, value in found.items() if getattr(target, name) != value}


def needs_word(source: Incident, target: Incident) -> bool:
    """Whether the person who merges must say if who is on the way goes for both."""
    sides = [side for side in (source, target) if not side.resolved]
    going = any(side.status == Status.ON_THE_WAY for side in sides)
    return going and any(side.unanswered for side in sides)


def displaced_owner(source: Incident, target: Incident, changes: dict[str, Any]) -> int | None:
    """Id of an owner who no longer owns the merged incident, or None."""
    owner = changes.get("owner_id", target.owner_id)
    return next((side.owner_id for side in (target, source) if side.owner_id and side.owner_id != owner), None)


def _response(source: Incident, target: Incident, *, covers_both: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "owner_id": target.owner_id or source.owner_id,
        "seen_at": _earliest(source.seen_at, target.seen_at),
    }
    if source.resolved:  # who went there is back: only the person who answers for it stays known
        return found
    status = max(source.status, target.status, key=FURTHER.index)  # type: ignore[arg-type, type-var]
    unanswered = [side for side in (source, target) if side.unanswered]
    going = [side for side in (target, source) if side.status == Status.ON_THE_WAY]
    if status == Status.ON_THE_WAY and unanswered and not covers_both:
        status = Status.ASSIGNED
    first, second = (going[0], source if going[0] is target else target) if going else (target, source)
    on_the_way = status == Status.ON_THE_WAY
    return found | {
        "status": status,
        "owner_id": first.owner_id or second.owner_id,
        "team_id": first.team_id or (None if on_the_way and first.owner_id else second.team_id),
        "going_at": _earliest(*(side.going_at for side in going)) if on_the_way else None,
        "waiting_since": min(side.waiting_since for side in unanswered or (source, target)),
    }


def _verification(source: Incident, target: Incident) -> dict[str, Any]:
    if target.verification != Verification.FALSE or source.verification == Verification.FALSE:
        return {}
    return {name: getattr(source, name) for name in ("verification", "verified_by_id", "verified_at")}


def _severity(source: Incident, target: Incident, worst: int | None) -> dict[str, Any]:
    severity = min(source.severity, target.severity)
    by_posts = severity == worst and not (source.severity_by_person or target.severity_by_person)
    return {"severity": severity, "severity_by_person": not by_posts}


def _descriptions(source: Incident, target: Incident) -> dict[str, Any]:
    states = {**source.needs, **target.needs}
    met = {need for need, state in states.items() if state == "met"}
    found: dict[str, Any] = {
        "needs": states
        | {need: "needed" for need in met if "needed" in (source.needs.get(need), target.needs.get(need))},
        "category": target.category or source.category,
        "summary": target.summary or source.summary,
    }
    if not target.located and not target.place_name and not target.place_by_person:
        found |= {name: getattr(source, name) for name in PLACE}
    return found


def _confirmation(source: Incident, target: Incident) -> dict[str, Any]:
    later = max(target, source, key=lambda side: side.last_confirmed_at)
    found = {name: getattr(later, name) for name in rechecking.FIELDS}
    return found | {"contradicted_by_id": target.contradicted_by_id or source.contradicted_by_id}


def _earliest(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time), default=None)
