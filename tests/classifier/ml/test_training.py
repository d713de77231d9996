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
from classifier.ml import artefact, bases, batches, training
from classifier.ml.arguments import TrainingArguments
from classifier.ml.runtime import Runtime


def test_the_rate_rises_to_its_peak_and_falls_to_nothing() -> None:
    shares = [training._share(step, 100, 0.1) for step in range(100)]
    assert shares.index(max(shares)) == 9 and shares[0] < 0.2 and shares[-1] < 0.02


@pytest.fixture(scope="module")
def trained(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A real run on the hand-written rows, once for all tests."""
    lines: list[str] = []
    arguments = TrainingArguments(
        corpus=corpus,
        output=tmp_path_factory.mktemp("run") / "tiny-1",
        name="tiny",
        epochs=12,
        batch_size=8,
        threads=1,
        patience=12,
    )
    return SimpleNamespace(folder=training.train(arguments, report=lines.append), lines=lines)


def test_a_run_leaves_a_whole_model_and_nothing_half_made(trained: Any) -> None:
    assert artefact.verify(trained.folder)
    assert {path.name for path in trained.folder.iterdir()} == {
        *artefact.REQUIRED, "metrics.json", "README.md", "manifest.json", "reliability.png",
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
    assert config["labels"]["category"] == list(CATEGORY_IDS) and config["arguments"]["epochs"] == 12
    assert f"| category | 4 | macro f1 | {metrics['category']['macro_f1']:.3f} |" in card
    assert "| HumAID (QCRI) | 16 |" in card


def test_the_served_file_agrees_with_the_network_that_it_was_made_of(trained: Any) -> None:
    import torch

    from classifier.ml.export import OUTPUTS
    from classifier.ml.network import Network, packaged_base
    from classifier.ml.served_weights import load_served_weights

    texts = ["We need water in district 3", "Prayers for everybody", "The bridge fell"]
    runtime = Runtime.load(trained.folder)
    network = Network(packaged_base())
    load_served_weights(network, trained.folder / "model.int8.onnx")
    network.eval()
    rows: batches.Tokenised = [(encoding.ids, 0, None) for encoding in runtime.tokenizer.encode_batch(texts)]
    ids, mask, _ = batches.to_tensors(rows, "category")
    with torch.no_grad():
        outputs = dict(zip(OUTPUTS, network(ids, mask), strict=True))
    for name, served in runtime.logits(texts).items():
        assert torch.nn.functional.cosine_similarity(outputs[name].flatten(), torch.tensor(served).flatten(), 0) > 0.98


def test_a_served_model_is_continued_with_its_heads_and_stays_close_to_what_it_was(
    trained: Any, corpus: Path, tmp_path: Path
) -> None:
    base = str(trained.folder)
    lines: list[str] = []
    arguments = TrainingArguments(
        corpus=corpus, output=tmp_path / "m", version="2", base=base, epochs=1, batch_size=8, threads=1,
        **bases.arguments_for(base),
    )  # fmt: skip
    folder = training.train(arguments, report=lines.append)
    text = "Prayers for everybody in district 9"
    before, after = (Runtime.load(model).predict([text])[0].categories for model in (trained.folder, folder))
    assert all(after[label] == pytest.approx(before[label], abs=0.2) for label in before)  # ten labels: chance is 0.1
    assert max(after, key=after.__getitem__) == "sympathy_and_support"
    config = json.loads((folder / "config.json").read_text())
    assert config["continues"] == config["arguments"]["base"] == bases.describe(base)
    assert config["base"] == bases.PACKAGED and str(trained.folder.parent) not in json.dumps(config)
    assert f"continued the model {config['continues']}" in (folder / "README.md").read_text()


def test_the_same_seed_gives_the_same_network(corpus: Path, tmp_path: Path) -> None:
    import torch

    from classifier.ml import datasets

    arguments = TrainingArguments(corpus=corpus, output=tmp_path / "m", epochs=1, batch_size=16, threads=1)
    loaded = datasets.load(corpus)
    first, second = (
        training.fit(loaded, arguments, report=lambda _: None)[0].heads["category"].weight for _ in range(2)
    )
    assert torch.equal(first, second)


def test_a_run_that_is_killed_goes_on_where_it_was_and_ends_as_if_nothing_had_happened(
    corpus: Path, tmp_path: Path
) -> None:
    import torch

    command = [
        sys.executable, str(Path(__file__).with_name("fit_and_save.py")), str(corpus),
    ]  # fmt: skip
    for name, die_after in (("whole", 0), ("killed", 7), ("killed", 0)):
        done = subprocess.run(
            [*command, str(tmp_path / name), str(die_after)], capture_output=True, text=True, check=False
        )
        assert done.returncode == (-9 if die_after else 0), done.stderr
    assert "resuming at step 6" in done.stderr
    whole, killed = (torch.load(tmp_path / name / "weights.pt", weights_only=True) for name in ("whole", "killed"))
    assert all(torch.equal(whole[key], killed[key]) for key in whole)


def test_training_stops_when_the_category_gets_no_better(corpus: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    arguments = TrainingArguments(
        corpus=corpus, output=tmp_path / "m", epochs=9, patience=1, batch_size=64, threads=1, learning_rate=1e-9,
        head_learning_rate=1e-9,
    )  # fmt: skip
    training.fit(training.datasets.load(corpus), arguments, report=lines.append)
    assert sum(line.startswith("epoch") for line in lines) == 2  # the second was no better than the first


@pytest.mark.parametrize(("mode", "least", "most"), [("full", 0.99, 1.0), ("lora", 0.005, 0.05), ("head", 0.0, 0.003)])
def test_a_mode_trains_its_share_of_the_weights(mode: str, least: float, most: float) -> None:
    from classifier.ml.network import Network, packaged_base, prepare

    parameters = list(prepare(Network(packaged_base()), mode).named_parameters())
    trained = sum(value.numel() for _, value in parameters if value.requires_grad)
    assert least <= trained / sum(value.numel() for _, value in parameters) <= most


def test_low_rank_updates_are_folded_into_the_weights_that_are_served() -> None:
    import torch

    from classifier.ml.network import Network, merge, packaged_base, prepare

    plain = Network(packaged_base()).eval()
    network = prepare(Network(packaged_base()), "lora").eval()
    for name, value in network.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(value, std=0.02)
    ids = torch.tensor([[101, 2300, 2091, 102]])
    with torch.no_grad():
        before = network(ids, torch.ones_like(ids))[4]
        after = merge(network)(ids, torch.ones_like(ids))[4]
        assert torch.allclose(before, after, atol=1e-4)
        assert not torch.allclose(after, plain(ids, torch.ones_like(ids))[4], atol=1e-2)
    assert set(network.state_dict()) == set(plain.state_dict())


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
