"""What can go wrong with the model registry. `temporary` says whether the same call may succeed later.

RegistryError
├── NotFound         no such model, version or alias                          permanent
├── AlreadyExists    the version is there with other bytes; take another one  permanent
├── Integrity        bytes are not those that their hashes name               permanent
├── InvalidRequest   a name, version, label or place that is never allowed    permanent
├── Refused          this site may not, or is not set up to; an operator acts  permanent
└── Unavailable      the registry cannot be reached or is busy                temporary
"""

from classifier.errors import ClassifierError


class RegistryError(ClassifierError):
    """Anything that a registry refuses or fails at."""

    temporary = False


class NotFound(RegistryError):
    """There is no such model, version or alias."""


class AlreadyExists(RegistryError):
    """The version is registered with other bytes; versions never change."""


class Integrity(RegistryError):
    """Bytes are not those that their hashes name. Nothing that was good before was touched."""


class InvalidRequest(RegistryError):
    """A name, version, alias, label or place that is never allowed."""


class Refused(RegistryError):
    """The registry does not let this site in, or the site is not set up for it: an operator must act."""


class Unavailable(RegistryError):
    """The registry cannot be reached, or somebody holds it; the same call may succeed later."""

    temporary = True
