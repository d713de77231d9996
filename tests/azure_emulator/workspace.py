"""The workspace's control plane: models, its datastore, code."""

import hashlib
from typing import Any

from tests.azure_emulator.login import require
from tests.azure_emulator.proxy import Answer, Call, Refused, route
from tests.azure_emulator.state import (
    CONTAINER,
    REGION,
    STORE,
    WORKSPACE,
    WORKSPACE_GUID,
    WS,
    moment,
    signature,
    state,
    system_data,
)

ARM = r"management\.azure\.com"
MANAGEMENT = "https://management.azure.com"
MODELS = "2023-08-01-preview"
PAGE = "10"  # smaller than Azure's, so that short lists have a second page too
PATH_ERROR = "Asset paths cannot be updated."


def page(items: list[dict[str, Any]], call: Call) -> Answer:
    """A page of a listing: ordered, cut, filtered as asked."""
    view = call.query.get("listViewType", "ActiveOnly")
    shown = [i for i in items if view == "All" or bool(i["properties"].get("isArchived")) == (view == "ArchivedOnly")]
    shown.sort(key=lambda item: item["systemData"]["createdAt"], reverse=True)
    top, skip = int(call.query.get("$top", PAGE)), int(call.query.get("$skip", "0"))
    content: dict[str, Any] = {"value": shown[skip : skip + top]}
    if "$top" not in call.query and len(shown) > skip + top:
        version, arm = call.query.get("api-version", ""), f"https://{call.host}{call.path}"
        content["nextLink"] = f"{arm}?api-version={version}&listViewType={view}&$skip={skip + top}"
    return Answer(200, content)


def versions(scope: str, kind: str, name: str) -> list[dict[str, Any]]:
    return [a for (s, k, n, _), a in state().assets.items() if (s, k, n) == (scope, kind, name)]


def asset(scope: str, kind: str, call: Call) -> dict[str, Any]:
    """One version, else 404."""
    found = state().assets.get((scope, kind, call.match["name"], call.match["version"]))
    if found is None:
        raise Refused(404, "UserError", f"No {kind} {call.match['name']}:{call.match['version']} found.")
    return found


def put(scope: str, kind: str, call: Call, identity: str, extra: dict[str, Any] | None = None) -> dict[str, Any]:
    """Create a version, or change what may change of it: neither its path nor its properties."""
    key = (scope, kind, call.match["name"], call.match["version"])
    known = state().assets.get(key)
    wanted = {k: v for k, v in call.json()["properties"].items() if v is not None and not k.startswith("system")}
    if known:
        _unchanged(known["properties"], wanted)
    properties = {"isAnonymous": False, "isArchived": False} | (extra or {}) | wanted
    state().assets[key] = {
        "id": identity, "name": call.match["version"], "type": f"Microsoft.MachineLearningServices/{scope}/{kind}/versions",
        "systemData": system_data(known), "properties": properties,
    }  # fmt: skip
    return state().assets[key]


def _unchanged(known: dict[str, Any], wanted: dict[str, Any]) -> None:
    for path in ("modelUri", "codeUri"):
        if known.get(path) != wanted.get(path, known.get(path)):
            raise Refused(409, "UserError", PATH_ERROR)
    lost = {k for k, v in (known.get("properties") or {}).items() if (wanted.get("properties") or {}).get(k) != v}
    if lost:
        raise Refused(400, "UserError", f"Asset properties are immutable: {sorted(lost)}")


def container(scope: str, kind: str, name: str, identity: str) -> dict[str, Any]:
    """What stands for all versions of a name, else 404."""
    found = versions(scope, kind, name)
    if not found:
        raise Refused(404, "UserError", f"No {kind} {name} found.")
    newest = max(found, key=lambda item: item["systemData"]["createdAt"])
    numbers = [int(item["name"]) for item in found if item["name"].isdecimal()]
    return {
        "id": identity, "name": name, "type": f"Microsoft.MachineLearningServices/{scope}/{kind}",
        "systemData": newest["systemData"],
        "properties": {"latestVersion": newest["name"], "nextVersion": str(max(numbers, default=0) + 1), "isArchived": False},
    }  # fmt: skip


@route("GET", ARM, WS + "/models", gives="list:ModelContainer", versions=MODELS)
def containers(call: Call) -> Answer:
    require(call, MANAGEMENT)
    names = {n for (scope, kind, n, _) in state().assets if (scope, kind) == ("workspaces", "models")}
    return page([container("workspaces", "models", name, f"{WS}/models/{name}") for name in names], call)


@route("GET", ARM, WS + "/models/{name}", gives="ModelContainer", versions=MODELS)
def model_container(call: Call) -> Answer:
    require(call, MANAGEMENT)
    name = call.match["name"]
    return Answer(200, container("workspaces", "models", name, f"{WS}/models/{name}"))


@route("GET", ARM, WS + "/models/{name}/versions", gives="list:ModelVersion", versions=MODELS)
def model_versions(call: Call) -> Answer:
    require(call, MANAGEMENT)
    found = versions("workspaces", "models", call.match["name"])
    if not found:
        raise Refused(404, "UserError", f"No model {call.match['name']} found.")
    return page(found, call)


