"""The model registry's errors. `temporary` says whether the same call may succeed later.

RegistryError
├── NotFound         no such model, version or alias                          permanent
├── AlreadyExists    the version exists with other bytes; use another one  permanent
├── Integrity        the bytes do not match their hashes               permanent
├── InvalidRequest   an invalid name, version, label or location    permanent
├── Refused          no permission, or not configured; an operator must act  permanent
└── Unavailable      the registry can't be reached or is busy                temporary
"""

from classifier.errors import ClassifierError


class RegistryError(ClassifierError):
    """Base of the model registry's errors."""

    temporary = False


class NotFound(RegistryError):
    """The model, version or alias does not exist."""


class AlreadyExists(RegistryError):
    """The version is registered with other bytes; versions never change."""


class Integrity(RegistryError):
    """The bytes do not match their hashes. Intact files were not changed."""


class InvalidRequest(RegistryError):
    """A name, version, alias, label or location is invalid."""


class Refused(RegistryError):
    """The registry denies this site access, or the site is not configured for it: an operator must act."""


class Unavailable(RegistryError):
    """The registry can't be reached or is locked; the same call may succeed later."""

    temporary = True
