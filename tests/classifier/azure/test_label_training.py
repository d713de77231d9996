"""A training on a table of labels in the workspace is the training that `responder train` does here."""

import argparse
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

pytest.importorskip("torch", reason="needs the training extra")

from classifier import serving
from classifier.azure import label_training
from classifier.azure.label_training import INPUTS, OPTIONAL, command_line, inputs_of
from classifier.errors import TrainingError
from classifier.management.commands.train import Command
from classifier.ml import artefact, train_command
from classifier.ml.model import Model
from tests.azure_emulator.jobs import _command
from tests.azure_emulator.process import StandIn
from tests.classifier import own_labels

pytestmark = pytest.mark.azure
OPTION, NAMED = re.compile(r"--[\w-]+"), re.compile(r"\$\{\{inputs\.(\w+)\}\}")
GIVEN = {
    "data": "our labels.csv", "base": "base", "schema": "schema.json", "label_map": "map.json",
    "column": "text=the message;label=kind", "format": "csv", "mode": "setfit", "name": "ours",
    "model_version": "2", "epochs": "3", "seed": "11", "credit": "Our volunteers", "terms": "CC BY 4.0",
}  # fmt: skip


def parsed(command: str) -> argparse.Namespace:
    """What `responder train` itself makes of the words behind the module's name."""
    parser = Command().create_parser("responder", "train")
    return parser.parse_args(shlex.split(command.partition("train_command ")[2]))


def test_each_option_of_the_command_is_one_input_of_the_component() -> None:
    options = {name: NAMED.findall(part) for name, part in re.findall(r'--([\w-]+) ("[^"]+")', command_line())}
    assert options.pop("output") == []
    assert options == {name.replace("_", "-"): [name] for name in INPUTS}
    parser = argparse.ArgumentParser()
    train_command.add_data_arguments(parser)
    assert {action.dest for action in parser._actions} - {"help", "output"} == set(INPUTS)
    real = {action.dest: action for action in Command().create_parser("responder", "train")._actions}
    for action in parser._actions:
        assert (real[action.dest].type, real[action.dest].default) == (action.type, action.default)


def test_the_components_command_line_is_read_by_the_commands_own_parser() -> None:
    assert set(GIVEN) == set(INPUTS)
    values = {f"inputs.{name}": value for name, value in GIVEN.items()} | {"outputs.model": "model"}
    found = parsed(shlex.join(["train_command", *_command(command_line(), values)[3:]]))
    assert {name: str(getattr(found, name)) for name in set(GIVEN) - {"column"}} == {
        name: value for name, value in GIVEN.items() if name != "column"
    }
    arguments = train_command.data_arguments(vars(found), base="base")
    assert arguments.columns == {"text": "the message", "label": "kind"}
    assert (arguments.mode, arguments.epochs, arguments.output) == ("setfit", 3, Path("model"))


def test_without_the_optional_inputs_the_commands_defaults_hold() -> None:
    values = {f"inputs.{name}": GIVEN[name] for name in set(INPUTS) - set(OPTIONAL)} | {"outputs.model": "model"}
    found = parsed(shlex.join(["train_command", *_command(command_line(), values)[3:]]))
    by_hand = parsed('train_command --data "our labels.csv" --base base --output model')
    assert found == by_hand
    assert train_command.data_arguments(vars(found), base="base").mode == "frozen"


def test_what_a_shell_would_read_otherwise_is_refused() -> None:
    options = vars(parsed("train_command --data labels.csv --output model"))
    assert inputs_of(options, base="org/encoder") == {
        "data": Path("labels.csv"), "base": "org/encoder", "model_version": "1", "seed": 7,
    }  # fmt: skip
    for credit in ('the "crew"', "$(reboot)", "`id`", "a\nb", "${{inputs.data}}", "a\\"):
        with pytest.raises(TrainingError, match="--credit"):
            inputs_of(options | {"credit": credit}, base="b")
    with pytest.raises(TrainingError, match="--data"):
        inputs_of(options | {"data": Path('a"b.csv')}, base="b")


