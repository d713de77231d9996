"""Calls to the endpoint with our own HTTP client: the SDK's `invoke` keeps a deployment's name for all later calls."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

from classifier.azure import client, hosts
from classifier.places import Context
from classifier.registry.errors import InvalidRequest, NotFound, Refused, RegistryError, Unavailable

SCOPE = "https://ml.azure.com/.default"
TIMEOUT_S = 15.0
MOST_BYTES = 32 << 20
_lock = threading.Lock()
_credential: Any = None


def ask(
    address: str,
    messages: Sequence[dict[str, Any]],
    *,
    deployment: str = "",
    context: Context | None = None,
    timeout: float = TIMEOUT_S,
) -> Any:
    """The endpoint's answer to `messages`, as POST /api/v1/predictions gives it. Raises a RegistryError.

    Arguments:
        deployment: call this deployment by name, whatever the traffic; applies to this call only.
        context: the event's location, which disambiguates places with the same name.
    """
    headers = {"Content-Type": "application/json"}
    if deployment:
        headers["azureml-model-deployment"] = deployment
    content: dict[str, Any] = {"messages": list(messages)}
    if context:
        content["context"] = {"country_codes": context.country_codes, "bbox": context.bbox}
    body = json.dumps(content).encode()
    try:
        request = urllib.request.Request(address, body, headers)  # noqa: S310  HTTPS, as `open_url` checks
        hosts.check(request, hosts.ENDPOINTS)
        request.add_unredirected_header("Authorization", f"Bearer {_token()}")
        with hosts.open_url(request, hosts=hosts.ENDPOINTS, timeout=timeout) as answer:
            return json.loads(answer.read(MOST_BYTES))
    except urllib.error.HTTPError as error:
        raise _meaning(error) from error
    except (OSError, ValueError) as error:
        raise Unavailable(f"The Azure endpoint cannot be reached ({error}). Try again later.") from error


def _token() -> str:
    """A token for this machine's identity; the SDK caches it until shortly before it expires."""
    global _credential
    client.require()
    from azure.identity import DefaultAzureCredential

    with _lock:
        _credential = _credential or DefaultAzureCredential(retry_total=0, connection_timeout=5, process_timeout=10)
    return str(client.call(lambda: _credential.get_token(SCOPE).token, what="The log-in to Azure", seconds=TIMEOUT_S))


def _meaning(error: urllib.error.HTTPError) -> RegistryError:
    what = f"The Azure endpoint answered {error.code}"
    if error.code in client.REFUSED:
        return Refused(f"{what}: this identity may not score.")
    if error.code == client.GONE:
        return NotFound(f"{what}: there is no such deployment.")
    if error.code in client.LATER or error.code >= 500:
        return Unavailable(f"{what}. Try again later.")
    return InvalidRequest(f"{what}: it does not accept these texts.")
