"""The program on Azure's machine takes its base from what was brought along, never from a path in run.json."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the training extra")

from classifier.azure import job
from classifier.errors import TrainingError
from classifier.ml import artefact
from classifier.ml.arguments import TrainingArguments


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A run's input folder, without label files."""
    (tmp_path / "input" / "corpus").mkdir(parents=True)
    return tmp_path / "input"


def train(source: Path, monkeypatch: pytest.MonkeyPatch, **arguments: Any) -> TrainingArguments:
    """The arguments with which the job would train."""
    given = []

    def stop(arguments: TrainingArguments, **_: Any) -> None:
        given.append(arguments)
        raise TrainingError("nothing is trained here")

    monkeypatch.setattr("classifier.ml.training.train", stop)
    (source / "run.json").write_text(json.dumps({"run_key": "a run", "arguments": arguments}))
    with pytest.raises(TrainingError, match="nothing is trained here"):
        job.work(source, source.parent / "output")
    return given[0]


def test_the_version_that_was_brought_along_is_the_base(
    source: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(shipped, source / "base")
    base = train(source, monkeypatch, base=f"version:{artefact.verify(shipped)}").base
    assert Path(base).is_absolute() and Path(base).name == "base"


def test_a_run_without_a_version_trains_as_before(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert train(source, monkeypatch).base == ""
    assert train(source, monkeypatch, base="intfloat/multilingual-e5-small").base == "intfloat/multilingual-e5-small"


@pytest.mark.parametrize("base", ["/mnt/other", "../base", "~/base", "a/../../b", "file:///mnt", ".", "tests", 3])
def test_a_path_in_run_json_is_refused(source: Path, base: Any) -> None:
    with pytest.raises(TrainingError, match="neither a version nor an encoder"):
        job._base(base, source / "base", source.parent / "aside")


@pytest.mark.parametrize("brought", [True, False])
def test_another_model_than_the_named_one_is_refused(source: Path, shipped: Path, brought: bool) -> None:
    if brought:
        shutil.copytree(shipped, source / "base")
    with pytest.raises(TrainingError, match="holds another model" if brought else "cannot be used"):
        job._base(f"version:{'0' * 64}", source / "base", source.parent / "aside")
