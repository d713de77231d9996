"""A tiny encoder, and models that were trained on made-up labels."""

from pathlib import Path

import pytest

from tests.classifier import own_labels

pytest.importorskip("torch", reason="needs the training extra")


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two small layers with random weights, as a Hugging Face folder."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertModel

    from classifier.ml.network import packaged_base

    folder = tmp_path_factory.mktemp("encoder")
    tokenizer = AutoTokenizer.from_pretrained(packaged_base())
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128,
        max_position_embeddings=128,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """240 rows, a few with a wrong label."""
    return own_labels.write(tmp_path_factory.mktemp("labels") / "labels.csv", own_labels.rows(240, wrong=0.05))
