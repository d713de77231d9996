"""The same bytes through Azurite, Microsoft's own emulator of blob storage: the stand-in's hundred lines are not all we trust."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from classifier.azure.registry import AzureMLRegistry
from classifier.azure.storage import Folder
from classifier.ml import artefact
from classifier.registry import Integrity
from tests.azure_emulator import azurite
from tests.azure_emulator.process import StandIn, running
from tests.classifier.registry.azure_fixtures import PLACE
from tests.classifier.registry.folders import make_folder

pytestmark = [pytest.mark.azure, pytest.mark.slow]


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    program = azurite.install(tmp_path_factory.mktemp("npm"))
    with (
        running(tmp_path_factory.mktemp("azure"), "--azurite", str(program)) as stand_in,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in stand_in.environment.items():
            patch.setenv(name, value)
        yield stand_in


@pytest.fixture
def over_azurite(process: StandIn) -> StandIn:
    process.reset()
    found = process.state()
    assert (found["store"], found["blobs"]) == ("Azurite", [])
    return process


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("shared", [False, True], ids=["workspace", "registry"])
def test_bytes_go_there_and_come_back_the_same_and_tampered_ones_are_refused(
    over_azurite: StandIn, tmp_path: Path, shared: bool
) -> None:
    registry = AzureMLRegistry(PLACE, allocate=lambda name, taken: taken + 1, shared=shared)
    model = registry.register(make_folder(tmp_path / "one", "one"), name="tweets")
    into = registry.pull("tweets", "1", into=tmp_path / "out")
    assert artefact.verify(into) == model.sha256
    registry.register(make_folder(tmp_path / "two", "two"), name="tweets")
    assert over_azurite.flip("tweets-2/model.int8.onnx")
    with pytest.raises(Integrity):
        registry.pull("tweets", "2", into=into)
    assert artefact.verify(into) == model.sha256
    assert over_azurite.problems() == []


@pytest.mark.filterwarnings("ignore")
def test_a_jobs_folder_goes_there_comes_back_and_is_removed(over_azurite: StandIn, tmp_path: Path) -> None:
    source = make_folder(tmp_path / "one", "one")
    (source / "below").mkdir()
    (source / "below" / "large").write_bytes(os.urandom(6 << 20))
    folder = Folder(PLACE, "responder/run-1")
    count = folder.upload(source, "output")
    assert folder.download("output", tmp_path / "back") == count
    for path in source.rglob("*"):
        assert path.is_dir() or path.read_bytes() == (tmp_path / "back" / path.relative_to(source)).read_bytes()
    assert folder.clear() == count and folder.download("output", tmp_path / "again") == 0
    assert over_azurite.problems() == []
