"""Examples as token ids, in batches of like length, padded into tensors."""

import random
from collections.abc import Sequence
from typing import Any

from classifier.ml.arguments import TrainingArguments
from classifier.ml.sources import IGNORE, Example
from classifier.ml.text import align, clean

LENGTH_WINDOW = 50  # batches that are sorted by length together: less padding, still mixed
OUTSIDE, BEGIN, INSIDE = range(3)
Tokenised = list[tuple[list[int], Any, Any]]  # token ids, target, aux


def tokenise(
    tokenizer: Any, examples: Sequence[Example], max_tokens: int, *, task: str = "", split_hashtags: bool = False
) -> Tokenised:
    """(token ids, target, aux) of each example, cut at `max_tokens`; locations become a tag per token.

    Arguments:
        task: of the examples; only locations are told apart.
        split_hashtags: read the words of hashtags one by one, as the trained model will.
    """
    if not examples:
        return []
    if task == "location":
        return [_tagged(tokenizer, example, max_tokens, split_hashtags) for example in examples]
    texts = [clean(example.text, split_hashtags=split_hashtags) for example in examples]
    encoded = tokenizer(texts, truncation=True, max_length=max_tokens)["input_ids"]
    return [(ids, example.target, example.aux) for ids, example in zip(encoded, examples, strict=True)]


def _tagged(
    tokenizer: Any, example: Example, max_tokens: int, split_hashtags: bool
) -> tuple[list[int], list[int], None]:
    cleaned = align(example.text, split_hashtags=split_hashtags)
    spans = [(cleaned.cleaned(start), cleaned.cleaned(end)) for start, end in example.target]
    encoded = tokenizer(cleaned.text, truncation=True, max_length=max_tokens, return_offsets_mapping=True)
    offsets = [bare_offsets(cleaned.text, span) for span in encoded["offset_mapping"]]
    return encoded["input_ids"], [tag_of(span, spans) for span in offsets], None


def bare_offsets(text: str, offsets: tuple[int, int]) -> tuple[int, int]:
    """Where a token stands without the space before it, which SentencePiece counts as a part of it."""
    start, end = offsets
    while start < end and text[start].isspace():
        start += 1
    return start, end


def tag_of(offsets: tuple[int, int], spans: Sequence[tuple[int, int]]) -> int:
    """The tag of a token that stands at `offsets` (code points); special tokens stand nowhere and have none."""
    start, end = offsets
    if start == end:
        return IGNORE
    for first, last in spans:
        if start < last and end > first:
            return BEGIN if start <= first else INSIDE
    return OUTSIDE


def schedule(texts: dict[str, Tokenised], arguments: TrainingArguments) -> list[list[tuple[str, list[int]]]]:
    """Per epoch its batches in order: (task, indices): all of the category's, a share of the others'."""
    plan = []
    for _ in range(arguments.epochs):
        epoch = []
        for task, items in texts.items():
            batches = batched(items, arguments.batch_size, shuffle=True)
            if task != "category":
                batches = batches[: max(1, round(len(batches) * arguments.side_share))] if batches else []
            epoch += [(task, batch) for batch in batches]
        random.shuffle(epoch)
        plan.append(epoch)
    return plan


def batched(items: Tokenised, size: int, *, shuffle: bool) -> list[list[int]]:
    """Indices of `items` in batches of texts of like length."""
    order = list(range(len(items)))
    if shuffle:
        random.shuffle(order)
    batches = []
    for start in range(0, len(order), size * LENGTH_WINDOW):
        window = sorted(order[start : start + size * LENGTH_WINDOW], key=lambda i: len(items[i][0]))
        batches += [window[i : i + size] for i in range(0, len(window), size)]
    if shuffle:
        random.shuffle(batches)
    return batches


def to_tensors(items: Tokenised, task: str = "") -> tuple[Any, Any, dict[str, Any]]:
    """(input ids, attention mask, head → targets), padded to the longest; shapes (n, tokens) twice and (n, …)."""
    import torch

    width = max(len(ids) for ids, _, _ in items)
    ids = torch.zeros(len(items), width, dtype=torch.long)
    mask = torch.zeros(len(items), width, dtype=torch.long)
    for row, (tokens, _, _) in enumerate(items):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        mask[row, : len(tokens)] = 1
    if task == "location":
        return ids, mask, {task: torch.tensor([tags + [IGNORE] * (width - len(tags)) for _, tags, _ in items])}
    targets = {task: torch.tensor([target for _, target, _ in items])}
    if all(aux is not None for _, _, aux in items):
        targets[f"{task}_types"] = torch.tensor([aux for _, _, aux in items])
    return ids, mask, targets
