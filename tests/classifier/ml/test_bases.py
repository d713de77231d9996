"""What a training starts from: a served model brings its way of reading, what it kept frozen, and gentler rates."""

import json
from pathlib import Path
from typing import Any

import pytest

from classifier.ml import artefact, bases
from classifier.ml.arguments import TrainingArguments


@pytest.fixture
def multilingual(tmp_path: Path) -> Path:
    """The folder of a model as the multilingual one is trained, without its weights."""
    folder = tmp_path / "trained-here"
    folder.mkdir()
    (folder / "model.int8.onnx").write_bytes(b"")
    trained = {"frozen_words": True, "frozen_layers": 4, "situations": True, "learning_rate": 1.5e-4, "epochs": 9}
    config: dict[str, Any] = {"name": "responder-tweets", "version": "4", "max_tokens": 128, "split_hashtags": True}
    (folder / "config.json").write_text(json.dumps(config | {"base": "intfloat/e5", "arguments": trained}))
    (folder / artefact.MANIFEST).write_text("{}")
    return folder


def test_a_served_model_is_continued_as_it_was_trained_and_at_lower_rates(multilingual: Path) -> None:
    assert bases.arguments_for(str(multilingual)) == bases.RATES | {
        "max_tokens": 128, "split_hashtags": True, "frozen_words": True, "frozen_layers": 4, "situations": True,
    }  # fmt: skip
    usual = TrainingArguments(corpus=multilingual, output=multilingual / "new")
    assert all(rate < getattr(usual, name) / 2 for name, rate in bases.RATES.items())


def test_a_model_whose_config_says_less_is_continued_with_the_defaults(multilingual: Path) -> None:
    said = {"name": "responder-tweets", "version": "3", "max_tokens": 96, "arguments": {"epochs": 2}}
    (multilingual / "config.json").write_text(json.dumps(said))
    assert bases.arguments_for(str(multilingual)) == bases.RATES | {"max_tokens": 96}


@pytest.mark.parametrize("base", ["", "intfloat/multilingual-e5-small", "/nowhere"])
def test_an_encoder_brings_no_arguments(base: str) -> None:
    assert bases.arguments_for(base) == {} and not bases.is_served(base)


def test_a_folder_whose_config_cannot_be_read_is_no_served_model(multilingual: Path) -> None:
    (multilingual / "config.json").write_text("config.json of one")
    assert not bases.is_served(str(multilingual))


def test_a_base_is_described_without_folders_of_this_machine(multilingual: Path) -> None:
    said = bases.describe(str(multilingual))
    assert said == f"responder-tweets 4 {artefact.file_sha256(multilingual / artefact.MANIFEST)}"
    assert bases.encoder_of(str(multilingual)) == "intfloat/e5"
    (multilingual / "model.int8.onnx").unlink()
    assert bases.describe(str(multilingual)) == bases.encoder_of(str(multilingual)) == "trained-here"
    assert bases.encoder_of("") == bases.PACKAGED
