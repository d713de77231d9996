"""Managed online endpoints: deployments, traffic, keys, and scoring with the model that was deployed."""

import tempfile
from pathlib import Path
from typing import Any

from tests.azure_emulator.login import require
from tests.azure_emulator.proxy import Answer, Call, Refused, route
from tests.azure_emulator.state import REGION, STORE, WS, moment, state, system_data
from tests.azure_emulator.workspace import ARM, MANAGEMENT

SCORING = r"[a-z0-9-]+\.westeurope\.inference\.ml\.azure\.com"
ONLINE = WS + "/onlineEndpoints/{endpoint}"
_loaded: dict[str, Any] = {}


def long_running(call: Call, content: dict[str, Any]) -> Answer:
    """201 with an operation to poll; a fault of the tests lets it fail."""
    operation = f"op-{moment().replace(':', '-')}"
    fault = next((f for f in state().faults if f.fail_operation and f.times and f.path in call.path), None)
    if fault:
        fault.times -= fault.times > 0
    state().operations[operation] = "Failed" if fault else "Succeeded"
    address = f"https://management.azure.com/operations/{operation}"
    return Answer(201, content, {"Azure-AsyncOperation": f"{address}?api-version=2024-01-01", "retry-after-ms": "20"})


@route("GET", ARM, "/operations/{operation}")
def operation(call: Call) -> Answer:
    require(call, MANAGEMENT)
    status = state().operations[call.match["operation"]]
    error = {"error": {"code": "ImageBuildFailure", "message": "The image could not be built."}}
    return Answer(
        200,
        {"id": call.path, "name": call.match["operation"], "status": status} | (error if status == "Failed" else {}),
    )


@route("GET", ARM, ONLINE, gives="OnlineEndpoint", versions="2022-02-01-preview 2023-04-01-preview")
def endpoint(call: Call) -> Answer:
    require(call, MANAGEMENT)
    found = state().endpoints.get(call.match["endpoint"])
    if found is None:
        raise Refused(404, "ResourceNotFound", "There is no such endpoint.")
    return Answer(200, found)


@route("PUT", ARM, ONLINE, takes="OnlineEndpoint", gives="OnlineEndpoint", versions="2022-02-01-preview")
def put_endpoint(call: Call) -> Answer:
    require(call, MANAGEMENT)
    name, wanted = call.match["endpoint"], call.json()
    traffic = wanted["properties"].get("traffic") or {}
    missing = [colour for colour in traffic if (name, colour) not in state().deployments]
    if missing or sum(traffic.values()) not in (0, 100):
        raise Refused(400, "BadTraffic", f"Traffic must sum to 0 or 100 over deployments that exist: {traffic}.")
    properties = {k: v for k, v in wanted["properties"].items() if v is not None} | {
        "provisioningState": "Succeeded", "scoringUri": f"https://{name}.{REGION}.inference.ml.azure.com/score",
        "swaggerUri": f"https://{name}.{REGION}.inference.ml.azure.com/swagger.json", "traffic": traffic,
    }  # fmt: skip
    state().endpoints[name] = {k: v for k, v in wanted.items() if v is not None and k in ("location", "tags", "identity", "kind")} | {
        "id": f"{WS}/onlineEndpoints/{name}", "name": name, "properties": properties,
        "type": "Microsoft.MachineLearningServices/workspaces/onlineEndpoints", "systemData": system_data(),
    }  # fmt: skip
    return long_running(call, state().endpoints[name])


@route(
    "GET", ARM, ONLINE + "/deployments", gives="list:OnlineDeployment", versions="2022-02-01-preview 2023-04-01-preview"
)
def deployments(call: Call) -> Answer:
    require(call, MANAGEMENT)
    return Answer(200, {"value": [d for (e, _), d in state().deployments.items() if e == call.match["endpoint"]]})


@route("GET", ARM, ONLINE + "/deployments/{colour}", gives="OnlineDeployment", versions="2023-04-01-preview")
def deployment(call: Call) -> Answer:
    require(call, MANAGEMENT)
    found = state().deployments.get((call.match["endpoint"], call.match["colour"]))
    if found is None:
        raise Refused(404, "ResourceNotFound", "There is no such deployment.")
    return Answer(200, found)


@route(
    "PUT",
    ARM,
    ONLINE + "/deployments/{colour}",
    takes="OnlineDeployment",
    gives="OnlineDeployment",
    versions="2023-04-01-preview",
)
def put_deployment(call: Call) -> Answer:
    require(call, MANAGEMENT)
    name, colour, wanted = call.match["endpoint"], call.match["colour"], call.json()
    if name not in state().endpoints:
        raise Refused(404, "ResourceNotFound", "There is no such endpoint.")
    properties = {k: v for k, v in wanted["properties"].items() if v is not None} | {"provisioningState": "Succeeded"}
    properties.setdefault("scaleSettings", {"scaleType": "Default"})
    made = {k: v for k, v in wanted.items() if v is not None} | {
        "id": f"{WS}/onlineEndpoints/{name}/deployments/{colour}", "name": colour, "properties": properties,
        "type": "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments", "systemData": system_data(),
    }  # fmt: skip
    answered = long_running(call, made)
    if "Failed" not in list(state().operations.values())[-1]:
        state().deployments[(name, colour)] = made
    return answered


@route("POST", SCORING, "/score")
def score(call: Call) -> Answer:
    """With the bytes of the deployed model, by the deployment's own scoring code."""
    require(call, "https://ml.azure.com")
    name = call.host.split(".")[0]
    colour = call.headers.get("azureml-model-deployment") or _by_traffic(name)
    if (name, colour) not in state().deployments:
        raise Refused(404, "DeploymentNotFound", f"There is no deployment {colour}.")
    state().scored[f"{name}/{colour}"] += 1
    from classifier.azure import score as script

    script._runtime = _runtime(state().deployments[(name, colour)]["properties"]["model"])
    try:
        return Answer(200, script.answer(call.json()))
    except script.BadRequest as error:
        return Answer(422, {"title": str(error)})


def _by_traffic(name: str) -> str:
    traffic = state().endpoints[name]["properties"]["traffic"]
    if not any(traffic.values()):
        raise Refused(404, "NoTraffic", "No deployment takes traffic.")
    state().turn += 37
    mark, total = state().turn % 100, 0
    for colour, share in sorted(traffic.items()):
        total += share
        if mark < total:
            return str(colour)
    raise AssertionError("traffic sums to 100")


def _runtime(model: str) -> Any:
    from classifier.ml.runtime import Runtime

    parts = model.rstrip("/").split("/")
    name, version = parts[-3], parts[-1]
    asset = next(a for (_, kind, n, v), a in state().assets.items() if (kind, n, v) == ("models", name, version))
    prefix = asset["properties"]["modelUri"].split("/paths/")[-1].rstrip("/") + "/"
    if prefix not in _loaded:
        folder = Path(tempfile.mkdtemp(prefix="stand-in-model-"))
        for key in list(state().blobs):
            account, _, blob = key
            if account == STORE and blob.startswith(prefix):
                (folder / blob.removeprefix(prefix)).write_bytes(state().blobs[key][0])
        _loaded[prefix] = Runtime.load(folder)
    return _loaded[prefix]
