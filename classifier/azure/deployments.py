"""Blue/green deployment on a managed online endpoint. Its traffic follows the rows: nobody can set a share.

1. `deploy`  the version gets the idle colour, without traffic.
2. `smoke`   the deployment is called by name and must answer with the approved bytes.
3. `follow`  the endpoint's traffic becomes what the releases say: the canary 10 %, production the rest. So a person's
             approval, promotion or rollback in `classifier.releases` is the only way to change it, whoever calls.
The colour that served before stays as it is: rolling back is one change of traffic.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from classifier import releases
from classifier.azure import client, code, scoring
from classifier.azure.client import AzureLocation
from classifier.errors import GovernanceError
from classifier.models import ApprovalRequest, Decision, Deployment, ModelVersion
from classifier.registry.errors import Integrity, InvalidRequest, NotFound
from monitoring import audit

COLOURS = ("blue", "green")
DEPLOY_S = 3600.0
TRY = [{"id": "smoke", "text": "We need water and a doctor in Beira, the bridge is gone"}]
INSTANCE, INSTANCES = "Standard_DS3_v2", 2
IMAGE = "mcr.microsoft.com/azureml/minimal-ubuntu22.04-py311-cpu-inference:latest"
PACKAGES = [
    "azureml-inference-server-http==1.5.1", "onnxruntime>=1.22,<2", "tokenizers>=0.21,<1", "numpy>=2.0,<3",
    "rapidfuzz>=3.12,<4", "py3langid>=0.4,<1", "babel>=2.17,<3",
]  # fmt: skip
KINDS_WITHOUT_REQUEST = (Deployment.Kind.INSTALLATION, Deployment.Kind.ROLLBACK)


@dataclass(frozen=True, slots=True)
class Colour:
    """A deployment of the endpoint: its version and its share of the traffic in percent."""

    name: str
    version: str
    sha256: str
    traffic: int


class Endpoint:
    """The endpoint from the settings."""

    def __init__(self, place: AzureLocation, name: str) -> None:
        self.place, self.name = place, name
        self._connected: Any = None

    def colours(self) -> list[Colour]:
        """The existing deployments; empty if the endpoint doesn't exist yet."""
        try:
            traffic = self._call(lambda ml: ml.online_endpoints.get(self.name)).traffic or {}
        except NotFound:
            return []
        found = self._call(lambda ml: list(ml.online_deployments.list(self.name)))
        return [
            Colour(d.name, d.tags.get("version", ""), d.tags.get("sha256", ""), traffic.get(d.name, 0)) for d in found
        ]

    def deploy(self, version: ModelVersion, *, by: str) -> Colour:
        """Deploy the version to the idle colour without traffic, then smoke-test it. Raises a RegistryError."""
        known = self.colours()
        here = next((colour for colour in known if colour.sha256 == version.sha256), None)
        if here is None:
            serve = {row.version.sha256 for row in _open_rows()}
            busy = {colour.name for colour in known if colour.traffic or colour.sha256 in serve}
            free = next((name for name in COLOURS if name not in busy), None)
            if free is None:
                raise InvalidRequest("Both colours take posts. Finish the release, or roll it back, first.")
            self._require_endpoint()
            self._create(version, free)
            here = Colour(free, version.version, version.sha256, 0)
        self.smoke(version, here.name)
        _record(version, by, "azure.deployed", {"endpoint": self.name, "colour": here.name})
        return here

    def smoke(self, version: ModelVersion, colour: str) -> None:
        """Call one colour by name. Raises Integrity unless it answers with the version's own bytes."""
        answered = scoring.ask(self.address(), TRY, deployment=colour)
        found = answered["model"]["sha256"]
        if found != version.sha256:
            raise Integrity(f"{colour} answers with SHA-256 {found[:12]}…, {version} has {version.sha256[:12]}….")

    def follow(self, *, by: str) -> dict[str, int]:
        """Set the traffic to what the releases say. Raises GovernanceError if a row has no approval."""
        rows, colours = intended_shares(), {colour.sha256: colour for colour in self.colours()}
        missing = [row.version for row in rows if row.version.sha256 not in colours]
        if missing:
            raise InvalidRequest(f"{missing[0]} is not on {self.name}. Run: responder azure deploy {missing[0]}")
        traffic = {colour.name: 0 for colour in colours.values()}
        for row, share in rows.items():
            traffic[colours[row.version.sha256].name] = share
        before = {colour.name: colour.traffic for colour in colours.values()}
        if traffic != before:
            self._set(traffic)
            for row in rows:
                detail = {"endpoint": self.name, "before": before, "after": traffic, "request": row.request_id}
                _record(row.version, by, "azure.traffic", detail)
        return traffic

    def address(self) -> str:
        """The endpoint's scoring URI."""
        return str(self._call(lambda ml: ml.online_endpoints.get(self.name)).scoring_uri)

    def _set(self, traffic: dict[str, int]) -> None:
        def change(ml: Any) -> None:
            endpoint = ml.online_endpoints.get(self.name)
            endpoint.traffic = traffic
            ml.online_endpoints.begin_create_or_update(endpoint).result()

        self._call(change, seconds=DEPLOY_S)

    def _require_endpoint(self) -> None:
        def make(ml: Any) -> None:
            from azure.ai.ml.entities import ManagedOnlineEndpoint

            endpoint = ManagedOnlineEndpoint(name=self.name, auth_mode="aad_token", tags={"product": "responder"})
            ml.online_endpoints.begin_create_or_update(endpoint).result()

        try:
            self.address()
        except NotFound:
            self._call(make, seconds=DEPLOY_S)

    def _create(self, version: ModelVersion, colour: str) -> None:
        def make(ml: Any) -> None:
            from azure.ai.ml.entities import CodeConfiguration, ManagedOnlineDeployment

            deployment = ManagedOnlineDeployment(
                name=colour, endpoint_name=self.name, instance_type=INSTANCE, instance_count=INSTANCES,
                model=f"azureml:{version.name}:{version.version}", environment=code.environment("responder-scoring", IMAGE, PACKAGES),
                code_configuration=CodeConfiguration(code=str(source), scoring_script="score.py"),
                tags={"version": version.version, "sha256": version.sha256},
            )  # fmt: skip
            ml.online_deployments.begin_create_or_update(deployment).result()

        with TemporaryDirectory(prefix="responder-score-") as folder:
            source = code.scoring(Path(folder) / "scoring")
            self._call(make, seconds=DEPLOY_S)

    def _call(self, work: Callable[[Any], Any], *, seconds: float = client.CALL_S) -> Any:
        if self._connected is None:
            self._connected = client.connect(self.place)
        connected = self._connected
        return client.call(lambda: work(connected), what=f"Azure ML endpoint {self.name}", seconds=seconds)


