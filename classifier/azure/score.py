"""The scoring script of an Azure ML deployment: predictions as in the API, without Django.

Azure calls `init` once per process, and `run` with the body of each request.
"""

import json
import os
from pathlib import Path
from typing import Any

from classifier import predict
from classifier.ml.artefact import MANIFEST
from classifier.ml.runtime import Runtime
from classifier.places import Context

MOST_MESSAGES, LONGEST, CORNERS = 1_000, 10_000, 4
_runtime: Runtime | None = None


class BadRequest(ValueError):
    """The body can't be scored; the message says why."""


def init() -> None:
    """Load the model that Azure put under AZUREML_MODEL_DIR, verifying every file against its manifest."""
    global _runtime
    manifests = sorted(Path(os.environ["AZUREML_MODEL_DIR"]).rglob(MANIFEST))
    if not manifests:
        raise FileNotFoundError("No model lies under AZUREML_MODEL_DIR: the deployment names none.")
    _runtime = Runtime.load(manifests[0].parent)


def run(raw: str) -> Any:
    """Answer a body as POST /api/v1/predictions does. An invalid body gets 400 or 422, never 500."""
    from azureml_inference_server_http.api.aml_response import AMLResponse  # only installed on Azure's machines

    try:
        content = json.loads(raw)
    except (ValueError, TypeError, RecursionError):
        return AMLResponse({"title": "This is not JSON."}, 400, json_str=True)
    try:
        return AMLResponse(answer(content), 200, json_str=True)
    except BadRequest as error:
        return AMLResponse({"title": str(error)}, 422, json_str=True)


def answer(content: Any) -> dict[str, Any]:
    """The predictions for a parsed body. Raises BadRequest."""
    assert _runtime is not None, "init comes first"
    messages = [_message(item) for item in _items(content)]
    return {
        "model": _runtime.info.as_dict(),
        "predictions": predict.classify(messages, runtime=_runtime, context=_context(content.get("context"))),
    }


def _context(given: Any) -> Context | None:
    if given is None:
        return None
    codes, box = (given.get("country_codes"), given.get("bbox")) if isinstance(given, dict) else (None, None)
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise BadRequest("The context's country_codes are a list of texts.")
    if box is not None and not (isinstance(box, list) and len(box) == CORNERS and all(map(_is_number, box))):
        raise BadRequest("The context's bbox is [west, south, east, north].")
    return Context(country_codes=tuple(codes), bbox=tuple(box) if box else None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _items(content: Any) -> list[Any]:
    items = content.get("messages") if isinstance(content, dict) else None
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_MESSAGES:
        raise BadRequest(f'Send {{"messages": [ … ]}} with 1 to {MOST_MESSAGES:,} of them.')
    return items


def _message(item: Any) -> predict.Message:
    if not isinstance(item, dict) or not isinstance(item.get("text"), str) or len(item["text"]) > LONGEST:
        raise BadRequest(f"Each message needs a text of at most {LONGEST:,} characters.")
    if not isinstance(item.get("id"), str) or not isinstance(item.get("lang"), str | None):
        raise BadRequest("Each message needs an id, a text; its lang is a text too, where it has one.")
    return predict.Message(id=item["id"], text=item["text"], lang=item.get("lang"))
