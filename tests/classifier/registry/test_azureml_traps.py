"""What the SDK and the service do to the unwary: each trap, each fault, and the proof of what crossed the wire."""

import logging
import os
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import pytest
from django.db import connections

from classifier.azure import client
from classifier.azure.registry import AzureMLRegistry
from classifier.ml import artefact
from classifier.models import VersionCounter
from classifier.registry import AlreadyExists, Integrity, NotFound, Refused, RegistryError, Unavailable, numbers
from tests.azure_emulator.process import StandIn
from tests.classifier.registry.azure_fixtures import PLACE, azure_registry
from tests.classifier.registry.folders import MakeFolder

pytestmark = [pytest.mark.azure, pytest.mark.django_db]
TESTS = Path(__file__).parents[2]


@pytest.fixture
def registry(stand_in: StandIn) -> AzureMLRegistry:
    return azure_registry()


def test_every_byte_goes_over_https_to_azures_own_hosts_and_comes_back_the_same(
    registry: AzureMLRegistry, stand_in: StandIn, shipped: Path, tmp_path: Path
) -> None:
    model = registry.register(shipped, name="responder-tweets", version="2")
    pulled = registry.pull("responder-tweets", "2", into=tmp_path / "out")
    assert {path.name: artefact.file_sha256(path) for path in pulled.iterdir()} == {
        path.name: artefact.file_sha256(path) for path in shipped.iterdir()
    }
    assert model.sha256 == artefact.verify(shipped)
    sent = sum(call["body"] for call in stand_in.calls("PUT", "reliefstore.blob.core.windows.net") if call["body"])
    assert sent >= sum(path.stat().st_size for path in shipped.iterdir())
    (put,) = stand_in.calls("PUT", "management.azure.com")
    assert put["query"]["api-version"] == "2023-08-01-preview" and put["status"] == 201
    assert put["body"]["properties"]["properties"]["responder.sha256"] == model.sha256


def test_nobody_fakes_the_sdk() -> None:
    fakes = re.compile(r"(patch|setattr|Mock)\w*\(\s*f?[\"']?azure|import.*\b(Magic)?Mock\b")
    files = [*TESTS.rglob("*azure*.py"), *TESTS.rglob("azure*/**/*.py"), *TESTS.glob("deploy/*.py")]
    assert len(files) > 5
    assert [path.name for path in files if path != Path(__file__) and fakes.search(path.read_text())] == []


