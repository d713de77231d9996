"""Texts in, the contract's predictions out, in the same order.

One forward pass answers category, emergency, priority, needs and which words name places; the gazetteer says where.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from classifier import detection, languages, places, priority
from classifier.answers import Answer
from classifier.ml.runtime import ModelInfo, Runtime
from classifier.places import Context

DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Message:
    """One text to classify; `id` comes back with the answer.

    `lang` is its language, where somebody said it; None has it read from the text, `und` leaves it unknown.
    """

    id: str
    text: str
    lang: str | None = None


def classify(
    messages: Sequence[Message], *, context: Context | None = None, runtime: Runtime | None = None
) -> list[dict[str, Any]]:
    """Classify `messages`.

    Arguments:
        messages: any number of them; memory grows with it, so callers bound it.
        context: countries and area of the event, which help to tell namesakes apart.
        runtime: the model to use; default: the version in production.

    Returns:
        One dictionary per message, in order, shaped as the contract's "One prediction".

    Raises:
        ModelUnavailable: no model can be loaded.
    """
    if runtime is None:
        from classifier import serving  # needs Django, which the processes of `bulk` do without

        runtime = serving.current().runtime
    messages = _named(messages)
    answers = runtime.predict([message.text for message in messages])
    return [describe(message, answer, runtime.info, context) for message, answer in zip(messages, answers, strict=True)]


def _named(messages: Sequence[Message]) -> list[Message]:
    """The messages with a language, where nobody said it and the text tells."""
    silent = [message.text for message in messages if message.lang is None]
    codes = iter(detection.settle([""] * len(silent), silent)) if silent else iter(())
    return [message if message.lang is not None else replace(message, lang=next(codes)) for message in messages]


def describe(message: Message, answer: Answer, model: ModelInfo, context: Context | None) -> dict[str, Any]:
    """One answer about `message` as the contract's "One prediction", with rules and places."""
    urgency = priority.judge(message.text, answer)
    return {
        "id": message.id,
        "category": {
            "label": answer.category,
            "probability": round(answer.probability, DECIMALS),
            "abstained": answer.abstained or languages.is_untested(message.lang),
        },
        "categories": _rounded(answer.categories),
        "emergency": {
            "label": answer.emergency,
            "probability": round(answer.emergency_probability, DECIMALS),
        },
        "informative": round(answer.informative_probability, DECIMALS),
        "priority": {
            "label": urgency.label,
            "probability": round(urgency.probability, DECIMALS),
            "score": urgency.score,
            "reasons": list(urgency.reasons),
        },
        "needs": _rounded(answer.needs),
        "needs_detected": list(answer.needs_detected),
        "places": [
            asdict(place)
            for place in places.find_places(
                message.text,
                context=context,
                spans=answer.mentions,
                lang=message.lang,
                trusted=not languages.is_untested(message.lang),
            )
        ],
        "model": {"name": model.name, "version": model.version, "sha256": model.sha256},
    }


def _rounded(probabilities: dict[str, float]) -> dict[str, float]:
    return {label: round(value, DECIMALS) for label, value in probabilities.items()}
