"""The network: pooling, learning rates and losses."""

from pathlib import Path
from typing import Any

import onnxruntime
import pytest

torch = pytest.importorskip("torch", reason="needs the training extra")

from classifier.ml import export, serving_graph  # noqa: E402
from classifier.ml.network import (  # noqa: E402
    LABELS,
    Network,
    TextDropout,
    loss_of,
    packaged_base,
    parameter_groups,
    prepare,
)
from classifier.ml.sources import IGNORE  # noqa: E402


@pytest.fixture(scope="module")
def network() -> Any:
    return Network(packaged_base()).eval()


def test_padding_does_not_change_an_answer(network: Any) -> None:
    ids = torch.tensor([[101, 2300, 2091, 102]])
    padded = torch.tensor([[101, 2300, 2091, 102, 0, 0, 0]])
    with torch.no_grad():
        short = network(ids, torch.ones_like(ids))
        long = network(padded, (padded > 0).long())
    for left, right in zip(short, long, strict=True):
        assert torch.allclose(left, right[:, :4] if right.ndim == 3 else right, atol=1e-4)


def test_there_is_an_answer_for_every_label_and_an_embedding(network: Any) -> None:
    ids = torch.ones(3, 5, dtype=torch.long)
    with torch.no_grad():
        shapes = [tuple(output.shape) for output in network(ids, ids)]
    assert shapes == [*((3, len(labels)) for labels in LABELS.values()), (3, 384), (3, 5, 3)]


def test_lower_layers_learn_slower_and_every_parameter_once(network: Any) -> None:
    groups = parameter_groups(network, learning_rate=1.0, head_learning_rate=5.0, layer_decay=0.5, weight_decay=0.1)
    rates = {name: group["lr"] for (name, _), group in zip(network.named_parameters(), groups, strict=True)}
    assert rates["encoder.embeddings.word_embeddings.weight"] == 0.5**7
    assert rates["encoder.encoder.layer.0.attention.self.query.weight"] == 0.5**5
    assert rates["encoder.encoder.layer.5.attention.self.query.weight"] == 1.0
    assert rates["heads.needs.bias"] == 5.0
    assert all(group["weight_decay"] == 0 for group in groups if group["params"][0].ndim == 1)


@pytest.mark.parametrize(
    ("task", "right", "wrong", "target"),
    [
        ("category", [9.0] + [0.0] * 9, [0.0] * 9 + [9.0], 0),
        ("priority", [9.0, 0, 0, 0], [0, 0, 0, 9.0], 0),
        ("emergency", [9.0], [-9.0], 1.0),
        ("needs", [9.0] + [-9.0] * 11, [-9.0] + [9.0] * 11, [1.0] + [0.0] * 11),
    ],
)
def test_a_right_answer_costs_less(task: str, right: list[float], wrong: list[float], target: Any) -> None:
    cost = [lost(task, [row], [target], label_smoothing=0.05) for row in (right, wrong)]
    assert cost[0] < cost[1] / 2


def lost(task: str, logits: list[list[float]], targets: list[Any], label_smoothing: float = 0, **more: Any) -> Any:
    given = {task: torch.tensor(logits)}
    return loss_of(
        given, {task: torch.tensor(targets)}, label_smoothing=label_smoothing, consistency=more.get("consistency", 0)
    )


def test_missing_a_critical_post_costs_more_than_missing_a_low_one() -> None:
    # cross-entropy divides by the weights of a batch, so both mistakes stand in one batch
    right, wrong = [4.0, 0, 0, 0], [0, 0, 0, 4.0]
    assert lost("priority", [wrong, wrong], [0, 3]) > lost("priority", [right, right], [0, 3])


def test_two_runs_of_a_text_that_differ_cost_more() -> None:
    same, other = [2.0] + [0.0] * 9, [1.0, 1.0] + [0.0] * 8
    assert lost("category", [same, same], [0], consistency=1.0) < lost("category", [same, other], [0], consistency=1.0)
    assert lost("category", [same, same], [0], consistency=1.0) == pytest.approx(lost("category", [same], [0]).item())


def test_a_batch_without_a_helper_label_costs_nothing() -> None:
    assert lost("crisisnlp", [[0.0] * 15], [IGNORE]) == 0


