"""The shipped model, loaded once."""

from pathlib import Path

import pytest

import classifier
from classifier.ml.runtime import Runtime
from tests.classifier.registry.azure_fixtures import stand_in, stand_in_process  # noqa: F401  one process for all

SHIPPED = Path(classifier.__file__).parent / "shipped"


@pytest.fixture(scope="session")
def shipped() -> Path:
    """The folder of the newest shipped model."""
    return max(SHIPPED.glob("*/manifest.json")).parent


@pytest.fixture(scope="session")
def shipped_runtime(shipped: Path) -> Runtime:
    return Runtime.load(shipped)
