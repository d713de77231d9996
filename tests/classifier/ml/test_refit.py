"""Yes-or-no heads fitted anew: each on its own set, the common head where there is too little."""

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the training extra")

from classifier.ml import datasets, refit  # noqa: E402
from classifier.ml.network import Network, packaged_base  # noqa: E402
from classifier.ml.sources import Example  # noqa: E402


@pytest.fixture(scope="module")
def network() -> Any:
    torch.manual_seed(1)
    return Network(packaged_base())


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(packaged_base())


def said(network: Any, tokenizer: Any, head: str, text: str) -> float:
    given = tokenizer([text], return_tensors="pt")
    network.eval()
    with torch.no_grad():
        _, embedding = network.encode(given["input_ids"], given["attention_mask"])
        return float(network.heads[head](embedding)[0, 0])


def test_with_few_texts_the_common_head_answers_both_questions(corpus: Path, network: Any, tokenizer: Any) -> None:
    before = network.heads["emergency"].weight.clone()
    assert refit.refit(network, tokenizer, datasets.load(corpus), max_tokens=32, batch_size=16) == {}
    assert torch.equal(network.heads["emergency"].weight, before)
    assert torch.equal(network.heads["informative"].weight, before)


def test_a_continued_model_keeps_a_head_of_which_the_week_has_too_few_texts(
    corpus: Path, network: Any, tokenizer: Any
) -> None:
    with torch.no_grad():
        network.heads["informative"].weight.fill_(0.5)
    loaded = datasets.load(corpus)
    assert refit.refit(network, tokenizer, loaded, max_tokens=32, batch_size=16, continued=True) == {}
    assert bool((network.heads["informative"].weight == 0.5).all())


def test_each_head_learns_what_its_own_set_says(network: Any, tokenizer: Any) -> None:
    loaded = datasets.Corpus()
    for n in range(refit.FEWEST):
        loaded.train["emergency"] += [
            Example(f"House number {n} is burning", 1.0, source="kaggle_binary"),
            Example(f"This mixtape number {n} is fire", 0.0, source="kaggle_binary"),
            Example(f"Shelter number {n} has opened", 1.0, source="crisislex_t26"),
            Example(f"House number {n} is burning", 0.0, source="crisislex_t26"),
        ]
    counts = refit.refit(network, tokenizer, loaded, max_tokens=32, batch_size=64)
    assert counts == {"emergency": 2 * refit.FEWEST, "informative": 2 * refit.FEWEST}
    burning = "House number 7777 is burning"
    assert said(network, tokenizer, "emergency", burning) > 0 > said(network, tokenizer, "informative", burning)
    assert said(network, tokenizer, "informative", "Shelter number 7777 has opened") > 0