def test_four_registrations_at_once_get_four_versions(
    stand_in: StandIn, registry: AzureMLRegistry, folder: MakeFolder, tmp_path: Path
) -> None:
    made: list[str] = []
    folders = [folder(content) for content in ("a", "b", "c", "d")]
    with _processes(tmp_path / "shared.sqlite3") as processes:

        def allocate(*, name: str, taken: int) -> int:
            return processes.submit(_allocate, name, taken).result(60)

        ours = AzureMLRegistry(PLACE, allocate=allocate)
        ours.names()  # connected once

        def register(source: Path) -> None:
            made.append(ours.register(source, name="tweets").version)

        threads = [threading.Thread(target=register, args=(source,)) for source in folders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(made) == ["1", "2", "3", "4"]
    assert len({model.sha256 for model in registry.list("tweets")}) == 4


@contextmanager
def _processes(database: Path) -> Iterator[ProcessPoolExecutor]:
    """Four processes, each with a connection of its own to one database file, as a site's processes have."""
    with ProcessPoolExecutor(4, get_context("fork"), _connect, (database,)) as processes:
        processes.submit(_make_table).result(60)
        yield processes


def _connect(database: Path) -> None:
    connections.databases["default"]["NAME"] = str(database)
    connections["default"] = connections.create_connection("default")


def _make_table() -> None:
    with connections["default"].schema_editor() as editor:
        editor.create_model(VersionCounter)


def _allocate(name: str, taken: int) -> int:
    return numbers.allocate(name=name, taken=taken)


def test_a_number_that_another_site_took_first_is_passed_over(
    registry: AzureMLRegistry, stand_in: StandIn, folder: MakeFolder
) -> None:
    registry.register(folder("theirs"), name="tweets", version="1")
    given = iter((1, 2))
    elsewhere = AzureMLRegistry(PLACE, allocate=lambda name, taken: next(given))
    assert elsewhere.register(folder("ours"), name="tweets").version == "2"


def test_a_version_that_appears_between_looking_and_writing_is_not_overwritten(
    registry: AzureMLRegistry, stand_in: StandIn, folder: MakeFolder, tmp_path: Path
) -> None:
    first = registry.register(folder("one"), name="tweets", version="1")
    stand_in.fault(method="GET", path="/models/tweets/versions/1", status=404, times=1)
    with pytest.raises(AlreadyExists):
        registry.register(folder("two"), name="tweets", version="1")
    stand_in.mend()
    assert artefact.verify(registry.pull("tweets", "1", into=tmp_path / "out")) == first.sha256


def test_a_failing_upload_of_many_files_ends_with_an_error_and_registers_nothing(
    registry: AzureMLRegistry, stand_in: StandIn, folder: MakeFolder
) -> None:
    stand_in.fault(method="PUT", path="reliefstore.blob", status=403)
    with pytest.raises(Refused):
        registry.register(folder(), name="tweets")
    stand_in.mend()
    assert registry.list("tweets") == ()
    assert registry.register(folder(), name="tweets").version == "2"  # 1 was given out, and nobody has it


def test_an_upload_that_never_ends_is_given_up_at_its_limit(stand_in: StandIn, folder: MakeFolder) -> None:
    impatient = AzureMLRegistry(PLACE, allocate=numbers.allocate, transfer_s=1)
    stand_in.fault(method="PUT", path="reliefstore.blob", delay=5, status=400)
    with pytest.raises(Unavailable, match="within 1 seconds"):
        impatient.register(folder(), name="tweets", version="1")
    stand_in.mend()
    assert not stand_in.calls("PUT", "/models/tweets")


def test_a_fault_in_the_middle_of_an_upload_is_mended_by_the_next_try(
    registry: AzureMLRegistry, stand_in: StandIn, folder: MakeFolder, tmp_path: Path
) -> None:
    stand_in.fault(method="PUT", path="tweets-1/model.int8.onnx", status=400, times=1)
    with pytest.raises(RegistryError):
        registry.register(folder(), name="tweets", version="1")
    model = registry.register(folder(), name="tweets", version="1")
    assert artefact.verify(registry.pull("tweets", "1", into=tmp_path / "out")) == model.sha256


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, Refused), (403, Refused), (404, NotFound), (409, AlreadyExists), (429, Unavailable), (503, Unavailable)],
)
def test_each_answer_of_azure_has_one_meaning(
    registry: AzureMLRegistry, stand_in: StandIn, status: int, error: type[RegistryError]
) -> None:
    stand_in.fault(status=status)
    with pytest.raises(error) as failure:
        registry.get("tweets", "1")
    assert failure.value.temporary == (error is Unavailable)


def test_an_answer_that_does_not_come_is_unavailable(registry: AzureMLRegistry, stand_in: StandIn) -> None:
    stand_in.fault(path="/models/tweets", delay=3)
    connected = client.connect(PLACE)
    with pytest.raises(Unavailable, match="did not answer"):
        client.call(lambda: connected.models.get("tweets", "1"), what="Azure", seconds=0.5)


def test_a_network_that_is_gone_is_unavailable(stand_in: StandIn, folder: MakeFolder) -> None:
    gone = AzureMLRegistry(PLACE, allocate=numbers.allocate)
    gone.names()
    stand_in.down()
    for where in (gone, AzureMLRegistry(PLACE, allocate=numbers.allocate)):  # with a log-in, and without one
        with pytest.raises(Unavailable):
            where.list("tweets")
    stand_in.down(False)
    assert gone.list("tweets") == ()


@pytest.mark.parametrize("action", ["flip", "remove"])
def test_a_corrupt_or_missing_blob_is_refused_and_the_old_model_stays(
    registry: AzureMLRegistry, stand_in: StandIn, folder: MakeFolder, tmp_path: Path, action: str
) -> None:
    good = registry.register(folder("one"), name="tweets", version="1")
    registry.register(folder("two"), name="tweets", version="2")
    into = registry.pull("tweets", "1", into=tmp_path / "out")
    assert getattr(stand_in, action)("tweets-2/model.int8.onnx")
    with pytest.raises(Integrity):
        registry.pull("tweets", "2", into=into)
    assert artefact.verify(into) == good.sha256


