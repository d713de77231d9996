"""What the stand-in knows. One lock for everything: a call is served as a whole, as if there were no other."""

import itertools
import secrets
import threading
from collections import defaultdict
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

SUBSCRIPTION = "00000000-1111-2222-3333-444444444444"
GROUP, WORKSPACE, REGISTRY, REGION = "relief", "relief-ml", "relief-registry", "westeurope"
WORKSPACE_GUID = "99999999-8888-7777-6666-555555555555"
STORE, CONTAINER = "reliefstore", "workspaceblobs"
REGISTRY_STORE = "reliefregistry"
WS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/{WORKSPACE}"
REG = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.MachineLearningServices/registries/{REGISTRY}"
TENANT, CLIENT, SECRET = "11111111-0000-0000-0000-000000000001", "22222222-0000-0000-0000-000000000002", "stand-in only"


@dataclass
class Fault:
    """What goes wrong with the calls that it matches: `times` of them, or all (-1)."""

    method: str = ""
    path: str = ""  # a part of host and path
    status: int = 0  # answer this instead
    code: str = "Fault"
    delay: float = 0.0  # seconds before the answer
    fail_operation: bool = False  # a long-running operation ends as Failed
    times: int = -1


Blobs = MutableMapping[tuple[str, str, str], tuple[bytes, dict[str, str]]]  # account, container, name → bytes, metadata
_epochs = itertools.count()
empty_store: Callable[[], Blobs] = dict  # with --azurite: Azurite, emptied


@dataclass
class State:
    """Everything, so that `reset` is one assignment."""

    assets: dict[tuple[str, str, str, str], dict[str, Any]] = field(default_factory=dict)  # scope, kind, name, version
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    job_errors: dict[str, str] = field(default_factory=dict)
    job_schedules: dict[str, str] = field(default_factory=dict)
    behaviour: str = "run"  # of later jobs: their command runs; else the state that they have at once, as "Failed: why"
    epoch: int = field(default_factory=lambda: next(_epochs))  # a job of the state before writes nothing into this one
    schedules: dict[str, dict[str, Any]] = field(default_factory=dict)
    endpoints: dict[str, dict[str, Any]] = field(default_factory=dict)
    deployments: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    operations: dict[str, str] = field(default_factory=dict)  # id → status
    blobs: Blobs = field(default_factory=dict)
    blocks: dict[tuple[str, str, str, str], bytes] = field(default_factory=dict)
    signatures: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    scored: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    turn: int = 0
    down: bool = False


lock = threading.RLock()
now_state = State()
_clock = itertools.count()
_started = datetime.now(UTC)


def state() -> State:
    return now_state


def reset() -> None:
    """Forget everything but the tokens: clients hold them longer than a test."""
    global now_state
    with lock:
        now_state = State(tokens=now_state.tokens, blobs=empty_store())


def keep_blobs_in(store: Callable[[], Blobs]) -> None:
    """From now on, `store()` is what an empty state's blobs are kept in."""
    global empty_store
    empty_store = store
    reset()


def moment() -> str:
    """Now, never the same twice, in order."""
    return (datetime.now(UTC) + timedelta(microseconds=next(_clock))).isoformat().replace("+00:00", "Z")


def system_data(known: dict[str, Any] | None = None) -> dict[str, str]:
    made = moment()
    created = (known or {}).get("systemData", {}).get("createdAt", made)
    return {
        "createdBy": "stand-in", "createdByType": "Application", "createdAt": created, "lastModifiedAt": made,
    }  # fmt: skip


def signature() -> str:
    """A SAS token; only those given out here open a container."""
    token = f"sv=2024-11-04&sr=c&sp=racwl&sig={secrets.token_hex(16)}"
    state().signatures.add(token.rsplit("sig=", 1)[1])
    return token
