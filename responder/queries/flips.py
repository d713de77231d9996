"""The effects of an approval: texts with a different result, the number of affected posts, and the margin of each gate."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from classifier import categories, clock
from classifier.models import Label, ModelVersion
from responder.models import Post
from responder.privacy.masking import mask

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Flip:
    """A text that the two versions answer differently; `text` is masked, and empty once it was erased."""

    text: str
    truth: str
    candidate: str
    live: str
    better: bool
    worse: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """The number of posts classified in the last day, and the version to which a rollback would return."""

    posts_a_day: int
    back_to: ModelVersion


def from_comparison(comparison: Mapping[str, Any]) -> list[Flip]:
    """The examples of a comparison with their texts, as people labelled them; one query."""
    found = comparison.get("flipped", [])
    keys = [one["text_key"] for one in found]
    rows = Label.objects.filter(text_key__in=keys).exclude(text="").order_by("pk")
    texts = dict(rows.values_list("text_key", "text"))
    return [
        Flip(
            text=mask(texts.get(one["text_key"], "")),
            truth=categories.label(one["truth"]),
            candidate=categories.label(one["candidate"]),
            live=categories.label(one["live"]),
            better=one["candidate"] == one["truth"],
            worse=one["live"] == one["truth"],
        )
        for one in found
    ]


def reach(live: ModelVersion) -> Reach:
    """One query."""
    since = clock.now() - DAY
    return Reach(Post.objects.filter(created_at__gte=since, classified_at__gte=since).count(), live)


def margin(gate: Mapping[str, Any]) -> float | None:
    """Return the distance from the value to its threshold; negative if the gate is not met."""
    value, threshold = gate.get("value"), gate.get("threshold")
    if value is None or threshold is None:
        return None
    distance = abs(value - threshold)
    return float(distance if gate["outcome"] == "passed" else -distance)
