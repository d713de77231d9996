"""Converts the network to a simpler graph with the same results, for serving.

Query, key and value are one matrix (one quantisation of their input instead of three), the scale of attention is part
of the query's weights, and positions and token types are one table. For BERT-like encoders; others are served as they
are. Needs torch.
"""

from typing import Any

import torch
from torch import Tensor, nn

from classifier.ml.network import LABELS, Network

HIDDEN = -10_000.0  # added to the attention on padding


def fits(network: Network) -> bool:
    """Whether the encoder is one that this graph can stand for."""
    config = network.encoder.config
    return bool(
        config.model_type == "bert"
        and config.hidden_act == "gelu"
        and getattr(config, "position_embedding_type", "absolute") in (None, "absolute")
    )


class ServingNetwork(nn.Module):
    """Takes its weights from `network`; `put_back` returns them.

    Arguments:
        word_bits: of the word vectors, 4 or 8; 0: 4 where that loses nothing, else 8.
    """

    def __init__(self, network: Network, *, word_bits: int = 0) -> None:
        super().__init__()
        encoder = network.encoder
        self.width, self.count = encoder.config.hidden_size, encoder.config.num_attention_heads
        table = encoder.embeddings
        self.words: Any = _words(table.word_embeddings.weight, word_bits)
        self.norm: Any = table.LayerNorm
        self.positions = nn.Parameter(table.position_embeddings.weight + table.token_type_embeddings.weight[0])
        self.layers: Any = nn.ModuleList(_Layer(layer, self.count) for layer in encoder.encoder.layer)
        self.heads, self.tagger = network.heads, network.tagger

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        """As `Network.forward`."""
        values = self.norm(self.words(input_ids) + self.positions[: input_ids.shape[1]])
        mask = attention_mask.to(values.dtype)
        bias = ((1 - mask) * HIDDEN)[:, None, None, :]
        for layer in self.layers:
            values = layer(values, bias)
        weights = mask.unsqueeze(-1)
        embedding = (values * weights).sum(1) / weights.sum(1)
        return (*(self.heads[task](embedding) for task in LABELS), embedding, self.tagger(values))

    def put_back(self, network: Network) -> None:
        """Write these weights into `network`, from which such a graph was made."""
        table = network.encoder.embeddings
        with torch.no_grad():
            table.word_embeddings.weight.copy_(self.words(torch.arange(len(self.words.rows))))
            # All of the sum goes to one table, whatever the other held: the same file gives the same weights each time.
            table.position_embeddings.weight.copy_(self.positions)
            table.token_type_embeddings.weight.zero_()
            for ours, theirs in zip(self.layers, network.encoder.encoder.layer, strict=True):
                ours.put_back(theirs)


def _words(weight: Tensor, bits: int) -> nn.Module:
    """The word vectors in so many bits. A table that was made of 4 bits, and was not trained, still fits into them."""
    if bits != 8 and weight.shape[1] % _FourBitWords.BLOCK == 0:
        words = _FourBitWords(weight)
        if bits == 4 or torch.allclose(words(torch.arange(len(weight))), weight.detach(), atol=1e-6):
            return words
    return _EightBitWords(weight)


class _FourBitWords(nn.Module):
    """Word vectors in blocks of 32 numbers of 4 bits, two to a byte, with a 16-bit scale for each block."""

    BLOCK = 32
    rows: Tensor
    scales: Tensor

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        blocks = weight.detach().view(len(weight), -1, self.BLOCK)
        extreme = blocks.gather(2, blocks.abs().argmax(2, keepdim=True))
        scales = (extreme / -8).to(torch.float16)
        steps = scales.to(torch.float32)
        numbers = (blocks / torch.where(steps == 0, 1.0, steps)).round().add(8).clamp(0, 15).to(torch.uint8)
        low, high = numbers.chunk(2, -1)
        self.register_buffer("rows", low | (high << 4))
        self.register_buffer("scales", scales)

    def forward(self, ids: Tensor) -> Tensor:
        pairs = self.rows[ids].to(torch.float32)
        high = torch.floor(pairs / 16)
        numbers = torch.cat([pairs - 16 * high, high], -1) - 8
        return (numbers * self.scales[ids].to(torch.float32)).flatten(-2)


class _EightBitWords(nn.Module):
    """Word vectors as int8 with a scale for each word: a single scale for all of them would blur the small ones."""

    rows: Tensor
    scales: Tensor

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        scales = weight.detach().abs().amax(1, keepdim=True).clamp_min(1e-8) / 127
        self.register_buffer("rows", (weight.detach() / scales).round().to(torch.int8))
        self.register_buffer("scales", scales)

    def forward(self, ids: Tensor) -> Tensor:
        return self.rows[ids].to(torch.float32) * self.scales[ids]


class _Layer(nn.Module):
    def __init__(self, layer: Any, count: int) -> None:
        super().__init__()
        attention = layer.attention.self
        width = attention.query.in_features
        self.count, self.size = count, width // count
        self.scale = self.size**-0.5
        self.inputs = nn.Linear(width, 3 * width)
        parts = (attention.query, attention.key, attention.value)
        with torch.no_grad():
            for name in ("weight", "bias"):
                query, *others = (getattr(part, name) for part in parts)
                getattr(self.inputs, name).copy_(torch.cat([query * self.scale, *others]))
        self.outputs, self.norm_outputs = layer.attention.output.dense, layer.attention.output.LayerNorm
        self.widen, self.narrow, self.norm = layer.intermediate.dense, layer.output.dense, layer.output.LayerNorm

    def forward(self, values: Tensor, bias: Tensor) -> Tensor:
        batch, tokens, width = values.shape
        parts = self.inputs(values).view(batch, tokens, 3, self.count, self.size).permute(2, 0, 3, 1, 4)
        attention = torch.softmax(parts[0] @ parts[1].transpose(-1, -2) + bias, -1) @ parts[2]
        attended = attention.permute(0, 2, 1, 3).reshape(batch, tokens, width)
        values = self.norm_outputs(self.outputs(attended) + values)
        return self.norm(self.narrow(nn.functional.gelu(self.widen(values))) + values)

    def put_back(self, layer: Any) -> None:
        attention = layer.attention.self
        for name in ("weight", "bias"):
            query, key, value = getattr(self.inputs, name).chunk(3)
            getattr(attention.query, name).copy_(query / self.scale)
            getattr(attention.key, name).copy_(key)
            getattr(attention.value, name).copy_(value)