def test_the_served_graph_answers_as_the_network_does_and_gives_the_weights_back(network: Any) -> None:
    ids = torch.tensor([[101, 2300, 2091, 2006, 102], [101, 2300, 102, 0, 0]])
    mask = (ids > 0).long()
    served = serving_graph.ServingNetwork(network).eval()
    other = Network(packaged_base()).eval()
    other.load_state_dict(network.state_dict())
    with torch.no_grad():
        served.put_back(other)
        for plain, graph, back in zip(network(ids, mask), served(ids, mask), other(ids, mask), strict=True):
            kept = mask.bool() if plain.ndim == 3 else slice(None)  # tags of padding are nobody's business
            for values in (graph, back):
                alike = torch.nn.functional.cosine_similarity(plain[kept].flatten(), values[kept].flatten(), 0)
                assert alike > 0.999


def test_the_weights_that_come_back_do_not_depend_on_the_network_that_takes_them(network: Any) -> None:
    served = serving_graph.ServingNetwork(network).eval()
    found = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        other = Network(packaged_base()).eval()
        with torch.no_grad():
            other.encoder.embeddings.token_type_embeddings.weight.normal_()
            served.put_back(other)
        found.append(other.encoder.embeddings.state_dict())
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])


def test_a_text_has_one_dropout_mask_for_all_its_tokens() -> None:
    drop = TextDropout(0.5).train()
    values = drop(torch.ones(4, 6, 100))
    assert torch.equal(values[:, :1].expand(-1, 6, -1), values) and set(values.unique().tolist()) == {0.0, 2.0}
    assert torch.equal(drop.eval()(values), values)


def test_frozen_layers_and_what_lies_below_them_are_not_trained() -> None:
    network = prepare(Network(packaged_base()), "full", frozen_layers=2)
    trained = {name for name, value in network.named_parameters() if value.requires_grad}
    assert not any("embeddings" in name or "layer.0." in name or "layer.1." in name for name in trained)
    assert any("layer.2." in name for name in trained) and "heads.category.weight" in trained


def test_helper_labels_that_a_row_does_not_have_are_not_learnt() -> None:
    logits = torch.tensor([[9.0, -9.0], [9.0, 9.0]])
    known = torch.tensor([[1.0, 0.0], [IGNORE, IGNORE]])
    loss = loss_of({"priority_types": logits}, {"priority_types": known}, label_smoothing=0, consistency=0)
    assert loss.item() < 0.001


def test_word_vectors_of_four_bits_are_served_as_they_are(network: Any) -> None:
    steps = torch.rand(50, 12, 1).to(torch.float16).to(torch.float32) / 100 + 0.001
    steps = steps.to(torch.float16).to(torch.float32)
    numbers = torch.randint(-7, 8, (50, 12, 32)).to(torch.float32)
    numbers[..., 3] = -8
    made_of_four = (numbers * steps).reshape(50, 384)
    words = serving_graph._words(made_of_four, 0)
    assert words.rows.dtype == torch.uint8 and words.rows.nelement() * 2 == made_of_four.nelement()
    assert torch.equal(words(torch.arange(50)), made_of_four)
    trained = serving_graph._words(made_of_four + torch.randn(50, 384) / 1000, 0)
    assert trained.rows.dtype == torch.int8


@pytest.mark.parametrize("words", ["four bits", "eight bits"])
def test_the_exported_file_is_served_and_answers_as_the_network_does(network: Any, tmp_path: Path, words: str) -> None:
    table = network.encoder.embeddings.word_embeddings.weight
    before = table.detach().clone()
    try:
        if words == "four bits":
            with torch.no_grad():
                table.copy_(serving_graph._FourBitWords(table)(torch.arange(len(table))))
        export.export(network, path := tmp_path / "model.int8.onnx")
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        ids = torch.tensor([[101, 2300, 2091, 2006, 102], [101, 2300, 2003, 2152, 102]])
        served = session.run(None, {"input_ids": ids.numpy(), "attention_mask": torch.ones_like(ids).numpy()})
        with torch.no_grad():
            plain = network(ids, torch.ones_like(ids))
        given = {name: torch.tensor(values) for name, values in zip(export.OUTPUTS, served, strict=True)}
        at = export.OUTPUTS.index("embedding")
        assert torch.nn.functional.cosine_similarity(plain[at], given["embedding"]).min() > 0.98
        for name, head in network.heads.items():  # the answer layers keep all their bits
            assert torch.allclose(head(given["embedding"]), given[name], atol=1e-4)
    finally:
        with torch.no_grad():
            table.copy_(before)
