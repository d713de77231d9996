"""The verdict of a report's signals: one word, an explanation and one action.

Signals have an order of precedence. Only labels can show that the model has become worse. Changed texts lead to a
request for labels: a new disaster always reads differently, and a training without its labels would learn nothing.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from monitoring.stats import text_drift
from monitoring.stats.result import Signal, fired

Word = Literal["steady", "new event", "decay", "too few to say"]
Action = Literal["open a labelling burst", "retrain early", "none"]
MOST_OF = 0.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict's word, its explanation and the recommended action."""

    word: Word
    sentence: str
    action: Action

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def decide(signals: Sequence[Signal], *, unseen_event_share: float, audited_alarm: bool) -> Verdict:
    """Derive the verdict of a report.

    Arguments:
        signals: all signals of the report.
        unseen_event_share: share of the window's posts from events that the reference lacks, 0 to 1.
        audited_alarm: whether a labelled sample shows that the model became worse.
    """
    text = next((signal for signal in signals if signal.name == text_drift.NAME), None)
    names = ", ".join(fired(signals))
    if audited_alarm:
        said = "Labels show that the model is worse than when it was approved. Retrain without waiting for Sunday."
        return Verdict("decay", said, "retrain early")
    if text is None or text.level == "suppressed":
        said = "There are not enough different posts to say whether anything has changed."
        return Verdict("too few to say", f"{said} Seen so far: {names}." if names else said, "none")
    if text.fired and unseen_event_share > MOST_OF:
        said = f"{unseen_event_share:.0%} of the posts are from events that the model has not seen, and their texts differ."
        return Verdict(
            "new event",
            f"{said} The model needs labels of these posts before it can be retrained.",
            "open a labelling burst",
        )
    if names:
        said = (
            f"Changed: {names}. The events are known and no labels show lower accuracy. The next audit will measure it."
        )
        return Verdict("steady", said, "none")
    return Verdict("steady", "Posts and answers are similar to those that the model was approved on.", "none")
