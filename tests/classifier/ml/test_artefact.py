"""A model's folder: whatever was changed, added or taken away, it is refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from classifier.errors import ArtefactError
from classifier.ml import artefact
from classifier.ml.runtime import Runtime


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is complete, with contents that only the hashes care about."""
    folder = tmp_path / "model-1"
    folder.mkdir()
    for name in artefact.REQUIRED:
        (folder / name).write_text(f"contents of {name}")
    artefact.write_manifest(folder)
    return folder


def _manifest(folder: Path, change: Callable[[dict], object]) -> None:
    content = json.loads((folder / artefact.MANIFEST).read_text())
    change(content["files"])
    (folder / artefact.MANIFEST).write_text(json.dumps(content))


def test_an_untouched_folder_is_known_by_the_hash_of_its_manifest(folder: Path) -> None:
    assert artefact.verify(folder) == artefact.file_sha256(folder / artefact.MANIFEST)


@pytest.mark.parametrize("name", artefact.REQUIRED)
def test_one_changed_bit_of_any_file_is_refused(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[3] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(ArtefactError, match=f"{name} was changed"):
        artefact.verify(folder)


@pytest.mark.parametrize("name", artefact.REQUIRED)
def test_a_missing_file_is_refused_even_if_the_manifest_forgets_it(folder: Path, name: str) -> None:
    (folder / name).unlink()
    _manifest(folder, lambda files: files.pop(name))
    with pytest.raises(ArtefactError, match=f"{name} is missing"):
        artefact.verify(folder)


def test_a_stowaway_is_refused(folder: Path) -> None:
    (folder / "more.json").write_text("{}")
    with pytest.raises(ArtefactError, match=r"more\.json is not in the manifest"):
        artefact.verify(folder)


@pytest.mark.parametrize("name", ["weights.pkl", "code.py", "a/b.json"])
def test_files_that_a_model_does_not_need_are_refused_even_if_listed(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("x")
    _manifest(folder, lambda files: files.update({name: {"sha256": artefact.file_sha256(folder / name)}}))
    with pytest.raises(ArtefactError):
        artefact.verify(folder)


def test_a_manifest_cannot_reach_out_of_its_folder(folder: Path) -> None:
    (folder.parent / "secret.json").write_text("{}")
    _manifest(folder, lambda files: files.update({"../secret.json": {"sha256": "0"}}))
    with pytest.raises(ArtefactError):
        artefact.verify(folder)


def test_a_folder_in_a_files_place_is_refused(folder: Path) -> None:
    (folder / "config.json").unlink()
    (folder / "config.json").mkdir()
    with pytest.raises(ArtefactError, match=r"config\.json cannot be read"):
        artefact.verify(folder)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"files": []}', '{"files": {"config.json": "abc"}}', "\x00"])
def test_a_broken_manifest_is_refused(folder: Path, content: str) -> None:
    (folder / artefact.MANIFEST).write_text(content)
    with pytest.raises(ArtefactError, match="manifest"):
        artefact.verify(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="manifest"):
        artefact.verify(tmp_path / "nowhere")


def test_a_consistent_folder_that_is_no_model_is_refused_when_loaded(folder: Path) -> None:
    with pytest.raises(ArtefactError, match="cannot be loaded"):
        Runtime.load(folder)


def test_the_shipped_model_is_whole_and_a_changed_copy_of_it_is_not_served(shipped: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(shipped, copy)
    assert artefact.verify(copy) == artefact.verify(shipped)
    values = json.loads((copy / "calibration.json").read_text()) | {"abstain_below": 0.0}
    (copy / "calibration.json").write_text(json.dumps(values))
    with pytest.raises(ArtefactError, match=r"calibration\.json was changed"):
        Runtime.load(copy)


def _without_special_tokens(tokenizer: dict[str, Any]) -> None:
    tokenizer["post_processor"]["special_tokens"] = {}


BROKEN_TOKENIZERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "no character map": lambda it: it.update(normalizer={"type": "Precompiled", "precompiled_charsmap": "AA=="}),
    "no special tokens": _without_special_tokens,
    "no words": lambda it: it["model"].update(vocab={}),
    "another type": lambda it: it.update(model=[]),
}


def _broken(shipped: Path, folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """A copy of the shipped model whose tokenizer was changed, and whose manifest agrees."""
    shutil.copytree(shipped, folder)
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    change(tokenizer)
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    artefact.write_manifest(folder)
    return folder


@pytest.mark.parametrize("change", BROKEN_TOKENIZERS.values(), ids=BROKEN_TOKENIZERS.keys())
def test_a_broken_tokenizer_is_the_models_fault_and_ends_no_process(
    shipped: Path, tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    with pytest.raises(ArtefactError, match="cannot be loaded"):
        Runtime.load(_broken(shipped, tmp_path / "model-1", change))


def test_a_tokenizer_that_breaks_on_a_text_ends_no_process(shipped: Path, tmp_path: Path) -> None:
    runtime = Runtime.load(shipped)
    folder = _broken(shipped, tmp_path / "model-1", _without_special_tokens)
    runtime.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    for answer in (runtime.predict, runtime.embed, runtime.logits):
        with pytest.raises(ArtefactError, match="the tokenizer broke on a text"):
            answer(["The bridge is under water"])
    with pytest.raises(ArtefactError, match="the tokenizer broke on a text"):
        runtime.encode("The bridge is under water")
