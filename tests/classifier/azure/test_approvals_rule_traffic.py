"""No traffic changes without an approval record: tried by API, page, command and direct calls, and watched on the wire."""

import itertools
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import get_resolver, reverse
from django.utils import timezone

from classifier import releases, serving
from classifier.azure import deployments
from classifier.azure.deployments import Endpoint
from classifier.errors import GovernanceError
from classifier.models import ApprovalRequest, Decision, Deployment, ModelVersion
from classifier.registry import transfer
from tests.azure_emulator.process import StandIn
from tests.classifier.azure.conftest import NAME
from tests.classifier.registry.azure_fixtures import azure_registry
from tests.classifier.versions import make_evaluation, make_version

pytestmark = [pytest.mark.azure, pytest.mark.django_db]
REASON = "Its evidence is better on every class that matters."


@pytest.fixture
def candidate(azure: StandIn, endpoint: Endpoint) -> ModelVersion:
    """A version that is deployed beside the live one, and that nobody approved."""
    live, version = serving.register_shipped(), make_version("2026.48")
    for row in (live, version):
        transfer.push(azure_registry(), row, by="test")
        endpoint.deploy(row, by="test")
    endpoint.follow(by="test")
    return version


@pytest.fixture
def unmoved(azure: StandIn, endpoint: Endpoint, candidate: ModelVersion) -> Callable[[], None]:
    """unmoved(): the endpoint's traffic is as it was, and nobody even asked Azure to change it."""

    def puts() -> list[Any]:
        return [call["body"]["properties"].get("traffic") for call in azure.calls("PUT", f"/onlineEndpoints/{NAME}")
                if call["path"].endswith(f"/onlineEndpoints/{NAME}")]  # fmt: skip

    before = puts()
    assert {colour: share for colour, share in before[-1].items() if share} == {"blue": 100}

    def check() -> None:
        with suppress(GovernanceError):
            endpoint.follow(by="test")
        assert puts() == before
        assert azure.state()["endpoints"][NAME]["properties"]["traffic"] == before[-1]

    return check


def test_by_the_command(candidate: ModelVersion, unmoved: Callable[[], None], people: dict[str, Any]) -> None:
    name = people["approver"].username
    for words in (
        ("models", "promote", candidate.name, candidate.version, "--by", name),
        (
            "models",
            "approve",
            candidate.name,
            candidate.version,
            "--by",
            name,
            "--reason",
            REASON,
            "--evidence",
            "0" * 64,
        ),
    ):
        with pytest.raises(CommandError):
            call_command(*words)
    for words in (("azure", "follow"), ("azure", "deploy", candidate.name, candidate.version), ("azure", "sync")):
        call_command(*words)
    for word in ("--traffic=100", "--share=100", "green=100"):  # there is no way to name a share
        with pytest.raises((CommandError, TypeError)):
            call_command("azure", "follow", word)
    unmoved()


def test_by_the_page(candidate: ModelVersion, unmoved: Callable[[], None], people: dict[str, Any], client: Any) -> None:
    request = _request(candidate)
    decide = reverse("approval-decide", args=[request.pk])
    for person in people.values():
        client.force_login(person)
        for address, sent in (
            (reverse("model-promote", args=[candidate.pk]), {}),
            (reverse("model-rollback"), {"reason": REASON}),
            (decide, {"verdict": "approve", "reason": REASON, "evidence": "f" * 64}),  # not what the request shows
            (decide, {"verdict": "approve", "reason": "", "evidence": request.evidence_hash}),
        ):
            assert client.post(address, sent).status_code in (302, 400, 403, 409)
    assert not Decision.objects.exists() and not Deployment.objects.filter(version=candidate).exists()
    unmoved()


def test_by_the_api(candidate: ModelVersion, unmoved: Callable[[], None], people: dict[str, Any], client: Any) -> None:
    """Every route of the API, with every method that could change something, by the most powerful person."""
    client.force_login(people["superuser"])
    sent = {"traffic": {"blue": 0, "green": 100}, "version": candidate.version, "state": "production", "share": 1.0}
    addresses = _api_addresses()
    assert len(addresses) >= 8
    for address in addresses:
        for method in ("post", "put", "patch", "delete"):
            answered = getattr(client, method)(address, sent, content_type="application/json")
            assert answered.status_code >= 400, (method, address)
    assert not Deployment.objects.filter(version=candidate).exists()
    unmoved()


def test_by_direct_calls(candidate: ModelVersion, unmoved: Callable[[], None], people: dict[str, Any]) -> None:
    with pytest.raises(GovernanceError):
        releases.promote(version_id=candidate.pk, by=people["approver"])
    with pytest.raises(GovernanceError):
        releases.roll_back(by=people["approver"], reason=REASON)
    with pytest.raises(TypeError):
        Endpoint.follow(traffic={"green": 100}, by="test")  # type: ignore[call-arg]
    unmoved()


def test_by_a_row_that_somebody_wrote_past_the_releases(
    db: None, people: dict[str, Any], settings: Any, tmp_path: Any
) -> None:
    settings.DATA_DIR = tmp_path
    live, version = serving.register_shipped(), make_version("2026.48")
    assert {row.version: share for row, share in deployments.intended_shares().items()} == {live: 100}
    papers = {
        "none": None, "open": _request(version), "closed without a decision": _request(version, "approved"),
        "another version's": _request(live, "approved", people["approver"]),
    }  # fmt: skip
    roles = (Deployment.Role.CANARY, Deployment.Role.PRODUCTION)
    tried = 0
    for role, kind, (paper, request) in itertools.product(roles, Deployment.Kind.values, papers.items()):
        with suppress(IntegrityError, _Undo), transaction.atomic():  # the database itself refuses some
            if role == Deployment.Role.PRODUCTION:
                Deployment.objects.filter(version=live).update(ended_at=timezone.now())
            Deployment.objects.create(version=version, role=role, kind=kind, share=0.5, request=request, by="x")
            with pytest.raises(GovernanceError, match="No approval"):
                deployments.intended_shares()
                pytest.fail(f"{role}, {kind}, paper: {paper}")
            tried += 1
            raise _Undo
    assert tried >= 20
    assert {row.version: share for row, share in deployments.intended_shares().items()} == {live: 100}


def test_a_canary_never_gets_more_than_a_canarys_share(
    db: None, people: dict[str, Any], settings: Any, tmp_path: Any
) -> None:
    settings.DATA_DIR = tmp_path
    live, version = serving.register_shipped(), make_version("2026.48")
    Deployment.objects.create(
        version=version, role=Deployment.Role.CANARY, kind=Deployment.Kind.RELEASE, share=0.9, by="x",
        request=_request(version, "approved", people["approver"]),
    )  # fmt: skip
    assert {row.version: share for row, share in deployments.intended_shares().items()} == {live: 90, version: 10}


class _Undo(Exception):
    """Ends a block whose rows must not stay."""


def _request(version: ModelVersion, state: str = "open", by: Any = None) -> ApprovalRequest:
    request = ApprovalRequest.objects.create(
        version=version,
        evaluation=make_evaluation(version),
        evidence_hash="0" * 64,
        expires_at=timezone.now(),
        state=state,
    )
    if by:
        Decision.objects.create(
            request=request, verdict=Decision.Verdict.APPROVE, by=by, reason=REASON, evidence_hash_seen="0" * 64
        )
    return request


def _api_addresses() -> list[str]:
    found = []
    for pattern in get_resolver("responder.api.urls").url_patterns:
        found.append("/api/" + str(pattern.pattern).replace("<str:ref>", "i-1"))
    return found
