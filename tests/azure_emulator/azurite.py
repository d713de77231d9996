"""Bytes in Azurite, Microsoft's own blob emulator, in place of `blobs.py`'s hundred lines: for the slow proof and the demo.

Clients' requests are passed on as they are, but for the log-in, which the stand-in has checked and Azurite would not know.
What the stand-in itself reads and writes (a job's folders, a deployed model) goes there through the storage SDK.
"""

import base64
import http.client
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, MutableMapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from tests.azure_emulator.proxy import Answer, Call
from tests.azure_emulator.state import REGISTRY_STORE, STORE
from tests.services import free_port

VERSION = "3.37.0"
KEY = base64.b64encode(b"a key of the tests, and of no worth").decode()
SIGNED = {"sv", "ss", "srt", "sr", "sp", "st", "se", "spr", "sig", "sip"}  # of the stand-in's own SAS tokens
PASSED_ON = ("x-ms-", "if-", "content-type", "range", "accept")
GIVEN_BACK = ("x-ms-", "etag", "last-modified", "content-type", "content-range", "content-md5", "accept-ranges")
Key = tuple[str, str, str]
Content = tuple[bytes, dict[str, str]]


def install(folder: Path) -> Path:
    """Azurite's program (its blob/main.js): that which RESPONDER_AZURITE names, else from npm, 235 packages and a minute."""
    assert shutil.which("node"), "node is missing: install Node.js 20 or later"
    if known := os.environ.get("RESPONDER_AZURITE"):
        return Path(known)
    assert shutil.which("npm"), (
        "npm is missing: install it, or name Azurite's dist/src/blob/main.js in RESPONDER_AZURITE"
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text("{}")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", f"azurite@{VERSION}"]
    done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"npm cannot install Azurite: {done.stderr[-2000:]}"
    return folder / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"


class Azurite(MutableMapping[Key, Content]):
    """The running program, as the mapping of blobs that the rest of the stand-in knows: (account, container, name) → bytes."""

    def __init__(self, program: Path) -> None:
        self.port = free_port()
        accounts = ";".join(f"{name}:{KEY}" for name in (STORE, REGISTRY_STORE))
        self.process = subprocess.Popen(
            ["node", str(program), "--skipApiVersionCheck", "--disableTelemetry", "--inMemoryPersistence", "--silent",
             "--blobPort", str(self.port)],
            env=os.environ | {"AZURITE_ACCOUNTS": accounts}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._services: dict[str, Any] = {}
        self._signatures: dict[str, str] = {}
        self._made: set[tuple[str, str]] = set()
        deadline = time.monotonic() + 150
        try:
            while not self._is_up():
                assert self.process.poll() is None and time.monotonic() < deadline, "Azurite does not start"
                time.sleep(0.2)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def pass_on(self, call: Call, account: str, container: str) -> Answer:
        """A client's request, answered by Azurite; a container that is not there yet is made."""
        given = self._ask(call, account)
        if given.status == 404 and (given.headers or {}).get("x-ms-error-code") == "ContainerNotFound":
            self._container(account, container)
            given = self._ask(call, account)
        return given

    def cleared(self) -> "Azurite":
        """Itself, with nothing in it."""
        self._made.clear()
        for account in (STORE, REGISTRY_STORE):
            for container in list(self._service(account).list_containers()):
                self._service(account).delete_container(container.name)
        return self

    def __getitem__(self, key: Key) -> Content:
        from azure.core.exceptions import ResourceNotFoundError

        account, container, name = key
        try:
            stream = self._service(account).get_blob_client(container, name).download_blob()
        except ResourceNotFoundError as error:
            raise KeyError(key) from error
        return stream.readall(), stream.properties.metadata or {}

    def __setitem__(self, key: Key, value: Content) -> None:
        account, container, name = key
        self._container(account, container).upload_blob(name, value[0], metadata=value[1], overwrite=True)

    def __delitem__(self, key: Key) -> None:
        account, container, name = key
        self._service(account).get_blob_client(container, name).delete_blob()

    def __iter__(self) -> Iterator[Key]:
        for account in (STORE, REGISTRY_STORE):
            for container in self._service(account).list_containers():
                for blob in self._service(account).get_container_client(container.name).list_blobs():
                    yield account, container.name, blob.name

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _ask(self, call: Call, account: str) -> Answer:
        query = {key: value for key, value in call.query.items() if key not in SIGNED}
        headers = {key: value for key, value in call.headers.items() if key.startswith(PASSED_ON)}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            address = f"{quote(call.path)}?{urlencode(query)}&{self._signature(account)}"
            host = {"Host": f"{account}.blob.core.windows.net", "Content-Length": str(len(call.body))}
            connection.request(call.method, address, body=call.body, headers=headers | host)
            answer = connection.getresponse()
            raw = answer.read()
            back = {key: value for key, value in answer.getheaders() if key.lower().startswith(GIVEN_BACK)}
            # Under the names that the stand-in's own defaults have, so that neither is sent twice.
            back["Content-Type"] = back.pop("content-type", None) or answer.getheader("Content-Type", "application/xml")
            if call.method == "HEAD":
                back["Content-Length"] = answer.getheader("Content-Length", "0")
            return Answer(answer.status, raw=raw, headers=back)
        finally:
            connection.close()

    def _signature(self, account: str) -> str:
        from azure.storage.blob import AccountSasPermissions, ResourceTypes, generate_account_sas

        if account not in self._signatures:
            self._signatures[account] = generate_account_sas(
                account, KEY, ResourceTypes(service=True, container=True, object=True),
                AccountSasPermissions(read=True, write=True, delete=True, list=True, add=True, create=True),
                expiry=datetime.now(UTC) + timedelta(days=1),
            )  # fmt: skip
        return self._signatures[account]

    def _service(self, account: str) -> Any:
        from azure.storage.blob import BlobServiceClient

        if account not in self._services:
            address = f"http://127.0.0.1:{self.port}/{account}"
            self._services[account] = BlobServiceClient(
                address, credential={"account_name": account, "account_key": KEY}
            )
        return self._services[account]

    def _container(self, account: str, name: str) -> Any:
        container = self._service(account).get_container_client(name)
        if (account, name) not in self._made:
            if not container.exists():
                container.create_container()
            self._made.add((account, name))
        return container

    def _is_up(self) -> bool:
        try:
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=1).connect()
        except OSError:
            return False
        return True