def intended_shares() -> dict[Deployment, int]:
    """Return open deployment → percent of the traffic, derived only from the releases. Raises GovernanceError."""
    rows = {row.role: row for row in _open_rows()}
    if Deployment.Role.PRODUCTION not in rows:
        raise GovernanceError("No version is in production, so no deployment may take posts.")
    for row in rows.values():
        _require_decision(row)
    canary = rows.get(Deployment.Role.CANARY)
    share = round(min(canary.share, releases.CANARY_SHARE) * 100) if canary else 0
    return {rows[Deployment.Role.PRODUCTION]: 100 - share} | ({canary: share} if canary else {})


def _open_rows() -> list[Deployment]:
    roles = (Deployment.Role.PRODUCTION, Deployment.Role.CANARY)
    return list(Deployment.objects.filter(ended_at=None, role__in=roles).select_related("version", "request"))


def _require_decision(row: Deployment) -> None:
    if row.request is None and row.kind in KINDS_WITHOUT_REQUEST and row.version.origin == "shipped":
        return  # whoever installed the product decided to use it, and a named person decided on a rollback to it
    request = row.request
    approved = request and (request.version_id, request.state) == (row.version_id, ApprovalRequest.State.APPROVED)
    if not request or not approved or not request.decisions.filter(verdict=Decision.Verdict.APPROVE).exists():
        raise GovernanceError(f"No approval of {row.version} is on record: it takes no posts.")


def _record(version: ModelVersion, by: str, action: str, detail: dict[str, Any]) -> None:
    audit.record(
        actor=by, action=action, object_type="model_version", object_id=str(version.pk),
        detail=detail | {"name": version.name, "version": version.version, "sha256": version.sha256},
    )  # fmt: skip
