"""Classifies texts with the model in production. `classifier.ml.predictions` builds the predictions."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from classifier.ml import predictions
from classifier.ml.predictions import DECIMALS, Message, describe, readings, with_languages
from classifier.places import Context

if TYPE_CHECKING:
    from classifier.ml.runtime import Runtime

__all__ = ["DECIMALS", "Message", "classify", "describe", "readings", "with_languages"]


def classify(
    messages: Sequence[Message], *, context: Context | None = None, runtime: "Runtime | None" = None
) -> list[dict[str, Any]]:
    """As `classifier.ml.predictions.classify`, by the version in production unless `runtime` is given.

    Raises:
        ModelUnavailable: no model can be loaded.
    """
    if runtime is None:
        from classifier import serving  # needs Django, which the processes of `bulk` do without

        runtime = serving.current().runtime
    return predictions.classify(messages, runtime=runtime, context=context)
