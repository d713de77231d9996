"""The model registry: one Protocol, a backend per way of storing. `open_registry` gives the one that is set."""

from collections.abc import Callable
from pathlib import Path
from pkgutil import resolve_name

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


# Each is imported when it is opened; a backend knows this package, and not the other way round.
BACKENDS = {
    "local": "classifier.registry.local:from_data_dir",
    "azureml": "classifier.azure.registry:from_environment",
}


def open_registry() -> Registry:
    """The registry that RESPONDER_MODEL_REGISTRY names."""
    from django.conf import settings  # here, so that the backends stay usable without Django

    open_backend: Callable[[Path], Registry] = resolve_name(BACKENDS[settings.MODEL_REGISTRY])
    return open_backend(settings.DATA_DIR)
