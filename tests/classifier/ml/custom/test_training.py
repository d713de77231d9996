"""Trainings on made-up labels: the folder opens everywhere, its figures hold, its card says what was given."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifier.errors import ArtefactError, TrainingError
from classifier.ml import artefact, bases
from classifier.ml.custom import opened, schema, training
from classifier.ml.custom.arguments import MODES, CustomArguments
from classifier.ml.custom.label_tables import LabelTable, TrainingText
from classifier.ml.custom.progress import ProgressLine, duration
from classifier.ml.custom.splits import Split
from classifier.ml.custom.training import train
from classifier.ml.model import Model
from classifier.ml.runtime import Runtime
from tests.classifier import own_labels

TEXTS = [
    "no drinking water in Kesh since monday",
    "the mast at Gannet fell, 40 people cannot call",
    "our cows in Lorne starve, we need hay before friday and the vet has not come to see them",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, table: Path, shipped: Path) -> Path:
    """Frozen, from the shipped model, as the command does it by default."""
    arguments = CustomArguments(
        data=table, output=tmp_path_factory.mktemp("own") / "model", base=str(shipped), credit="The Test People",
        terms="CC BY 4.0", threads=1,
    )  # fmt: skip
    return train(arguments).folder


def metrics_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "metrics.json").read_text())  # type: ignore[no-any-return]


def intervals(values: Any) -> Iterator[tuple[float, tuple[float, float]]]:
    """Every figure that has an interval beside it, at any depth."""
    if isinstance(values, dict):
        for name, value in values.items():
            if name.endswith("_interval"):
                yield values[name.removesuffix("_interval")], value
            else:
                yield from intervals(value)


def test_a_mounted_output_folder_is_filled_and_a_plain_one_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job in Azure gets a mounted folder for its output: it can be neither removed nor replaced."""
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    monkeypatch.setattr("os.path.ismount", lambda path: Path(path) == mounted)
    aside = training._aside(mounted)
    assert mounted not in aside.parents and aside.parent != tmp_path
    for name in ("manifest.json", "a.txt", "z.txt"):
        (aside / name).write_text(name)
    written: list[str] = []
    copy = shutil.copyfile

    def note(source: Path, target: Path) -> None:
        written.append(target.name)
        copy(source, target)

    def busy(_: Path) -> None:
        raise OSError(16, "Device or resource busy")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rmdir", busy)
        patch.setattr(shutil, "copyfile", note)
        training._install(aside, mounted)
    assert written == ["a.txt", "z.txt", "manifest.json"]
    assert sorted(path.name for path in mounted.iterdir()) == sorted(written)
    shutil.rmtree(aside)

    plain = tmp_path / "plain"
    plain.mkdir()
    beside = training._aside(plain)
    assert beside.parent == tmp_path
    (beside / "a.txt").write_text("a")
    training._install(beside, plain)
    assert [path.name for path in plain.iterdir()] == ["a.txt"] and not beside.exists()


def test_a_frozen_model_learns_the_classes_and_calibrates(folder: Path) -> None:
    found, calibration = metrics_of(folder), json.loads((folder / "calibration.json").read_text())
    assert found["classes"]["macro_f1"] > 0.8 and found["split"] == "events"
    assert calibration["temperatures"]["classes"] != 1.0
    assert found["rerun"]["delta_macro_f1"] <= 0.005
    artefact.verify(folder)
    for name in ("learning-curve.png", "reliability.png", "confusion.png"):
        assert (folder / name).read_bytes()[:4] == b"\x89PNG"


def test_the_three_ways_to_open_the_folder_agree(folder: Path) -> None:
    model = Model.load(folder)
    light = model.predict_proba(TEXTS)
    assert model.predict(TEXTS) == [own_labels.WATER, own_labels.SIGNAL, own_labels.CATTLE]
    assert (
        light.shape == (3, 3) and light.sum(1) == pytest.approx(1.0) and set(model.classes_) == set(own_labels.CLASSES)
    )
    plain = opened.with_transformers(folder, TEXTS)
    bare = run_card(folder, "onnxruntime", TEXTS[0])
    assert np.abs(plain - light).max() < 0.06 and (plain.argmax(1) == light.argmax(1)).all()  # int8 against float
    assert [bare[name] for name in model.classes_] == pytest.approx(model.predict_proba(TEXTS[0])[0], abs=1e-3)


