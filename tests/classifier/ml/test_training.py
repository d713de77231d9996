"""Training: batches, and a real run of a few steps from label files to a model that answers."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the training extra")

from classifier.categories import CATEGORY_IDS
from classifier.errors import TrainingError
from classifier.ml import artefact, training
from classifier.ml.arguments import TrainingArguments
from classifier.ml.runtime import Runtime


def items(*lengths: int) -> training.Tokenised:
    return [([1] * length, 0) for length in lengths]


def test_batches_hold_every_text_once_and_texts_of_like_length() -> None:
    lengths = [5, 90, 6, 91, 7, 92, 8]
    batches = training.batched(items(*lengths), 2, shuffle=True)
    assert sorted(index for batch in batches for index in batch) == list(range(7))
    assert {tuple(sorted(lengths[i] for i in batch)) for batch in batches} == {(5, 6), (7, 8), (90, 91), (92,)}


def test_every_epoch_has_all_category_batches_and_a_share_of_the_others(tmp_path: Path) -> None:
    arguments = TrainingArguments(corpus=tmp_path, output=tmp_path / "m", epochs=3, side_share=0.5, batch_size=2)
    plan = training.schedule({"category": items(*range(1, 9)), "needs": items(*range(1, 9)), "priority": []}, arguments)
    count = {task: sum(step[0] == task for step in plan) for task in ("category", "needs", "priority")}
    assert count == {"category": 12, "needs": 6, "priority": 0}


def test_short_texts_are_padded_and_the_padding_is_masked() -> None:
    ids, mask, targets = training.to_tensors([([7, 8, 9], 1), ([7], 0)])
    assert ids.tolist() == [[7, 8, 9], [7, 0, 0]] and mask.tolist() == [[1, 1, 1], [1, 0, 0]]
    assert targets.tolist() == [1, 0]


def test_the_rate_rises_to_its_peak_and_falls_to_nothing() -> None:
    shares = [training._share(step, 100, 0.1) for step in range(100)]
    assert shares.index(max(shares)) == 9 and shares[0] < 0.2 and shares[-1] < 0.02


def test_progress_tells_losses_and_the_time_left() -> None:
    lines: list[str] = []
    progress = training.Progress(100, lines.append)
    for step in range(100):
        progress.step(step, "category", 2.0)
    assert len(lines) == 3 and "left" in lines[0] and "category 2.000" in lines[-1]


@pytest.fixture(scope="module")
def trained(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A real run on the hand-written rows, once for all tests."""
    lines: list[str] = []
    arguments = TrainingArguments(
        corpus=corpus, output=tmp_path_factory.mktemp("run") / "tiny-1", name="tiny", epochs=6, batch_size=8, threads=1
    )
    return SimpleNamespace(folder=training.train(arguments, report=lines.append), lines=lines)


def test_a_run_leaves_a_whole_model_and_nothing_half_made(trained: Any) -> None:
    assert artefact.verify(trained.folder)
    assert {path.name for path in trained.folder.iterdir()} == {
        *artefact.REQUIRED, "metrics.json", "README.md", "manifest.json",
    }  # fmt: skip
    assert [path.name for path in trained.folder.parent.iterdir()] == ["tiny-1"]


def test_the_run_tells_its_data_its_steps_and_its_end(trained: Any) -> None:
    text = "\n".join(trained.lines)
    assert "category: 12 texts to train on, 4 held out" in text
    assert "step 1 of" in text and trained.lines[-1].startswith("wrote ")


def test_the_model_has_learnt_what_the_rows_say(trained: Any) -> None:
    runtime = Runtime.load(trained.folder)
    texts = {
        "We need water and food in district 9": "requests_or_urgent_needs",
        "Prayers for everybody in district 9": "sympathy_and_support",
        "The bridge fell and power is out in district 9": "infrastructure_and_utility_damage",
    }
    probabilities = [answer.categories for answer in runtime.predict(list(texts))]
    assert [max(row, key=row.__getitem__) for row in probabilities] == list(texts.values())
    burning, mixtape = runtime.predict(["House number 77 is burning", "This mixtape number 77 is fire"])
    assert burning.emergency_probability > mixtape.emergency_probability


def test_card_and_configuration_tell_the_run_that_made_them(trained: Any) -> None:
    config = json.loads((trained.folder / "config.json").read_text())
    metrics = json.loads((trained.folder / "metrics.json").read_text())
    card = (trained.folder / "README.md").read_text()
    assert config["labels"]["category"] == list(CATEGORY_IDS) and config["arguments"]["epochs"] == 6
    assert f"| category | 4 | macro f1 | {metrics['category']['macro_f1']:.3f} |" in card
    assert "| HumAID (QCRI) | 16 |" in card


def test_the_served_file_agrees_with_the_network_that_it_was_made_of(trained: Any) -> None:
    import torch

    from classifier.ml.benchmark import load_served_weights
    from classifier.ml.network import Network, packaged_base

    texts = ["We need water in district 3", "Prayers for everybody", "The bridge fell"]
    runtime = Runtime.load(trained.folder)
    network = Network(packaged_base())
    load_served_weights(network, trained.folder / "model.int8.onnx")
    network.eval()
    rows = [(encoding.ids, 0) for encoding in runtime.tokenizer.encode_batch(texts)]
    ids, mask, _ = training.to_tensors(rows)
    with torch.no_grad():
        outputs = dict(
            zip(["category", "emergency", "priority", "needs", "embedding"], network(ids, mask), strict=True)
        )
    for name, served in runtime.logits(texts).items():
        assert torch.nn.functional.cosine_similarity(outputs[name].flatten(), torch.tensor(served).flatten(), 0) > 0.98


def test_the_same_seed_gives_the_same_network(corpus: Path, tmp_path: Path) -> None:
    import torch

    from classifier.ml import datasets

    arguments = TrainingArguments(corpus=corpus, output=tmp_path / "m", epochs=1, batch_size=16, threads=1)
    loaded = datasets.load(corpus)
    first, second = (
        training.fit(loaded, arguments, report=lambda _: None)[0].heads["category"].weight for _ in range(2)
    )
    assert torch.equal(first, second)


def test_an_unusable_corpus_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    with pytest.raises(TrainingError, match="humaid_humanitarian"):
        training.train(TrainingArguments(corpus=tmp_path / "corpus", output=tmp_path / "model"))
    assert not (tmp_path / "model").exists()


def test_the_command_line_tells_what_is_wrong(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "classifier.ml.training",
        "--corpus",
        str(tmp_path / "no"),
        "--output",
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "is not a folder" in done.stderr
