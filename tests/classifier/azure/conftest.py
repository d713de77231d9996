"""The stand-in, and an installation that uses it."""

from collections.abc import Iterator
from typing import Any

import pytest

from classifier.azure import remote, scoring
from classifier.azure.deployments import Endpoint
from tests.azure_emulator.process import StandIn
from tests.azure_emulator.state import GROUP, REGISTRY, SUBSCRIPTION, WORKSPACE
from tests.classifier.registry.azure_fixtures import PLACE

NAME = "responder-tweets-relief"


@pytest.fixture
def azure(stand_in: StandIn, settings: Any, tmp_path: object) -> Iterator[StandIn]:
    """The settings of an installation that keeps its models in Azure and deploys there."""
    settings.DATA_DIR = tmp_path
    settings.MODEL_REGISTRY, settings.AZURE_ENDPOINT = "azureml", NAME
    settings.AZURE_SUBSCRIPTION, settings.AZURE_RESOURCE_GROUP = SUBSCRIPTION, GROUP
    settings.AZURE_WORKSPACE, settings.AZURE_REGISTRY = WORKSPACE, REGISTRY
    remote.resume()
    remote._addresses.clear()
    scoring._credential = None
    yield stand_in


_kept: dict[str, object] = {}


@pytest.fixture
def endpoint(azure: StandIn) -> Endpoint:
    """The endpoint, through a client that is kept: making one costs more than a test."""
    made = Endpoint(PLACE, NAME)
    made._connected = _kept.get("client")
    made.colours()
    _kept["client"] = made._connected
    return made
