"""Batches: every text once, texts of like length together, tags where locations stand."""

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the training extra")

from classifier.ml import batches
from classifier.ml.arguments import TrainingArguments
from classifier.ml.sources import IGNORE, Example


def items(*lengths: int) -> batches.Tokenised:
    return [([1] * length, 0, None) for length in lengths]


def test_batches_hold_every_text_once_and_texts_of_like_length() -> None:
    lengths = [5, 90, 6, 91, 7, 92, 8]
    found = batches.batched(items(*lengths), 2, shuffle=True)
    assert sorted(index for batch in found for index in batch) == list(range(7))
    assert {tuple(sorted(lengths[i] for i in batch)) for batch in found} == {(5, 6), (7, 8), (90, 91), (92,)}


def test_every_epoch_has_all_category_batches_and_a_share_of_the_others(tmp_path: Path) -> None:
    arguments = TrainingArguments(corpus=tmp_path, output=tmp_path / "m", epochs=3, side_share=0.5, batch_size=2)
    texts = {"category": items(*range(1, 9)), "needs": items(*range(1, 9)), "priority": []}
    for epoch in batches.schedule(texts, arguments):
        count = {task: sum(step[0] == task for step in epoch) for task in texts}
        assert count == {"category": 4, "needs": 2, "priority": 0}


def test_short_texts_are_padded_and_the_padding_is_masked() -> None:
    ids, mask, targets = batches.to_tensors([([7, 8, 9], 1, None), ([7], 0, None)], "category")
    assert ids.tolist() == [[7, 8, 9], [7, 0, 0]] and mask.tolist() == [[1, 1, 1], [1, 0, 0]]
    assert {head: values.tolist() for head, values in targets.items()} == {"category": [1, 0]}


def test_padding_has_no_tag_and_helpers_have_targets_of_their_own() -> None:
    _, _, tags = batches.to_tensors([([7, 8, 9], [IGNORE, 1, IGNORE], None), ([7], [0], None)], "location")
    assert tags["location"].tolist() == [[IGNORE, 1, IGNORE], [0, IGNORE, IGNORE]]
    _, _, targets = batches.to_tensors([([7], 1.0, 3), ([7], 0.0, IGNORE)], "emergency")
    assert targets["emergency_types"].tolist() == [3, IGNORE]


def test_the_tokens_of_a_location_are_tagged_whatever_was_cleaned_before_it() -> None:
    from transformers import AutoTokenizer

    from classifier.ml.network import packaged_base

    tokenizer = AutoTokenizer.from_pretrained(packaged_base())
    text = "Roads &amp; rails to New Beira https://example.org/x are cut"
    start = text.index("New")
    (found,) = batches.tokenise(tokenizer, [Example(text, ((start, start + 9),))], 96, task="location")
    named = [tokenizer.convert_ids_to_tokens(i) for i, tag in zip(found[0], found[1], strict=True) if tag in (1, 2)]
    assert "".join(part.removeprefix("##") for part in named) == "newbeira"
    assert next(tag for tag in found[1] if tag in (1, 2)) == 1 and found[1][0] == IGNORE


def test_hashtags_are_tagged_as_the_model_will_read_them() -> None:
    from transformers import AutoTokenizer

    from classifier.ml.network import packaged_base

    tokenizer = AutoTokenizer.from_pretrained(packaged_base())
    example = Example("#PrayForNepal now", ((8, 13),))
    (found,) = batches.tokenise(tokenizer, [example], 96, task="location", split_hashtags=True)
    assert tokenizer.convert_ids_to_tokens(found[0]) == ["[CLS]", "pray", "for", "nepal", "now", "[SEP]"]
    assert found[1] == [IGNORE, 0, 0, 1, 0, IGNORE]
    (category,) = batches.tokenise(tokenizer, [example], 96, split_hashtags=True)
    assert category[0] == found[0] != batches.tokenise(tokenizer, [example], 96)[0][0]


def test_the_space_that_a_token_holds_before_it_is_no_part_of_a_location() -> None:
    text = "in New York"
    assert [batches.bare_offsets(text, offsets) for offsets in ((2, 6), (6, 11), (2, 3), (0, 0))] == [
        (3, 6), (7, 11), (3, 3), (0, 0)
    ]  # fmt: skip
