"""The registry in Azure ML: the contract, over real HTTPS with the real SDK, in a workspace and in a registry."""

from collections.abc import Callable

import pytest

from classifier.azure.registry import AzureMLRegistry
from classifier.registry import RegisteredModel, Registry
from tests.azure_emulator.process import StandIn
from tests.classifier.registry.azure_fixtures import azure_registry
from tests.classifier.registry.contract import RegistryContract

pytestmark = [pytest.mark.azure, pytest.mark.django_db]


class AzureContract(RegistryContract):
    shared = False

    @pytest.fixture
    def registry(self, stand_in: StandIn) -> Registry:
        return azure_registry(shared=self.shared)

    @pytest.fixture
    def damage(self, stand_in: StandIn) -> Callable[[RegisteredModel, str], None]:
        def flip(model: RegisteredModel, name: str) -> None:
            assert stand_in.flip(f"{model.name}-{model.version}/{name}")

        return flip

    @pytest.fixture
    def unreachable(self, registry: Registry, stand_in: StandIn) -> Registry:
        """The same client, as when the network goes away; the answers of the test before stay."""
        return Away(azure_registry(shared=self.shared), stand_in)


class Away:
    """A registry that is only reached while the stand-in is down."""

    def __init__(self, registry: AzureMLRegistry, stand_in: StandIn) -> None:
        self._registry, self._stand_in = registry, stand_in

    def __getattr__(self, name: str) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            self._stand_in.fault(status=503)
            try:
                return getattr(self._registry, name)(*arguments, **options)
            finally:
                self._stand_in.mend()

        return call


class TestWorkspace(AzureContract):
    pass


class TestSharedRegistry(AzureContract):
    shared = True
