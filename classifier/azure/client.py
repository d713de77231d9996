"""The SDK's client, with its errors translated to the registry's. Every call has a time limit.

No secret is stored here: `DefaultAzureCredential` uses the machine's managed identity, the workload identity of
continuous integration, or a person's `az login`.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from classifier.registry.errors import AlreadyExists, InvalidRequest, NotFound, Refused, RegistryError, Unavailable

T = TypeVar("T")
CALL_S, TRANSFER_S = 120.0, 1800.0
POLL_S = 5  # the SDK's default of 30 s would delay every short operation
NETWORK = {"retry_total": 2, "retry_backoff_max": 5, "connection_timeout": 10, "read_timeout": 60}
MISSING = "Azure needs an extra that is not installed. Run: pip install 'relief-responder[azure]'"
REFUSED, GONE, TAKEN, LATER = (401, 403), 404, (409, 412), (408, 429)
TAKEN_TEXTS = ("Asset paths cannot be updated", "already exists in registry")


@dataclass(frozen=True, slots=True)
class AzureLocation:
    """A location in Azure: a workspace, a registry, or both."""

    subscription: str = ""
    group: str = ""
    workspace: str = ""
    registry: str = ""
    retries: int = NETWORK["retry_total"]
    poll_s: float = POLL_S


def place() -> AzureLocation:
    """The location from the settings. Raises Refused if they name none."""
    from django.conf import settings  # imported here, so that scripts without Django can use this module

    found = AzureLocation(
        settings.AZURE_SUBSCRIPTION, settings.AZURE_RESOURCE_GROUP, settings.AZURE_WORKSPACE, settings.AZURE_REGISTRY
    )
    if not found.registry and not (found.subscription and found.group and found.workspace):
        raise Refused(
            "No Azure ML workspace is set. Set RESPONDER_AZURE_SUBSCRIPTION, RESPONDER_AZURE_RESOURCE_GROUP and "
            "RESPONDER_AZURE_WORKSPACE, or RESPONDER_AZURE_REGISTRY."
        )
    return found


def require() -> None:
    """Raise Refused, naming the extra to install, if the SDK isn't installed."""
    try:
        import azure.ai.ml
        import azure.identity  # noqa: F401
    except ImportError as error:
        raise Refused(MISSING) from error


def connect(where: AzureLocation, *, registry: bool = False) -> Any:
    """An MLClient of the workspace or of the registry. Raises a RegistryError."""
    require()
    from azure.ai.ml import MLClient
    from azure.identity import DefaultAzureCredential

    scope: dict[str, Any] = {"registry_name": where.registry}
    if not registry:
        scope = {
            "subscription_id": where.subscription,
            "resource_group_name": where.group,
            "workspace_name": where.workspace,
        }
    options = NETWORK | {"retry_total": where.retries, "polling_interval": where.poll_s}
    return call(
        # Without a progress bar, a failing upload hangs forever inside the SDK.
        lambda: MLClient(
            DefaultAzureCredential(**_quick(where)), enable_telemetry=False, show_progress=True, **scope, **options
        ),
        what="Azure ML",
    )


def _quick(where: AzureLocation) -> dict[str, Any]:
    return {"retry_total": where.retries, "connection_timeout": NETWORK["connection_timeout"], "process_timeout": 20}


def call(work: Callable[[], T], *, what: str, seconds: float = CALL_S) -> T:
    """Return `work()`, with its errors translated. Raises Unavailable after `seconds`."""
    results: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(1)

    def run() -> None:
        try:
            results.put((work(), None))
        except BaseException as error:  # of any type: re-raised in the caller's thread
            results.put((None, error))

    threading.Thread(target=run, name=f"azure: {what}"[:60], daemon=True).start()
    with translated(what):
        try:
            value, error = results.get(timeout=seconds)
        except queue.Empty:
            raise Unavailable(f"{what} did not answer within {seconds:g} seconds. Try again later.") from None
        if error is not None:
            raise error
        return value  # type: ignore[return-value]


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Translate the SDK's errors to the registry's. The SDK raises three different errors for a missing model."""
    try:
        yield
    except RegistryError:
        raise
    except Exception as error:
        raise translate(error, what) from error


def translate(error: BaseException, what: str) -> RegistryError:
    """The registry's error for one of the SDK's, found by searching its causes."""
    causes = list(_causes(error))
    return next(filter(None, (_known(cause, what) for cause in causes)), None) or _unknown(causes, what)


def _known(cause: BaseException, what: str) -> RegistryError | None:
    kind, text, status = type(cause).__name__, str(cause), getattr(cause, "status_code", None)
    if status == GONE or kind == "ResourceNotFoundError":
        return NotFound(f"{what}: Azure has none of that name and version.")
    if status in REFUSED:
        return Refused(f"{what}: Azure refuses this identity ({status}). Grant it the role that deploy/azure names.")
    if kind == "CredentialUnavailableError":
        return Refused(f"{what}: this machine has no identity for Azure. {_short(text)}")
    if status in TAKEN or kind == "AssetPathException" or any(sign in text for sign in TAKEN_TEXTS):
        return AlreadyExists(f"{what}: the version is there with other bytes; take another one.")
    if isinstance(status, int) and 400 <= status < 500 and status not in LATER:
        return InvalidRequest(f"{what}: Azure does not accept this request ({status}). {_short(text)}")
    return None


def _unknown(causes: list[BaseException], what: str) -> RegistryError:
    text = _short(str(causes[0]))
    if "AADSTS" in " ".join(map(str, causes)):
        return Refused(f"{what}: Azure does not accept this machine's credentials. {text}")
    return Unavailable(f"{what} cannot be reached or is busy ({text}). Try again later.")


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in seen:
        seen.append(current)
        yield current
        inner = getattr(current, "inner_exception", None) or getattr(current, "error", None)
        current = inner if isinstance(inner, BaseException) else current.__cause__


def _short(text: str) -> str:
    return " ".join(text.split())[:200]