def run_card(folder: Path, kind: str, text: str) -> Any:
    """What the card's example prints for `text`, run by an interpreter of its own as a reader would."""
    blocks = (folder / "README.md").read_text().split("```python\n")[1:]
    (code,) = [block.split("```")[0] for block in blocks if f"import {kind}" in block or f"from {kind}" in block]
    code = code.replace("PATH/TO/THIS/FOLDER", str(folder)).replace(
        '"text"', json.dumps(text), 1 if kind == "onnxruntime" else -1
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder.parent)
    return eval(done.stdout, {"np": np})


def test_the_cards_transformers_example_runs_and_names_the_classes(folder: Path) -> None:
    from transformers import AutoConfig, AutoModel, pipeline

    assert AutoConfig.from_pretrained(folder).model_type == "bert"
    assert AutoModel.from_pretrained(folder).config.hidden_size == 384
    found = pipeline("text-classification", model=str(folder), top_k=None)(TEXTS)
    assert [answers[0]["label"] for answers in found] == [own_labels.WATER, own_labels.SIGNAL, own_labels.CATTLE]
    alone = pipeline("text-classification", model=str(folder), top_k=None)(TEXTS[:1])
    assert alone[0][0]["score"] == pytest.approx(found[0][0]["score"], abs=1e-4)  # padding changes nothing


def test_the_products_other_answers_stay_as_they_were(folder: Path, shipped_runtime: Runtime) -> None:
    own = Runtime.load(folder, remember=False)
    for name, values in shipped_runtime.logits(TEXTS).items():
        assert own.logits(TEXTS)[name] == pytest.approx(values, abs=1e-5), name
    assert bases.encoder_of(str(folder)) == bases.encoder_of(
        str(Path(bases.__file__).parents[1] / "shipped/responder-tweets-4")
    )


def test_the_card_credits_what_was_given_and_nothing_else(folder: Path, tiny_encoder: Path, table: Path) -> None:
    card = (folder / "README.md").read_text()
    assert "Credit: The Test People. Terms: CC BY 4.0." in card and "research data" in card and "HumAID" not in card
    other = train(CustomArguments(data=table, output=folder.parent / "other", base=str(tiny_encoder), threads=1)).folder
    card = (other / "README.md").read_text()
    assert "Credit: none was given" in card and "research data" not in card


def test_every_interval_contains_its_figure(folder: Path) -> None:
    found = list(intervals(metrics_of(folder)))
    assert len(found) > 3
    for value, (low, high) in found:
        assert low <= value <= high


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_writes_a_whole_folder_from_any_encoder(
    mode: str, tiny_encoder: Path, table: Path, tmp_path: Path
) -> None:
    output = StringIO()
    arguments = CustomArguments(
        data=table,
        output=tmp_path / "m",
        base=str(tiny_encoder),
        mode=mode,
        epochs=2,
        steps=8,
        learning_rate=1e-3,
        threads=1,
    )
    trained = train(arguments, progress=ProgressLine(output))
    assert "macro-F1" in output.getvalue() and "Whole events are held out" in output.getvalue()
    model = Model.load(trained.folder)
    assert np.abs(opened.with_transformers(trained.folder, TEXTS) - model.predict_proba(TEXTS)).max() < 0.06
    assert (
        list(trained.metrics["curve"]) == {"frozen": ["texts"], "setfit": ["steps", "texts"], "full": ["epochs"]}[mode]
    )
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]
    with pytest.raises(ArtefactError, match="classes of its own only"):
        Runtime.load(trained.folder)
    with pytest.raises(TrainingError, match="not empty"):
        CustomArguments(data=table, output=trained.folder)


