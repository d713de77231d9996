"""Opens a trained folder as other people do: with `transformers` alone. Needs torch."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from classifier.ml.custom.graph import Floats
from classifier.ml.custom.huggingface import HEAD_FILE

BATCH = 16


def with_transformers(folder: Path, texts: Sequence[str]) -> Floats:
    """Probabilities of the classes; shape (texts, classes)."""
    import torch
    from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    alone = (folder / HEAD_FILE).is_file()
    model = (AutoModel if alone else AutoModelForSequenceClassification).from_pretrained(folder).eval()
    found = []
    with torch.inference_mode():
        for start in range(0, len(texts), BATCH):
            given = tokenizer(list(texts[start : start + BATCH]), padding=True, truncation=True, return_tensors="pt")
            if alone:
                found.append(_with_head(folder, model(**given).last_hidden_state, given["attention_mask"]))
            else:
                found.append(model(**given).logits.softmax(-1).numpy())
    return np.concatenate(found)


def _with_head(folder: Path, hidden: object, mask: object) -> Floats:
    import torch
    from safetensors.torch import load_file

    assert isinstance(hidden, torch.Tensor) and isinstance(mask, torch.Tensor)
    head = load_file(str(folder / HEAD_FILE))
    shown = mask.unsqueeze(-1)
    mean = (hidden * shown).sum(1) / shown.sum(1)
    vectors = torch.nn.functional.layer_norm(mean, mean.shape[-1:], eps=1e-12)
    probabilities: Floats = (vectors @ head["weight"].T + head["bias"]).softmax(-1).numpy()
    return probabilities
