"""The same model as a Hugging Face folder, which `transformers` opens without any code of ours. Needs torch.

`BertForSequenceClassification` and its relatives read one token's vector, but the classes' layer reads the normalised
mean of all tokens. One more layer of the stock architecture computes exactly that: its attention is uniform (queries
and keys are 0), its output is so much larger than the vector that it is added to that the sum is the mean alone, its
normalisation is the layer's, and its feed-forward part adds 0. The pooler's tanh is used where it is a straight line.
"""

import copy
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from classifier.ml.custom.heads import Head
from classifier.ml.custom.schema import CustomClass

POOLING_GAIN = 2.0**17  # of the mean over the vector that it is added to: float32 keeps 2**-17 of that vector
TANH_SCALE = 2.0**-14  # tanh(x) = x to seven digits below it
SUPPORTED = ("bert", "roberta", "xlm-roberta")
HEAD_FILE = "classes.safetensors"
PADS = ("[PAD]", "<pad>")


def write(
    folder: Path, encoder: Any, head: Head, classes: Sequence[CustomClass], *, temperature: float, max_tokens: int
) -> dict[str, Any]:
    """Write weights and tokenizer files, and return the Hugging Face part of config.json.

    Arguments:
        folder: holds `tokenizer.json`.
        encoder: the transformer, without heads.
        temperature: that calibrates the logits; it becomes a part of the written layer.
        max_tokens: that the model reads.
    """
    config = copy.deepcopy(encoder.config)
    config.id2label = {position: one.name for position, one in enumerate(classes)}
    config.label2id = {one.name: position for position, one in enumerate(classes)}
    fits = supports(config)
    if fits:
        _classifier(encoder, config, head, temperature).save_pretrained(folder)
    else:
        encoder.save_pretrained(folder)
        _head_alone(folder, head, temperature)
    _tokenizer(folder, folder / "tokenizer.json", max_tokens)
    written: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return written


def supports(config: Any) -> bool:
    """Whether the encoder's architecture has a stock classifier that the classes' layer fits into."""
    return bool(
        config.model_type in SUPPORTED
        and config.hidden_act == "gelu"
        and config.hidden_size % config.num_attention_heads == 0
        and not getattr(config, "is_decoder", False)
    )


def _classifier(encoder: Any, config: Any, head: Head, temperature: float) -> Any:
    import torch
    from transformers import AutoModelForSequenceClassification

    last, width = config.num_hidden_layers, config.hidden_size
    config.num_hidden_layers += 1
    config.problem_type = "single_label_classification"
    config.layer_norm_eps = float(config.layer_norm_eps)
    model = AutoModelForSequenceClassification.from_config(config).eval()
    state, prefix = model.state_dict(), f"{model.base_model_prefix}."
    for name, values in encoder.state_dict().items():
        if prefix + name in state:
            state[prefix + name] = values
    layer, eye = f"{prefix}encoder.layer.{last}.", torch.eye(width)
    for name in [name for name in state if name.startswith(layer)]:
        state[name] = (
            torch.ones_like(state[name]) if name.endswith("LayerNorm.weight") else torch.zeros_like(state[name])
        )
    state[f"{layer}attention.self.value.weight"] = eye
    state[f"{layer}attention.output.dense.weight"] = POOLING_GAIN * eye
    pooler = f"{prefix}pooler.dense" if f"{prefix}pooler.dense.weight" in state else "classifier.dense"
    answers = "classifier.out_proj" if "classifier.out_proj.weight" in state else "classifier"
    state[f"{pooler}.weight"], state[f"{pooler}.bias"] = TANH_SCALE * eye, torch.zeros(width)
    state[f"{answers}.weight"] = torch.tensor(head.weight / temperature / TANH_SCALE, dtype=torch.float32)
    state[f"{answers}.bias"] = torch.tensor(head.bias / temperature, dtype=torch.float32)
    model.load_state_dict(state)
    return model


def _head_alone(folder: Path, head: Head, temperature: float) -> None:
    """For other architectures: the layer in a file beside the encoder, as the card shows how to use it."""
    from safetensors.numpy import save_file

    save_file({"weight": head.weight / temperature, "bias": head.bias / temperature}, str(folder / HEAD_FILE))


def _tokenizer(folder: Path, file: Path, max_tokens: int) -> None:
    from transformers import PreTrainedTokenizerFast

    plain = PreTrainedTokenizerFast(tokenizer_file=str(file))
    vocabulary = plain.get_vocab()
    pad = next((token for token in PADS if token in vocabulary), None)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(file), model_max_length=max_tokens, **({"pad_token": pad} if pad else {}),
        model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.save_pretrained(folder)
