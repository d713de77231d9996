"""Fixtures of every test that talks to the stand-in: one process of it, empty at the start of each test."""

import os
import warnings
from collections.abc import Iterator

import pytest

from classifier.azure.client import AzureLocation
from classifier.azure.registry import AzureMLRegistry
from classifier.registry import numbers
from tests.azure_emulator.process import StandIn, running
from tests.azure_emulator.state import GROUP, REGISTRY, SUBSCRIPTION, WORKSPACE

PLACE = AzureLocation(SUBSCRIPTION, GROUP, WORKSPACE, REGISTRY, retries=0, poll_s=0.05)


@pytest.fixture(scope="session")
def stand_in_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with running(tmp_path_factory.mktemp("azure")) as stand_in:
        before = dict(os.environ)
        os.environ.update(stand_in.environment)
        yield stand_in
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def stand_in(stand_in_process: StandIn) -> Iterator[StandIn]:
    """The stand-in, empty. The test fails where a call had no route or not the SDK's own shape."""
    stand_in_process.down(False)
    stand_in_process.reset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the SDK's own, of which there are many
        yield stand_in_process
    problems = stand_in_process.problems()
    assert problems == [], problems


_open: dict[bool, AzureMLRegistry] = {}


def azure_registry(*, shared: bool = False) -> AzureMLRegistry:
    """A registry whose client is kept: making one costs more than a test."""
    if shared not in _open:
        _open[shared] = AzureMLRegistry(PLACE, allocate=numbers.allocate, shared=shared, transfer_s=60)
    return _open[shared]
