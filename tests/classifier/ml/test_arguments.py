"""Arguments of training: wrong ones are refused at once, all of them in one message."""

from pathlib import Path
from typing import Any

import pytest

from classifier.errors import TrainingError
from classifier.ml.arguments import TrainingArguments


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"epochs": 0}, "epochs"),
        ({"side_share": 0}, "side_share"),
        ({"batch_size": 5_000}, "batch_size"),
        ({"learning_rate": 2}, "learning_rate"),
        ({"layer_decay": 0}, "layer_decay"),
        ({"dropout": 1}, "dropout"),
        ({"max_tokens": 4}, "max_tokens"),
        ({"limit": -1}, "limit"),
        ({"corpus": Path("/nowhere")}, "not a folder"),
    ],
)
def test_a_wrong_value_is_refused_by_name(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        TrainingArguments(**({"corpus": tmp_path, "output": tmp_path / "model"} | changes))


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"epochs.*dropout"):
        TrainingArguments(corpus=tmp_path, output=tmp_path / "model", epochs=0, dropout=2)


def test_a_folder_that_holds_something_is_never_written_into(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("kept")
    with pytest.raises(TrainingError, match="not empty"):
        TrainingArguments(corpus=tmp_path, output=tmp_path)


def test_what_is_recorded_names_no_folder_of_this_machine(tmp_path: Path) -> None:
    record = TrainingArguments(corpus=tmp_path, output=tmp_path / "model", seed=3).to_json()
    assert record["seed"] == 3
    assert str(tmp_path) not in str(record)