def test_two_classes_and_an_absent_one_are_told(tiny_encoder: Path, tmp_path: Path) -> None:
    rows = [row | {"split": "train" if n % 3 else "test"} for n, row in enumerate(own_labels.rows(60))]
    kept = [row for row in rows if row["label"] != own_labels.CATTLE or row["split"] == "train"]
    data = own_labels.write(tmp_path / "l.csv", kept)
    trained = train(CustomArguments(data=data, output=tmp_path / "m", base=str(tiny_encoder), threads=1))
    found = trained.metrics["classes"]
    assert (
        found["absent"] == [own_labels.CATTLE]
        and f"The test has no text of {own_labels.CATTLE}" in (trained.folder / "README.md").read_text()
    )
    present = [row["f1"] for row in found["per_class"].values() if row["n"]]
    assert len(present) == 2 and found["macro_f1"] == pytest.approx(np.mean(present))


def test_a_custom_model_can_be_a_frozen_base_and_nothing_else(
    folder: Path, tiny_encoder: Path, table: Path, tmp_path: Path
) -> None:
    first = train(CustomArguments(data=table, output=tmp_path / "a", base=str(tiny_encoder), threads=1)).folder
    second = train(CustomArguments(data=table, output=tmp_path / "b", base=str(first), threads=1)).folder
    assert np.abs(Model.load(second).predict_proba(TEXTS) - opened.with_transformers(second, TEXTS)).max() < 0.06
    with pytest.raises(TrainingError, match="can only be a frozen base"):
        train(CustomArguments(data=table, output=tmp_path / "c", base=str(first), mode="full"))
    with pytest.raises(TrainingError, match=r"no config\.json"):
        train(CustomArguments(data=table, output=tmp_path / "c", base=str(tmp_path)))


def test_a_changed_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="not a folder"):
        Model.load(tmp_path / "absent")
    (tmp_path / "m").mkdir()
    with pytest.raises(ArtefactError, match="manifest"):
        Model.load(tmp_path / "m")


def test_the_progress_line_says_loss_score_and_time_left() -> None:
    line = ProgressLine(StringIO())
    line.start("steps", 100)
    line.step(10, loss=0.5, score=0.8)
    assert line.line(10, 300.0) == "steps 10/100 · loss 0.500 · dev macro-F1 0.800 · 5 min left"
    assert duration(12.3) == "12 s"


def test_a_language_without_enough_held_out_texts_is_warned_of() -> None:
    def texts(lang: str, number: int) -> list[TrainingText]:
        return [TrainingText(f"{lang} {n}", n % 2, lang=lang) for n in range(number)]

    english, french, rare = texts("en", 90), texts("fr", 60), texts("pt", 10)
    table = LabelTable("t.csv", schema.from_labels(["a", "b"]), [*english, *french, *rare], [])
    split = Split(
        train=[*english[:30], *french[:50]], dev=english[30:60], test=[*english[60:], *french[50:]], how="events"
    )
    found = training._unmeasured(table, split)
    assert len(found) == 1 and found[0].startswith("WARNING: French: 10 of 60 texts are held out, and 30 are needed")
    assert "won't show this model's classes for posts in French" in found[0]


def test_what_a_mode_chooses_by_itself_is_written_down_and_what_it_lacks_is_not(tmp_path: Path) -> None:
    given = {"data": tmp_path / "t.csv", "output": tmp_path / "out"}
    contrastive = CustomArguments(**given, mode="setfit").chosen_for(312).to_json()  # type: ignore[arg-type]
    assert contrastive["steps"] == 156 and contrastive["learning_rate"] == 5e-5 and "epochs" not in contrastive
    full = CustomArguments(**given, mode="full").chosen_for(2_000).to_json()  # type: ignore[arg-type]
    assert full["epochs"] == 3 and full["learning_rate"] == 1.5e-4 and "steps" not in full
    assert CustomArguments(**given, mode="full", epochs=7).chosen_for(10).epochs == 7  # type: ignore[arg-type]
    frozen = CustomArguments(**given).chosen_for(312).to_json()  # type: ignore[arg-type]
    assert not {"epochs", "steps", "learning_rate"} & frozen.keys()
