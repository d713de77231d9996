"""The network: pooling, learning rates and losses."""

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the training extra")

from classifier.ml.network import LABELS, Network, loss_of, packaged_base, parameter_groups  # noqa: E402


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
        assert torch.allclose(left, right, atol=1e-4)


def test_there_is_an_answer_for_every_label_and_an_embedding(network: Any) -> None:
    ids = torch.ones(3, 5, dtype=torch.long)
    with torch.no_grad():
        shapes = [tuple(output.shape) for output in network(ids, ids)]
    assert shapes == [*((3, len(labels)) for labels in LABELS.values()), (3, 384)]


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
    cost = [loss_of(task, torch.tensor([row]), torch.tensor([target]), label_smoothing=0.05) for row in (right, wrong)]
    assert cost[0] < cost[1] / 2


def test_missing_a_critical_post_costs_more_than_missing_a_low_one() -> None:
    # cross-entropy divides by the weights of a batch, so both mistakes stand in one batch
    right, wrong = [4.0, 0, 0, 0], [0, 0, 0, 4.0]
    targets = torch.tensor([0, 3])

    def cost(first: list[float], second: list[float]) -> Any:
        return loss_of("priority", torch.tensor([first, second]), targets, label_smoothing=0)

    assert cost(wrong, wrong) > cost(right, right)
