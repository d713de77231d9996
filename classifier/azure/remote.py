"""Classification of posts by the Azure endpoint, with this machine as the fall-back.

This installation decides which version answers: it calls the deployment of exactly that version, and rejects answers
from other bytes. After a failure it doesn't call Azure for a while.
"""

import threading
import time
from collections.abc import Sequence
from typing import Any

import structlog
from django.conf import settings

from classifier.azure import client, scoring
from classifier.models import AzureState
from classifier.places import Context
from classifier.predict import Message
from classifier.registry.errors import RegistryError

log = structlog.get_logger(__name__)
PAUSE_S = 60.0
_lock = threading.Lock()
_paused_until = float("-inf")
_addresses: dict[str, str] = {}


def classify(
    messages: Sequence[Message], *, sha256: str, context: Context | None = None
) -> list[dict[str, Any]] | None:
    """The endpoint's predictions, in order. None if this machine has to answer."""
    global _paused_until
    if settings.SCORING_PLACE != "azure" or not settings.AZURE_ENDPOINT or time.monotonic() < _paused_until:
        return None
    colour = _colour(sha256)
    if not colour:
        return None
    try:
        answered = scoring.ask(_address(), [_sent(message) for message in messages], deployment=colour, context=context)
        if answered["model"]["sha256"] == sha256 and len(answered["predictions"]) == len(messages):
            return list(answered["predictions"])
        log.warning("the Azure endpoint answers with another model", wanted=sha256, found=answered["model"]["sha256"])
    except (RegistryError, KeyError, TypeError) as error:
        log.warning("the Azure endpoint failed; this machine answers", error=str(error)[:200])
    with _lock:
        _paused_until = time.monotonic() + PAUSE_S
    return None


def resume() -> None:
    """Call the endpoint again at once, without waiting after a failure."""
    global _paused_until
    _paused_until = float("-inf")


def _sent(message: Message) -> dict[str, Any]:
    return {"id": message.id, "text": message.text, "lang": message.lang}


def _colour(sha256: str) -> str:
    """The deployment with these bytes, according to the last check of Azure."""
    state = AzureState.objects.first()
    return next((str(c["name"]) for c in (state.colours if state else []) if c["sha256"] == sha256), "")


def _address() -> str:
    name = settings.AZURE_ENDPOINT
    if name not in _addresses:
        from classifier.azure.deployments import Endpoint

        _addresses[name] = Endpoint(client.place(), name).address()
    return _addresses[name]