@pytest.mark.parametrize("words", [["--mode", "head"], ["--corpus", "x"], ["--output", "model", "--quick"]])
def test_the_command_takes_no_option_of_the_other_training(words: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("azure", "train", "--data", "labels.csv", "--output", "model", *words)


def test_bad_options_are_refused_before_anything_is_sent(azure: StandIn, tmp_path: Path) -> None:
    data = own_labels.write(tmp_path / "labels.csv", own_labels.rows(9))
    for words in (["--name", "no name!"], ["--column", "text"], ["--credit", "$HOME"]):
        with pytest.raises(CommandError) as refused:
            call_command("azure", "train", "--data", str(data), "--output", str(tmp_path / "model"), *words)
        assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="does not exist"):
        call_command("azure", "train", "--data", str(tmp_path / "none.csv"), "--output", str(tmp_path / "model"))
    assert azure.log() == []


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [("Failed: The image could not be built.", "failed in Azure ML: The image could not be built."),
     ("Canceled", "was cancelled in Azure ML"), ("Completed", "is no model")],
)  # fmt: skip
def test_a_job_without_a_model_leaves_no_folder_and_no_texts(
    azure: StandIn, tmp_path: Path, behaviour: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_training, "POLL_S", 0.1)
    azure.job(behaviour=behaviour)
    data = own_labels.write(tmp_path / "labels.csv", own_labels.rows(9))
    with pytest.raises(CommandError, match=said):
        call_command("azure", "train", "--data", str(data), "--output", str(tmp_path / "model"))
    assert not (tmp_path / "model").exists() and list(tmp_path.glob(".model*")) == []
    assert [name for name in azure.state()["blobs"] if "/responder/" in name] == []


@pytest.mark.slow
def test_a_training_there_gives_the_folder_of_a_training_here(
    azure: StandIn, tmp_path: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The job really trains: its model has learnt, differs from its base, and has the bytes of one trained here."""
    monkeypatch.setattr(label_training, "POLL_S", 0.5)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    data = own_labels.write(tmp_path / "labels.csv", own_labels.rows(240))
    (tmp_path / "map.json").write_text(json.dumps({own_labels.SIGNAL: "signal"}))
    options = ["--data", str(data), "--label-map", str(tmp_path / "map.json"), "--mode", "frozen", "--seed", "3",
               "--credit", "Our volunteers", "--name", "ours", "--model-version", "4"]  # fmt: skip
    call_command("azure", "train", *options, "--output", str(tmp_path / "there"))
    said = capsys.readouterr().err
    assert "the job responder-labels-" in said and "classes' layer fitted" in said and "is complete" in said
    assert [name for name in azure.state()["blobs"] if "/responder/" in name] == []
    (put,) = azure.calls("PUT", "/jobs/")
    assert put["body"]["properties"]["jobType"] == "Pipeline"

    there = tmp_path / "there"
    artefact.verify(there)
    metrics = json.loads((there / "metrics.json").read_text())
    chance = metrics["most_frequent_class"]["accuracy"]
    assert metrics["classes"]["accuracy_interval"][0] > chance + 0.2
    assert (there / "model.int8.onnx").read_bytes() != (shipped / "model.int8.onnx").read_bytes()
    fresh = own_labels.rows(60, seed=99)
    model = Model.load(there)
    right = sum(
        answer == row["label"].replace(own_labels.SIGNAL, "signal")
        for row, answer in zip(fresh, model.predict([row["text"] for row in fresh]), strict=True)
    )
    assert right > 40  # chance is a third

    call_command("train", *options, "--output", str(tmp_path / "here"))
    for path in sorted((tmp_path / "here").iterdir()):
        if path.name not in UNLIKE:
            assert path.read_bytes() == (there / path.name).read_bytes(), path.name
    assert {path.name for path in there.iterdir()} == {path.name for path in (tmp_path / "here").iterdir()}
    configs: list[dict[str, Any]] = [
        json.loads((folder / "config.json").read_text()) for folder in (there, tmp_path / "here")
    ]
    for config in configs:
        assert config.pop("training_minutes")["wall"] > 0
    assert configs[0] == configs[1]
    assert serving.shipped_folder() == shipped


UNLIKE = {"config.json", "README.md", "manifest.json"}  # they hold the minutes that the training took
