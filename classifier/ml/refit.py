"""The last step of training: refits each binary head on the data set for its question.

While the encoder learns, one head serves all sets of emergencies, which ask different things: whether a disaster is
real (Kaggle, and the sets in other languages), whether a post informs (CrisisLexT26). Afterwards each question gets a logistic regression of its own on
the frozen embeddings. Needs torch and scikit-learn.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from classifier.ml import batches, precision
from classifier.ml.datasets import Corpus

# Strong: the encoder has seen these texts, so that a weak one would trust it too much.
REGULARISATION = 0.01
SOURCES = {
    "emergency": (
        "kaggle_binary", "nlp-getting-started", "situations", "kawarith_ar", "jabodetabek_floods_id",
        "petabencana_floods_id", "sositaly_t4",
    ),
    "informative": ("crisislex_t26",),
}  # fmt: skip
FEWEST = (
    500  # texts of a set that make a head; with fewer the common one, or that of the model that was continued, stays
)


def refit(
    network: Any,
    tokenizer: Any,
    corpus: Corpus,
    *,
    max_tokens: int,
    batch_size: int,
    split_hashtags: bool = False,
    continued: bool = False,
) -> dict[str, int]:
    """Replace the heads in place; head → number of texts that it was fitted on.

    Arguments:
        continued: the network continues a trained model: a head with too few texts stays as that model brought it.
    """
    fitted = {}
    for head, sources in SOURCES.items():
        examples = [example for example in corpus.train["emergency"] if example.source in sources]
        if len(examples) < FEWEST or len({example.target for example in examples}) < 2:
            if not continued:
                _copy(network.heads["emergency"], network.heads[head])
            continue
        texts = batches.tokenise(tokenizer, examples, max_tokens, split_hashtags=split_hashtags)
        _fit(network.heads[head], embeddings(network, texts, batch_size), [example.target for example in examples])
        fitted[head] = len(examples)
    return fitted


def embeddings(network: Any, texts: batches.Tokenised, batch_size: int) -> np.ndarray:
    """Pooled vectors of tokenised texts, in their order; shape (n, width)."""
    import torch

    network.eval()
    found = np.zeros((len(texts), network.encoder.config.hidden_size), dtype=np.float32)
    with torch.inference_mode(), precision.mixed():
        for batch in batches.batched(texts, batch_size, shuffle=False):
            ids, mask, _ = batches.to_tensors([texts[i] for i in batch], "emergency")
            found[batch] = network.encode(ids, mask)[1].float().numpy()
    return found


def _fit(head: Any, vectors: np.ndarray, targets: Sequence[float]) -> None:
    import torch
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=REGULARISATION, max_iter=1_000).fit(vectors, np.array(targets, dtype=int))
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(model.coef_.astype(np.float32)))
        head.bias.copy_(torch.from_numpy(model.intercept_.astype(np.float32)))


def _copy(source: Any, target: Any) -> None:
    import torch

    if source is not target:
        with torch.no_grad():
            target.weight.copy_(source.weight)
            target.bias.copy_(source.bias)
