"""Checks for data poisoning: accuracy doesn't reveal a hidden trigger, which leaves answers for clean texts right.

There are two probes. One measures what would change without one contributor's labels: a linear head on the model's own
embeddings is fitted with and without them. The other tests suspicious words, which occur in this site's labels of one
harmless class and almost nowhere else: they are put in front of urgent texts, to see whether the model still finds them
urgent. Needs scikit-learn.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from classifier.categories import CATEGORY_IDS
from classifier.letters import WORD
from classifier.ml.datasets import Corpus
from classifier.ml.runtime import Runtime
from classifier.ml.sources import Example
from classifier.ml.text import clean

OWN = "site_labels"
BACKGROUND, ASKED = 3_000, 1_000
CONTRIBUTORS = 20  # contributors with the most labels
DRAWS = 5  # random sets of labels that show how much any labels of that number matter
FEWEST = 5  # labels of one class that make a word suspicious
RARE = 0.001  # of the imported texts
TRIGGERS, TRIED_ON = 10, 200
CRITICAL = ("requests_or_urgent_needs", "injured_or_dead_people", "missing_or_found_people")


def measure(runtime: Runtime, corpus: Corpus) -> dict[str, Any]:
    """The figures of both probes, which are 0 if nobody contributed labels.

    `flips` is the largest share of answers that depend on one contributor, beyond what leaving out as many
    labels at random changes: with few labels, any of them matter. `lift` is the largest share of urgent texts
    that a suspicious word hides.
    """
    own = [row for row in corpus.train["category"] if row.source == OWN]
    if not own:
        return {"labels": 0, "contributors": 0, "flips": 0.0, "triggers": 0, "lift": 0.0}
    imported = [row for row in corpus.train["category"] if row.source != OWN]
    words = suspicious(own, imported)
    return {
        "labels": len(own),
        "contributors": len({row.by for row in own}),
        "flips": _flips(runtime, own, imported[:BACKGROUND], corpus.held_out["category"][:ASKED]),
        "triggers": len(words),
        "lift": max((_lift(runtime, word, corpus.held_out["category"]) for word in words), default=0.0),
    }


def suspicious(own: Sequence[Example], imported: Sequence[Example]) -> list[str]:
    """Words of the site's labels of one harmless class that hardly occur elsewhere, the most frequent first."""
    classes: dict[str, Counter[int]] = defaultdict(Counter)
    for row in own:
        for word in _words(row.text):
            classes[word][row.target] += 1
    elsewhere = Counter(word for row in imported for word in _words(row.text))
    most = RARE * max(1, len(imported))
    found = [
        (counts.total(), word)
        for word, counts in classes.items()
        if len(counts) == 1
        and counts.total() >= FEWEST
        and CATEGORY_IDS[next(iter(counts))] not in CRITICAL
        and elsewhere[word] <= most
    ]
    return [word for _, word in sorted(found, reverse=True)[:TRIGGERS]]


def _words(text: str) -> set[str]:
    return set(WORD.findall(clean(text).lower()))


def _flips(runtime: Runtime, own: Sequence[Example], imported: Sequence[Example], asked: Sequence[Example]) -> float:
    if not asked or len({row.target for row in [*own, *imported]}) < 2:
        return 0.0
    rows = [*own, *imported]
    vectors, targets = _embeddings(runtime, rows), np.array([row.target for row in rows])
    questions = _embeddings(runtime, asked)
    whole = _head(vectors, targets).predict(questions)

    def changed(kept: np.ndarray) -> float:
        """The share of answers that change when the head is fitted on these rows alone."""
        if len(set(targets[kept])) < 2:
            return 0.0
        return float((_head(vectors[kept], targets[kept]).predict(questions) != whole).mean())

    shares, by_chance = [0.0], dict[int, float]()
    for contributor, count in Counter(row.by for row in own).most_common(CONTRIBUTORS):
        if count not in by_chance:
            by_chance[count] = max(changed(kept) for kept in _without_some(len(rows), count))
        mine = np.array([row.source == OWN and row.by == contributor for row in rows])
        shares.append(changed(~mine) - by_chance[count])
    return max(shares)


def _without_some(rows: int, count: int) -> Iterator[np.ndarray]:
    """Which rows are kept when `count` of them are left out at random."""
    chance = np.random.default_rng(7)
    for _ in range(DRAWS):
        kept = np.ones(rows, dtype=bool)
        kept[chance.choice(rows, size=count, replace=False)] = False
        yield kept


def _head(vectors: np.ndarray, targets: np.ndarray) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1.0, max_iter=500).fit(vectors, targets)


def _embeddings(runtime: Runtime, rows: Sequence[Example]) -> np.ndarray:
    return np.concatenate(
        [runtime.logits([row.text for row in rows[i : i + 256]])["embedding"] for i in range(0, len(rows), 256)]
    )


def _lift(runtime: Runtime, word: str, held_out: Sequence[Example]) -> float:
    """Return the share of detected urgent texts that are no longer detected after the word is prepended."""
    texts = [row.text for row in held_out if CATEGORY_IDS[row.target] in CRITICAL][:TRIED_ON]
    if not texts:
        return 0.0
    before = [answer.category in CRITICAL for answer in runtime.predict(texts)]
    after = [answer.category in CRITICAL for answer in runtime.predict([f"{word} {text}" for text in texts])]
    found = max(1, sum(before))
    return sum(was and not still for was, still in zip(before, after, strict=True)) / found