def test_a_damaged_upload_is_not_taken_up_by_the_next_version_of_the_same_bytes(
    registry: AzureMLRegistry, stand_in: StandIn, folder: MakeFolder, tmp_path: Path
) -> None:
    model = registry.register(folder(), name="tweets", version="1")
    stand_in.flip("tweets-1/model.int8.onnx")
    registry.register(folder(), name="tweets", version="2")
    assert artefact.verify(registry.pull("tweets", "2", into=tmp_path / "out")) == model.sha256


def test_setting_an_alias_leaves_an_archived_version_archived_in_azure_too(
    registry: AzureMLRegistry, stand_in: StandIn, folder: MakeFolder
) -> None:
    registry.register(folder(), name="tweets", version="1")
    registry.archive("tweets", "1")
    registry.set_alias("tweets", "stable", "1")
    (asset,) = [a for a in stand_in.state()["assets"] if a["kind"] == "models"]
    assert asset["properties"]["isArchived"] is True


def test_a_version_archived_by_somebody_in_azure_is_not_the_latest(
    registry: AzureMLRegistry, stand_in: StandIn, folder: MakeFolder
) -> None:
    for version in ("1", "2"):
        registry.register(folder(), name="tweets", version=version)
    connected = client.connect(PLACE)
    connected.models.archive("tweets", version="2")
    assert registry.latest("tweets").version == "1"


def test_a_model_that_somebody_registered_without_a_hash_is_listed_and_not_pulled(
    registry: AzureMLRegistry, stand_in: StandIn, folder: MakeFolder, tmp_path: Path
) -> None:
    from azure.ai.ml.entities import Model

    client.connect(PLACE).models.create_or_update(Model(path=str(folder()), name="theirs", version="1"))
    (model,) = registry.list("theirs")
    assert model.sha256 == ""
    with pytest.raises(Integrity, match="carries no SHA-256"):
        registry.pull("theirs", "1", into=tmp_path / "out")


def test_a_registry_is_asked_with_the_words_that_it_knows(stand_in: StandIn, folder: MakeFolder) -> None:
    azure_registry(shared=True).names()
    (call,) = stand_in.calls("GET", "/registries/relief-registry/models")
    assert call["query"]["listViewType"] == "All"  # the enum would be sent as ListViewType.ALL


def test_a_long_list_is_read_to_its_end(registry: AzureMLRegistry, stand_in: StandIn, folder: MakeFolder) -> None:
    source = folder()
    connected = client.connect(PLACE)
    first = registry.register(source, name="tweets", version="1")
    from azure.ai.ml.entities import Model

    path = connected.models.get("tweets", "1").path
    for number in range(2, 13):
        connected.models.create_or_update(
            Model(path=path, name="tweets", version=str(number), properties={"responder.sha256": first.sha256})
        )
    assert len(registry.list("tweets")) == 12
    assert registry.latest("tweets").version == "12"


def test_a_shared_model_is_the_same_bytes_in_the_registry(
    registry: AzureMLRegistry, stand_in: StandIn, folder: MakeFolder, tmp_path: Path
) -> None:
    model = registry.register(folder(), name="tweets", version="3")
    shared = registry.share("tweets", "3")
    assert registry.share("tweets", "3") == shared
    assert (
        shared.sha256 == model.sha256 and shared.uri == "azureml://registries/relief-registry/models/tweets/versions/3"
    )
    into = azure_registry(shared=True).pull("tweets", "3", into=tmp_path / "out")
    assert artefact.verify(into) == model.sha256
    (call,) = stand_in.calls("POST", "/import")
    assert call["body"]["properties"]["sourceAssetId"].startswith("azureml://locations/westeurope/workspaces/")


def test_no_token_and_no_signature_reaches_the_logs(
    registry: AzureMLRegistry, stand_in: StandIn, folder: MakeFolder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    registry.register(folder(), name="tweets", version="1")
    assert caplog.text and not re.search(r"sig=(?!REDACTED)|Bearer ey|stand-in only", caplog.text)


def test_a_host_that_is_not_azures_is_never_called(stand_in: StandIn, tmp_path: Path) -> None:
    """The stand-in is the only way out: the ONNX runtime's reports to its maker were found by it."""
    from classifier.ml.runtime import Runtime
    from classifier.serving import SHIPPED

    Runtime.load(max(SHIPPED.glob("*/manifest.json")).parent).predict(["We need water"])
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