@route("GET", ARM, WS + "/models/{name}/versions/{version}", gives="ModelVersion", versions=MODELS)
def model_version(call: Call) -> Answer:
    require(call, MANAGEMENT)
    return Answer(200, asset("workspaces", "models", call))


@route(
    "PUT", ARM, WS + "/models/{name}/versions/{version}", takes="ModelVersion", gives="ModelVersion", versions=MODELS
)
def put_model(call: Call) -> Answer:
    require(call, MANAGEMENT)
    new = ("workspaces", "models", call.match["name"], call.match["version"]) not in state().assets
    identity = f"{WS}/models/{call.match['name']}/versions/{call.match['version']}"
    made = put("workspaces", "models", call, identity, {"flavors": {}, "stage": "", "provisioningState": "Succeeded"})
    return Answer(201 if new else 200, made)


@route("GET", ARM, WS + "/datastores/{store}", gives="Datastore")
def datastore(call: Call) -> Answer:
    require(call, MANAGEMENT)
    return Answer(200, {
        "id": f"{WS}/datastores/workspaceblobstore", "name": "workspaceblobstore",
        "type": "Microsoft.MachineLearningServices/workspaces/datastores", "systemData": system_data(),
        "properties": {
            "datastoreType": "AzureBlob", "isDefault": True, "accountName": STORE, "containerName": CONTAINER,
            "endpoint": "core.windows.net", "protocol": "https", "credentials": {"credentialsType": "Sas", "secrets": {"secretsType": "Sas"}},
            "serviceDataAccessAuthIdentity": "None",
        },
    })  # fmt: skip


@route("GET", ARM, WS + "/datastores", gives="list:Datastore")
def datastores(call: Call) -> Answer:
    only = datastore(call).content
    return Answer(200, {"value": [only]})


@route("POST", ARM, WS + "/datastores/{store}/listSecrets", gives="DatastoreSecrets")
def secrets_of_datastore(call: Call) -> Answer:
    require(call, MANAGEMENT)
    return Answer(200, {"secretsType": "Sas", "sasToken": signature()})


@route("GET", ARM, WS, gives="Workspace")
def workspace(call: Call) -> Answer:
    require(call, MANAGEMENT)
    return Answer(200, {
        "id": WS, "name": WORKSPACE, "type": "Microsoft.MachineLearningServices/workspaces", "location": REGION,
        "systemData": system_data(), "tags": {}, "kind": "Default",
        "identity": {"type": "SystemAssigned", "principalId": WORKSPACE_GUID, "tenantId": WORKSPACE_GUID},
        "properties": {
            "workspaceId": WORKSPACE_GUID, "discoveryUrl": f"https://{REGION}.api.azureml.ms/discovery",
            "mlFlowTrackingUri": f"azureml://{REGION}.api.azureml.ms/mlflow/v1.0{WS}", "provisioningState": "Succeeded",
        },
    })  # fmt: skip


@route("GET", ARM, WS + "/codes/{name}/versions", gives="list:CodeVersion")
def codes(call: Call) -> Answer:
    require(call, MANAGEMENT)
    return page(versions("workspaces", "codes", call.match["name"]), call)


@route("GET", ARM, WS + "/codes/{name}/versions/{version}", gives="CodeVersion")
def code(call: Call) -> Answer:
    require(call, MANAGEMENT)
    return Answer(200, asset("workspaces", "codes", call))


@route("PUT", ARM, WS + "/codes/{name}/versions/{version}", takes="CodeVersion", gives="CodeVersion")
def put_code(call: Call) -> Answer:
    require(call, MANAGEMENT)
    identity = f"{WS}/codes/{call.match['name']}/versions/{call.match['version']}"
    return Answer(201, put("workspaces", "codes", call, identity, {"provisioningState": "Succeeded"}))


@route(
    "POST",
    ARM,
    WS + "/codes/{name}/versions/{version}/startPendingUpload",
    takes="PendingUploadRequestDto",
    gives="PendingUploadResponseDto",
)
def pending_upload(call: Call) -> Answer:
    require(call, MANAGEMENT)
    folder = hashlib.sha256(f"{call.match['name']}:{moment()}".encode()).hexdigest()[:12]
    uri = f"https://{STORE}.blob.core.windows.net/code-{folder}"
    credential = {"credentialType": "SAS", "sasUri": f"{uri}?{signature()}"}
    return Answer(200, {
        "pendingUploadId": folder, "pendingUploadType": "TemporaryBlobReference",
        "blobReferenceForConsumption": {"blobUri": uri, "storageAccountArmId": "", "credential": credential},
    })  # fmt: skip


@route(
    "PUT", ARM, WS + "/environments/{name}/versions/{version}", takes="EnvironmentVersion", gives="EnvironmentVersion"
)
def put_environment(call: Call) -> Answer:
    require(call, MANAGEMENT)
    identity = f"{WS}/environments/{call.match['name']}/versions/{call.match['version']}"
    return Answer(201, put("workspaces", "environments", call, identity, {"provisioningState": "Succeeded"}))


@route("GET", ARM, WS + "/environments/{name}/versions/{version}", gives="EnvironmentVersion")
def environment(call: Call) -> Answer:
    require(call, MANAGEMENT)
    return Answer(200, asset("workspaces", "environments", call))
