"""A run's folder in the workspace's blob store: upload of its snapshot, download of its model, removal of both.

It authenticates with the machine's identity, never with an account key or SAS: the store may have both disabled.
"""

from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from classifier.azure import client
from classifier.azure.client import AzureLocation
from classifier.registry.errors import Integrity

T = TypeVar("T")
STORE = "workspaceblobstore"
MOST_FILES, MOST_BYTES = 128, 8 << 30


def uri(prefix: str) -> str:
    """The URI by which a job refers to a folder of the store."""
    return f"azureml://datastores/{STORE}/paths/{prefix}"


class Folder:
    """A prefix in the store."""

    def __init__(self, place: AzureLocation, prefix: str) -> None:
        self.place, self.prefix = place, prefix.strip("/")
        self._container: Any = None

    def upload(self, folder: Path, below: str) -> int:
        """Upload every file of `folder` to `below`. Returns the number of files."""
        files = sorted(path for path in folder.rglob("*") if path.is_file())

        def send(container: Any) -> None:
            for path in files:
                name = f"{self.prefix}/{below}/{path.relative_to(folder).as_posix()}"
                with path.open("rb") as stream:
                    container.upload_blob(name, stream, overwrite=True)

        self._call(send, seconds=client.TRANSFER_S)
        return len(files)

    def download(self, below: str, into: Path) -> int:
        """Download every file of `below` to `into`. Returns their number. Raises Integrity if they aren't a model's."""
        start = f"{self.prefix}/{below}/"

        def fetch(container: Any) -> int:
            found = list(_bounded(container.list_blobs(name_starts_with=start)))
            for blob in found:
                target = into / _relative(blob.name.removeprefix(start))
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as stream:
                    container.download_blob(blob.name).readinto(stream)
            return len(found)

        return self._call(fetch, seconds=client.TRANSFER_S)

    def clear(self) -> int:
        """Delete all files, because they contain texts. Returns the number of files."""

        def remove(container: Any) -> int:
            names = [blob.name for blob in container.list_blobs(name_starts_with=f"{self.prefix}/")]
            for name in names:
                container.delete_blob(name)
            return len(names)

        return self._call(remove, seconds=client.TRANSFER_S)

    def _call(self, work: Callable[[Any], T], *, seconds: float) -> T:
        def run() -> T:
            self._container = self._container or self._open()
            return work(self._container)

        return client.call(run, what="The workspace's blob store", seconds=seconds)

    def _open(self) -> Any:
        connected = client.connect(self.place)
        store = connected.datastores.get_default()
        from azure.identity import DefaultAzureCredential
        from azure.storage.blob import ContainerClient

        return ContainerClient(
            f"https://{store.account_name}.blob.{store.endpoint}",
            store.container_name,
            credential=DefaultAzureCredential(process_timeout=20),
            retry_total=self.place.retries,
            connection_timeout=client.NETWORK["connection_timeout"],
            read_timeout=client.NETWORK["read_timeout"],
        )


def _bounded(blobs: Any) -> Iterator[Any]:
    count = size = 0
    for blob in blobs:
        count, size = count + 1, size + blob.size
        if count > MOST_FILES or size > MOST_BYTES:
            raise Integrity(f"The job wrote more than {MOST_FILES} files or {MOST_BYTES >> 30} GiB: that is no model.")
        yield blob


def _relative(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise Integrity(f"The job wrote a file {name[:100]!r}: that is no model's.")
    return path
