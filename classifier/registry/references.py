"""Which model a person means: a folder, a version of this installation, or the one in production."""

from pathlib import Path

from classifier import serving
from classifier.models import ModelVersion
from classifier.registry.errors import NotFound

PRODUCTION = "production"


def folder_of(reference: str) -> Path:
    """The folder of a model.

    Arguments:
        reference: a folder, `production`, a version such as `2`, or `name:version` such as `own-labels:2`.

    Raises NotFound, or ModelUnavailable where no model is in production.
    """
    path = Path(reference).expanduser()
    if path.is_dir():
        return path
    if reference == PRODUCTION:
        return serving.current_folder()
    return serving.folder_of(version_of(reference))


def version_of(reference: str) -> ModelVersion:
    """The registered version that `version` or `name:version` names. Raises NotFound."""
    name, _, version = reference.rpartition(":")
    found = list(ModelVersion.objects.filter(version=version, **({"name": name} if name else {}))[:3])
    if len(found) > 1:
        names = ", ".join(f"{row.name}:{row.version}" for row in found)
        raise NotFound(f"Several models have a version {version}. Say which: {names}.")
    if not found:
        raise NotFound(
            f"{reference!r} is neither a folder, nor a version of this installation, nor {PRODUCTION!r}. "
            "See: responder models list"
        )
    return found[0]
