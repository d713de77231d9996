"""The model registry: one Protocol, and a backend per kind of storage. `open_registry` returns the configured one."""

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


# Each backend is imported when it is opened: backends import this package, and not the other way round.
BACKENDS = {
    "local": "classifier.registry.local:from_data_dir",
    "azureml": "classifier.azure.registry:from_environment",
}


def open_registry() -> Registry:
    """The registry that RESPONDER_MODEL_REGISTRY names."""
    from django.conf import settings  # imported here, so that the backends stay usable without Django

    open_backend: Callable[[Path], Registry] = resolve_name(BACKENDS[settings.MODEL_REGISTRY])
    return open_backend(settings.DATA_DIR)
