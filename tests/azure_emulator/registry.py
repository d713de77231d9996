"""An Azure ML registry: discovery, temporary storage, models, import from a workspace, and its long-running operations."""

import re

from tests.azure_emulator.login import require
from tests.azure_emulator.proxy import Answer, Call, Refused, route
from tests.azure_emulator.state import (
    GROUP,
    REG,
    REGION,
    REGISTRY,
    REGISTRY_STORE,
    STORE,
    SUBSCRIPTION,
    WORKSPACE_GUID,
    moment,
    signature,
    state,
    system_data,
)
from tests.azure_emulator.workspace import MANAGEMENT, asset, container, page, put, versions

DISCOVERY, PLANE = r"eastus\.api\.azureml\.ms", rf"{REGION}\.api\.azureml\.ms"
BASE = "/mferp/managementfrontend" + REG
AUDIENCES = (MANAGEMENT, "https://ml.azure.com")  # the SDK takes the latter while it shares a model
VERSION = "2021-10-01-dataplanepreview"


def _identity(name: str, version: str) -> str:
    return f"azureml://registries/{REGISTRY}/models/{name}/versions/{version}"


def _blob(name: str, version: str) -> str:
    return (
        f"https://{REGISTRY_STORE}.blob.core.windows.net/{re.sub('[^a-z0-9]', '-', f'{name}-{version}'.lower())[:50]}x"
    )


@route("GET", DISCOVERY, "/registrymanagement/v1.0/registries/{registry}/discovery", gives="RegistryDiscovery")
def discovery(call: Call) -> Answer:
    require(call, *AUDIENCES)
    if call.match["registry"] != REGISTRY:
        raise Refused(404, "NotFound", f"There is no registry {call.match['registry']}.")
    return Answer(200, {
        "registryName": REGISTRY, "primaryRegionResourceProviderUri": f"https://{REGION}.api.azureml.ms/",
        "subscriptionId": SUBSCRIPTION, "resourceGroup": GROUP, "location": REGION,
    })  # fmt: skip


def _reference(name: str, version: str) -> Answer:
    uri = _blob(name, version)
    credential = {"credentialType": "SAS", "sasUri": f"{uri}?{signature()}"}
    return Answer(200, {"blobReferenceForConsumption": {"blobUri": uri, "credential": credential}})


@route(
    "PUT",
    PLANE,
    BASE + "/tempdatarefs/{name}/versions/{version}",
    takes="TemporaryDataReferenceRequest",
    gives="BlobReference",
    versions=VERSION,
)
def temporary(call: Call) -> Answer:
    require(call, *AUDIENCES)
    if ("registries", "models", call.match["name"], call.match["version"]) in state().assets:
        raise Refused(409, "Conflict", "Asset already exists.")
    return _reference(call.match["name"], call.match["version"])


@route(
    "POST",
    PLANE,
    BASE + "/datarefs/{name}/versions/{version}",
    takes="BlobReferenceSasRequest",
    gives="BlobReference",
    versions=VERSION,
)
def reference(call: Call) -> Answer:
    require(call, *AUDIENCES)
    asset("registries", "models", call)
    return _reference(call.match["name"], call.match["version"])


@route("GET", PLANE, BASE + "/models", gives="list:ModelContainer", versions=VERSION)
def containers(call: Call) -> Answer:
    require(call, *AUDIENCES)
    if call.query.get("listViewType", "All") not in ("All", "ActiveOnly", "ArchivedOnly"):
        raise Refused(400, "BadRequest", f"listViewType {call.query['listViewType']} is unknown.")
    names = {n for (scope, kind, n, _) in state().assets if (scope, kind) == ("registries", "models")}
    return page([container("registries", "models", name, _identity(name, "x")[:-11]) for name in names], call)


@route("GET", PLANE, BASE + "/models/{name}", gives="ModelContainer", versions=VERSION)
def model_container(call: Call) -> Answer:
    require(call, *AUDIENCES)
    return Answer(200, container("registries", "models", call.match["name"], _identity(call.match["name"], "x")[:-11]))


@route("GET", PLANE, BASE + "/models/{name}/versions", gives="list:ModelVersion", versions=VERSION)
def model_versions(call: Call) -> Answer:
    require(call, *AUDIENCES)
    # Empty for an unknown name: with a 404 this SDK could never register a first version.
    return page(versions("registries", "models", call.match["name"]), call)


@route("GET", PLANE, BASE + "/models/{name}/versions/{version}", gives="ModelVersion", versions=VERSION)
def model_version(call: Call) -> Answer:
    require(call, *AUDIENCES)
    return Answer(200, asset("registries", "models", call))


@route("PUT", PLANE, BASE + "/models/{name}/versions/{version}", takes="ModelVersion", versions=VERSION)
def put_model(call: Call) -> Answer:
    require(call, *AUDIENCES)
    name, version = call.match["name"], call.match["version"]
    made = put(
        "registries", "models", call, _identity(name, version), {"flavors": {}, "provisioningState": "Succeeded"}
    )
    return Answer(201, made)


@route("POST", PLANE, BASE + "/import", takes="ImportRequest", versions=VERSION)
def import_model(call: Call) -> Answer:
    require(call, *AUDIENCES)
    wanted = call.json()["properties"]
    found = re.fullmatch(
        r"azureml://locations/[^/]+/workspaces/([^/]+)/models/([^/]+)/versions/([^/]+)", wanted["sourceAssetId"]
    )
    if not found or found[1] != WORKSPACE_GUID:
        raise Refused(404, "NotFound", "There is no such workspace.")
    source = state().assets.get(("workspaces", "models", found[2], found[3]))
    if source is None:
        raise Refused(404, "NotFound", f"There is no model {found[2]}:{found[3]} in the workspace.")
    name, version = wanted.get("destinationName", found[2]), wanted.get("destinationVersion", found[3])
    uri = _blob(name, version)
    prefix = source["properties"]["modelUri"].split("/paths/")[1].rstrip("/")
    leaf = prefix.rsplit("/", 1)[1]
    for key in list(state().blobs):
        account, _box, blob = key
        if account == STORE and blob.startswith(prefix + "/"):
            state().blobs[(REGISTRY_STORE, uri.rsplit("/", 1)[1], f"{leaf}{blob[len(prefix) :]}")] = state().blobs[key]
    state().assets[("registries", "models", name, version)] = {
        "id": _identity(name, version), "name": version, "type": source["type"], "systemData": system_data(),
        "properties": source["properties"] | {"modelUri": f"{uri}/{leaf}"},
    }  # fmt: skip
    operation = f"import-{moment()}"
    state().operations[operation] = "Succeeded"
    # Polled by Location, and empty at its end: with a body the SDK goes on as if it had files to upload.
    return Answer(202, headers={"Location": f"https://{call.host}/operations/{operation}", "retry-after-ms": "20"})


@route("GET", PLANE, "/operations/{operation}")
def operation(call: Call) -> Answer:
    if state().operations[call.match["operation"]] == "Failed":
        raise Refused(400, "ImportFailed", "The import failed.")
    return Answer(204)
