"""Texts in, the contract's predictions out, in the same order.

One forward pass answers category, emergency, priority, needs and which words name places; the gazetteer says where.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from classifier import categories, detection, languages, letters, priority
from classifier.answers import Answer
from classifier.detection import Reading
from classifier.places import Context, coordinates

if TYPE_CHECKING:
    from classifier.ml.runtime import ModelInfo, Runtime

DECIMALS = 4
# Of the probability of an emergency, where a post is called not humanitarian. Of real reports that were held out 0.6 %
# (HumAID), 0.8 % (CrisisLexT26) and 1.1 % (Italian) are called so below it; without it 3.0, 3.2 and 2.9 %.
CALM_BELOW = 0.2


@dataclass(frozen=True, slots=True)
class Message:
    """One text to classify; `id` comes back with the answer.

    `lang` is its language, where somebody said it; None or empty has it read from the text, `und` leaves it unknown.
    A language that is never written in the letters of the text is read from the text too.
    """

    id: str
    text: str
    lang: str | None = None


def classify(
    messages: Sequence[Message], *, runtime: "Runtime", context: Context | None = None
) -> list[dict[str, Any]]:
    """Classify `messages`.

    Arguments:
        messages: any number of them; memory grows with it, so callers bound it.
        runtime: the model to use.
        context: countries and area of the event, which help to tell namesakes apart.

    Returns:
        One dictionary per message, in order, shaped as the contract's "One prediction".
    """
    answers = runtime.predict([message.text for message in messages])
    return [
        describe(message, reading, answer, runtime.info, context)
        for message, reading, answer in zip(messages, readings(messages), answers, strict=True)
    ]


def readings(messages: Sequence[Message]) -> list[Reading]:
    """The language of each message, as stated or read from the text, and the script of its letters."""
    known: dict[int, Reading] = {}
    unstated, unknown = [], []
    for position, message in enumerate(messages):
        script = letters.script_of(message.text) if message.lang else ""
        if message.lang and languages.is_unknown(message.lang):
            unknown.append(position)
        elif not message.lang or languages.is_ruled_out(message.lang, script):
            unstated.append(position)
        else:
            known[position] = Reading(message.lang, 1.0, script)
    known.update(zip(unknown, detection.undetermined([messages[at].text for at in unknown]), strict=True))
    known.update(
        zip(unstated, detection.read([""] * len(unstated), [messages[at].text for at in unstated]), strict=True)
    )
    return [known[position] for position in range(len(messages))]


def with_languages(
    answers: Sequence[dict[str, Any]], messages: Sequence[Message], model: "ModelInfo"
) -> list[dict[str, Any]]:
    """The answers of a scoring endpoint, each with its language, which older endpoints leave out."""
    if all("language" in answer for answer in answers):
        return list(answers)
    return [
        answer | {"language": _language(reading, model)}
        for answer, reading in zip(answers, readings(messages), strict=True)
    ]


def _language(reading: Reading, model: "ModelInfo") -> dict[str, Any]:
    return {
        "code": reading.code or languages.UNDETERMINED,
        "name": languages.name_of(reading.code),
        "probability": round(reading.probability, DECIMALS),
        "measured": languages.is_measured(reading.code, reading.script, model.languages, reading.chances),
    }


def describe(
    message: Message, reading: Reading, answer: Answer, model: "ModelInfo", context: Context | None
) -> dict[str, Any]:
    """One answer about `message` as the contract's "One prediction", with rules and places."""
    language = _language(reading, model)
    urgency = priority.judge(message.text, answer, reading.code, measured=model.languages)
    return {
        "id": message.id,
        "category": {
            "label": answer.category,
            "probability": round(answer.probability, DECIMALS),
            "abstained": answer.abstained or not language["measured"] or _is_calm_unsurely(answer),
        },
        "language": language,
        "categories": _rounded(answer.categories),
        **_own_class(answer, measured=language["measured"]),
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
            for place in coordinates.all_places(
                message.text,
                context=context,
                spans=answer.mentions,
                lang=reading.code,
                trusted=language["measured"] and languages.is_measured(reading.code, "", model.span_languages),
            )
        ],
        "model": model.as_dict(),
    }


def _own_class(answer: Answer, *, measured: bool) -> dict[str, Any]:
    """The class of a model that has classes of its own, and the probability of each; empty for other models."""
    own = answer.own_class
    if own is None:
        return {}
    return {
        "own_class": {
            "key": own.key,
            "name": own.name,
            "category": own.maps_to,
            "probability": round(own.probability, DECIMALS),
            "abstained": own.abstained or not measured,
        },
        "own_classes": _rounded(own.probabilities),
    }


def _is_calm_unsurely(answer: Answer) -> bool:
    """Whether a post is classified as not humanitarian although it may be an emergency. Its category is then unreliable."""
    return answer.category == categories.NOT_HUMANITARIAN and answer.emergency_probability >= CALM_BELOW


def _rounded(probabilities: dict[str, float]) -> dict[str, float]:
    return {label: round(value, DECIMALS) for label, value in probabilities.items()}
