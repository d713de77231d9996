"""The model on this machine: the same predictions as the server's, without a server."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast, overload

from relief_responder_client import wire
from relief_responder_client.errors import ClientError
from relief_responder_client.shapes import Prediction

try:
    from relief_responder_client.classifier.errors import ArtefactError
    from relief_responder_client.classifier.ml import predictions
    from relief_responder_client.classifier.ml.model import Model
    from relief_responder_client.classifier.ml.runtime import Runtime
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"{error.name} is missing. The model needs: pip install 'relief-responder-client[model]'", name=error.name
    ) from error

__all__ = ["LocalModel", "Model"]

LONGEST_TEXT = 10_000  # characters, as the API's


class LocalModel:
    """A model that is loaded from its folder. It may be used from any thread.

    Arguments:
        folder: a version's folder, with `model.int8.onnx`, `tokenizer.json`, `config.json`, `calibration.json` and
            `manifest.json`; default: RESPONDER_MODEL. The weights are not in this distribution.
        threads: processor threads of one batch.

    Raises ClientError for a folder that is incomplete, was changed or holds no model that this version can run.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None, *, threads: int = 1) -> None:
        folder = folder or os.environ.get("RESPONDER_MODEL", "")
        if not folder or not Path(folder).is_dir():
            raise ValueError(
                f"{str(folder) or 'RESPONDER_MODEL'} is not a folder. Name the folder of a model's version."
            )
        try:
            self._runtime = Runtime.load(Path(folder), threads=threads)
        except ArtefactError as error:
            raise ClientError(f"{folder}: {error}") from error

    @overload
    def predict(self, messages: wire.Text) -> Prediction: ...  # type: ignore[overload-overlap]

    @overload
    def predict(self, messages: Sequence[wire.Text]) -> list[Prediction]: ...

    def predict(self, messages: wire.Text | Sequence[wire.Text]) -> Prediction | list[Prediction]:
        """The prediction of one message, or a list with those of several, in order; as `Client.predict`."""
        if wire.is_single(messages):
            return self.predict([cast(wire.Text, messages)])[0]
        sent = wire.predict(cast(Sequence[wire.Text], messages), None).json or {}
        found = predictions.classify(
            [_message(position, one) for position, one in enumerate(sent["messages"])], runtime=self._runtime
        )
        return wire.shaped(Prediction, found)

    def predict_stream(self, texts: Iterable[wire.Text], *, batch: int = wire.BATCH) -> Iterator[Prediction]:
        """Predictions of any number of messages, in order, by the batch; as `Client.predict_stream`."""
        for messages in wire.batches(texts, batch):
            yield from self.predict(messages)


def _message(position: int, given: dict[str, Any]) -> predictions.Message:
    """A message that the model takes. Raises ValueError for a text that the API would refuse too."""
    text, own = given.get("text"), given.get("id")
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"Message {position} has no text.")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"Message {position} has {len(text):,} characters; the limit is {LONGEST_TEXT:,}.")
    if own is not None and not isinstance(own, str):
        raise ValueError(f"The id of message {position} must be a string or a whole number.")
    return predictions.Message(id=str(position) if own is None else own, text=text, lang=given.get("lang") or None)
