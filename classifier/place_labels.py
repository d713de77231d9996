"""Places that people chose for texts: labels for the place finder.

A label comes from one decision and goes with it: an undo withdraws the label, and the one before it counts again. The
text is a copy, which an erasure empties.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from classifier import clock
from classifier.ml.identity import text_digest
from classifier.models import PlaceLabel
from monitoring import audit

LANG_LENGTH = 10


@dataclass(frozen=True, slots=True)
class LabelledPlace:
    """A place as a label holds it; degrees and kilometres.

    Arguments:
        start, end: of the words that name it, in code points; None where no words do.
    """

    name: str
    type: str
    country_code: str
    latitude: float
    longitude: float
    radius_km: float
    start: int | None = None
    end: int | None = None


def record(
    *,
    subject: str,
    text: str,
    event: str,
    lang: str,
    place: LabelledPlace | None,
    by: Any,
    decision: int,
    predicted: Mapping[str, Any] | None,
    model_version_id: int | None,
) -> PlaceLabel:
    """Record the place that a person chose; None says that the text names no place.

    Arguments:
        subject: what the text belongs to, such as `post:17`.
        event: its reference, by which texts are split.
        decision: id of the decision that it comes from.
        predicted: what the place finder chose: name, latitude and longitude; None for no place.
    """
    columns = {name: getattr(place, name) for name in LabelledPlace.__slots__} if place else {}
    label = PlaceLabel.objects.create(
        subject=subject, text=text, text_key=text_digest(text), event=event, lang=lang[:LANG_LENGTH], by=by,
        at=clock.now(), decision=decision, predicted=dict(predicted) if predicted else None,
        model_version_id=model_version_id, **columns,
    )  # fmt: skip
    _audit(label, "place_label.recorded", by.username)
    return label


def withdraw(*, subject: str, decision: int, by: Any) -> None:
    """Withdraw the label of a decision that was undone, if there is one. Idempotent."""
    label = PlaceLabel.objects.filter(subject=subject, decision=decision, withdrawn_at=None).first()
    if label:
        label.withdrawn_at = clock.now()
        label.save(update_fields=["withdrawn_at"])
        _audit(label, "place_label.withdrawn", by.username)


def standing(cutoff: datetime | None = None) -> list[PlaceLabel]:
    """The labels that count at a given time, the newest of each subject, ordered by id."""
    rows = PlaceLabel.objects.filter(erased_at=None)
    if cutoff is None:
        rows = rows.filter(withdrawn_at=None)
    else:
        rows = rows.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=cutoff), at__lte=cutoff)
    newest = {row.subject: row for row in rows.order_by("pk")}
    return sorted(newest.values(), key=lambda row: row.pk)


def erase(subject: str) -> int:
    """Empty the labels of a subject: text, place and what was predicted. Returns how many had a text."""
    rows = PlaceLabel.objects.filter(subject=subject, erased_at=None)
    return rows.update(
        text="", name="", latitude=None, longitude=None, radius_km=None, start=None, end=None, predicted=None,
        erased_at=clock.now(),
    )  # fmt: skip


def to_row(label: PlaceLabel) -> dict[str, Any]:
    """A line of a snapshot's file, in the shape that `classifier.places.measure` reads.

    `location_mentions` holds the words that name the place, if any do; `place` is the place of the whole text, or null.
    """
    position = {"lat": label.latitude, "lon": label.longitude}
    details = {"type": label.type, "country_code": label.country_code.lower(), "display_name": label.name}
    mentions = []
    if label.start is not None and label.end is not None and label.latitude is not None:
        words = label.text[label.start : label.end]
        mentions = [{"start": label.start, "end": label.end, "text": words} | position | details]
    return {
        "event": label.event, "lang": label.lang or "en", "text": label.text, "by": str(label.by_id),
        "place": position | details | {"radius_km": label.radius_km} if label.latitude is not None else None,
        "location_mentions": mentions,
    }  # fmt: skip


def _audit(label: PlaceLabel, action: str, username: str) -> None:
    audit.record(
        actor=f"user:{username}", action=action, object_type="place_label", object_id=str(label.pk),
        detail={"subject": label.subject, "decision": label.decision},
    )  # fmt: skip
