"""Blue and green on the endpoint, and that no posts move without an approval."""

from typing import Any

import pytest
from django.core.management import call_command

from classifier import releases, serving
from classifier.azure import client, deployments, remote, scoring, sync
from classifier.azure.deployments import Endpoint
from classifier.models import AzureState, ModelVersion
from classifier.predict import Message, classify
from classifier.registry import Integrity, InvalidRequest, RegistryError, transfer
from monitoring.models import AuditEvent
from tests.azure_emulator.process import StandIn
from tests.classifier.azure.conftest import NAME
from tests.classifier.registry.azure_fixtures import azure_registry
from tests.classifier.versions import make_evaluation, make_version

pytestmark = [pytest.mark.azure, pytest.mark.django_db]
REASON = "Its evidence is better on every class that matters."


@pytest.fixture
def live(azure: StandIn) -> ModelVersion:
    """The shipped version, in production and in the workspace."""
    version = serving.register_shipped()
    transfer.push(azure_registry(), version, by="test")
    return version


@pytest.fixture
def candidate(live: ModelVersion) -> ModelVersion:
    version = make_version("2026.48")
    transfer.push(azure_registry(), version, by="test")
    return version


@pytest.fixture
def approved(candidate: ModelVersion, people: dict[str, Any], settings: Any) -> ModelVersion:
    """The candidate, as a canary that a named person let in."""
    settings.SHADOW_HOURS = 0
    request = releases.propose(evaluation=make_evaluation(candidate))
    assert request is not None
    releases.tick()
    releases.approve(request_id=request.pk, by=people["approver"], reason=REASON, evidence_hash=request.evidence_hash)
    candidate.refresh_from_db()
    return candidate


def _traffic(azure: StandIn) -> dict[str, int]:
    return azure.state()["endpoints"][NAME]["properties"]["traffic"]  # type: ignore[no-any-return]


def test_from_blue_to_green_and_back(
    azure: StandIn, endpoint: Endpoint, live: ModelVersion, approved: ModelVersion, people: dict[str, Any]
) -> None:
    assert endpoint.deploy(live, by="test").name == "blue"
    assert _traffic(azure) == {}
    with pytest.raises(InvalidRequest, match="responder azure deploy"):
        endpoint.follow(by="test")  # the canary is not there yet
    assert endpoint.deploy(approved, by="test").name == "green"  # nothing serves there yet, and blue is not touched
    assert endpoint.follow(by="test") == {"blue": 90, "green": 10}
    assert _traffic(azure) == {"blue": 90, "green": 10}
    releases.promote(version_id=approved.pk, by=people["approver"])
    assert endpoint.follow(by="test") == {"blue": 0, "green": 100}
    releases.roll_back(by=people["approver"], reason="It misses people who are trapped.")
    puts = len(azure.calls("PUT", f"/onlineEndpoints/{NAME}"))
    assert endpoint.follow(by="test") == {"blue": 100, "green": 0}
    assert len(azure.calls("PUT", f"/onlineEndpoints/{NAME}")) == puts + 1  # one change of traffic
    assert {colour.name for colour in endpoint.colours()} == {"blue", "green"}
    events = AuditEvent.objects.filter(action="azure.traffic")
    assert events.count() >= 3


def test_a_deployment_that_answers_with_other_bytes_is_refused(
    azure: StandIn, endpoint: Endpoint, live: ModelVersion, candidate: ModelVersion
) -> None:
    endpoint.deploy(live, by="test")
    with pytest.raises(Integrity):
        endpoint.smoke(candidate, "blue")


def test_a_deployment_that_fails_says_so_and_changes_nothing(
    azure: StandIn, endpoint: Endpoint, live: ModelVersion
) -> None:
    azure.fault(path="/deployments/blue", fail_operation=True)
    with pytest.raises(RegistryError):
        endpoint.deploy(live, by="test")
    azure.mend()
    assert endpoint.colours() == []
    assert not AuditEvent.objects.filter(action="azure.deployed").exists()


def test_asking_one_colour_by_name_does_not_stick_to_later_calls(
    azure: StandIn, endpoint: Endpoint, live: ModelVersion, candidate: ModelVersion
) -> None:
    endpoint.deploy(live, by="test")
    endpoint.follow(by="test")
    endpoint.deploy(candidate, by="test")
    address = endpoint.address()
    text = [{"id": "1", "text": "We need water"}]
    assert scoring.ask(address, text, deployment="green")["model"]["version"] == candidate.version
    assert scoring.ask(address, text)["model"]["version"] == live.version


def test_posts_are_classified_there_and_here_alike_and_here_when_azure_is_away(
    azure: StandIn, endpoint: Endpoint, live: ModelVersion, settings: Any
) -> None:
    settings.SCORING_PLACE = "azure"
    endpoint.deploy(live, by="test")
    sync.refresh()
    messages = [
        Message(id=str(n), text=text) for n, text in enumerate(["We need water in Beira", "Thoughts and prayers"])
    ]
    there = remote.classify(messages, sha256=live.sha256)
    assert there == classify(messages)
    assert azure.state()["scored"] == {f"{NAME}/blue": 2}  # once when it was deployed
    azure.down()
    assert remote.classify(messages, sha256=live.sha256) is None
    azure.down(False)
    assert remote.classify(messages, sha256=live.sha256) is None  # left alone for a while
    remote.resume()
    assert remote.classify(messages, sha256=live.sha256) == there
    assert remote.classify(messages, sha256="0" * 64) is None  # no colour holds these bytes


def test_azure_away_is_said_on_the_model_page_and_caught_up_later(
    azure: StandIn, client: Any, people: dict[str, Any], settings: Any
) -> None:
    settings.AZURE_ENDPOINT = ""
    live = serving.register_shipped()
    azure.down()
    assert classify([Message(id="1", text="We need water")])[0]["model"]["sha256"] == live.sha256
    state = sync.refresh()
    assert state is not None and state.away_since and state.waiting == [str(live)]
    client.force_login(people["viewer"])
    page = client.get("/model/").content.decode()
    assert "Azure ML has been unavailable since" in page and "1 version is waiting" in page
    azure.down(False)
    state = sync.refresh()
    assert state is not None and state.away_since is None and state.waiting == []
    assert azure_registry().get_alias(live.name, "production").sha256 == live.sha256
    assert "Last contact with Azure ML" in client.get("/model/").content.decode()
    assert AzureState.objects.count() == 1


def test_the_command_deploys_and_tells_what_stands(azure: StandIn, live: ModelVersion, capsys: Any) -> None:
    call_command("azure", "deploy", live.name, live.version)
    call_command("azure", "follow")
    call_command("azure", "smoke", live.name, live.version)
    call_command("azure", "status")
    said = capsys.readouterr().out
    assert "blue 100 %" in said and f"blue: {live.version}, 100 %" in said and "serves" in said


def test_the_packages_of_the_deployment_are_those_of_the_files() -> None:
    import yaml

    from tests.deploy.test_azure_files import AZURE

    conda = yaml.safe_load((AZURE / "environments" / "conda-scoring.yml").read_text())
    assert next(part["pip"] for part in conda["dependencies"] if isinstance(part, dict)) == deployments.PACKAGES
    assert yaml.safe_load((AZURE / "environments" / "scoring.yml").read_text())["image"] == deployments.IMAGE
    assert client.AzureLocation
