"""The model registry: one Protocol, a backend per way of storing. `open_registry` gives the one that is set."""

from collections.abc import Callable
from pathlib import Path

from classifier.registry.base import RegisteredModel, Registry
from classifier.registry.errors import (
    AlreadyExists,
    Integrity,
    InvalidRequest,
    NotFound,
    Refused,
    RegistryError,
    Unavailable,
)

__all__ = [
    "BACKENDS",
    "AlreadyExists",
    "Integrity",
    "InvalidRequest",
    "NotFound",
    "Refused",
    "RegisteredModel",
    "Registry",
    "RegistryError",
    "Unavailable",
    "open_registry",
]


def _local(data_dir: Path) -> Registry:
    from classifier.registry.local import LocalRegistry

    return LocalRegistry(data_dir / "registry")


def _azureml(data_dir: Path) -> Registry:
    from classifier.azure import client
    from classifier.registry import numbers
    from classifier.registry.azureml import AzureMLRegistry

    place = client.place()
    return AzureMLRegistry(place, allocate=numbers.allocate, shared=not place.workspace)


# Each is imported when it is opened.
BACKENDS: dict[str, Callable[[Path], Registry]] = {"local": _local, "azureml": _azureml}


def open_registry() -> Registry:
    """The registry that RESPONDER_MODEL_REGISTRY names."""
    from django.conf import settings  # here, so that the backends stay usable without Django

    return BACKENDS[settings.MODEL_REGISTRY](settings.DATA_DIR)
