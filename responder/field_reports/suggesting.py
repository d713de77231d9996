"""What the model suggests for a report while it is typed. Nothing is stored."""

from typing import Any

from classifier import admission, serving
from classifier.errors import ClassifierError
from classifier.predict import Message, classify
from responder.classification import locating
from responder.models import Event

SHORTEST, LONGEST = 12, 2_000  # characters; a text that begins says as much


def suggest(text: str, event: Event | None) -> dict[str, Any] | None:
    """Return the contract's prediction for a text; None for a short text, or while the model is busy or not available."""
    text = text.replace("\0", "").strip()[:LONGEST]
    if len(text) < SHORTEST:
        return None
    context = locating.context_of(event)
    try:
        runtime = serving.current().runtime
        with admission.predictions.place():
            return classify([Message(id="0", text=text, lang=None)], context=context, runtime=runtime)[0]
    except ClassifierError:
        return None
