"""Selection of texts to label: random draws with known probabilities, and the most instructive texts.

A random draw stores each text's inclusion probability, so that figures measured on it represent all texts; the other
selections are for learning only. Sources: Neyman, 1934; Settles, "Active Learning", 2012; Gonzalez, 1985 (farthest
first).
"""

import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

URGENT_PRIORITIES = ("Critical", "High")
LEAST_OF_CLASS = 20
DOUBLE_CODED = 0.15
STRATUM_LIMITS = ((0.5, "low"), (0.8, "middle"), (1.1, "high"))  # confidence below which each stratum's band ends
NGRAM, BUCKETS = 3, 512
MOST_COMPARED = 4_000  # texts to select the most dissimilar ones from


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that people could be asked about.

    Arguments:
        subject: the object that it belongs to, such as post:17.
        predicted: the model's category; probabilities: category → calibrated probability.
        priority: as predicted, one of classifier.categories.PRIORITIES, or empty.
    """

    subject: str
    text: str
    event: str
    lang: str
    predicted: str
    probabilities: Mapping[str, float]
    priority: str
    model_version_id: int | None = None

    @property
    def confidence(self) -> float:
        return float(self.probabilities.get(self.predicted, 0.0))

    @property
    def stratum(self) -> str:
        """Predicted class and confidence band."""
        band = next(name for limit, name in STRATUM_LIMITS if self.confidence < limit)
        return f"{self.predicted}|{band}"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chosen text; `chance` is its inclusion probability, None if it was not drawn at random."""

    candidate: Candidate
    stratum: str = ""
    chance: float | None = None
    coders: int = 1


Candidates = Sequence[Candidate]


def audit(candidates: Candidates, number: int, rng: "np.random.Generator") -> list[Drawn]:
    """Draw at random in every predicted class × confidence band; in random order, 15 % for two people."""
    strata, chances = _strata(candidates), audit_chances(candidates, number)
    drawn = []
    for name, members in sorted(strata.items()):
        taken = round(chances[name] * len(members))
        drawn += [(name, members[i]) for i in rng.choice(len(members), taken, replace=False)]
    order, doubled = rng.permutation(len(drawn)), round(DOUBLE_CODED * len(drawn))
    pairs = set(rng.choice(len(drawn), doubled, replace=False).tolist()) if drawn else set()
    return [Drawn(drawn[i][1], drawn[i][0], chances[drawn[i][0]], 2 if i in pairs else 1) for i in order]


def audit_chances(candidates: Candidates, number: int) -> dict[str, float]:
    """Stratum → inclusion probability: at least 20 per class if there are so many, the rest by size."""
    sizes = Counter(candidate.stratum for candidate in candidates)
    by_class: dict[str, dict[str, int]] = defaultdict(dict)
    for stratum, size in sorted(sizes.items()):
        by_class[stratum.rpartition("|")[0]][stratum] = size
    shares = allocate({name: sum(parts.values()) for name, parts in by_class.items()}, number, LEAST_OF_CLASS)
    return {
        stratum: taken / sizes[stratum]
        for name, parts in by_class.items()
        for stratum, taken in allocate(parts, shares[name], 1).items()
    }


def allocate(sizes: Mapping[str, int], total: int, least: int) -> dict[str, int]:
    """Divide `total`: at least `least` each if there are so many, the rest in proportion (largest remainders)."""
    total = min(total, sum(sizes.values()))
    least = min(least, total // max(1, len(sizes)))
    given = {name: min(least, size) for name, size in sizes.items()}
    left = {name: size - given[name] for name, size in sizes.items()}
    rest, room = total - sum(given.values()), sum(left.values())
    if not rest or not room:
        return given
    for name in sizes:
        given[name] += rest * left[name] // room
    # Each stratum with a remainder has room for one more, and the remainders add up to the rest to distribute.
    by_remainder = sorted(sizes, key=lambda name: (-(rest * left[name] % room), name))
    for name in by_remainder[: total - sum(given.values())]:
        given[name] += 1
    return given


def not_urgent(
    candidates: Candidates,
    number: int,
    rng: "np.random.Generator",
    *,
    audited: Collection[str],
    chances: Mapping[str, float],
) -> list[Drawn]:
    """Draw at random from the texts that were not predicted urgent and are not in the audit.

    Arguments:
        audited: subjects that the audit drew. chances: the audit's probabilities, by stratum.
    """
    pool = [c for c in candidates if c.priority not in URGENT_PRIORITIES and c.subject not in audited]
    taken = min(number, len(pool))
    chosen = [pool[i] for i in rng.choice(len(pool), taken, replace=False)] if taken else []
    # Two steps: the audit did not draw it, then it was drawn from the rest.
    return [Drawn(c, "not urgent", (1 - chances.get(c.stratum, 0.0)) * taken / len(pool)) for c in chosen]


def uncertain(candidates: Candidates, number: int) -> list[Drawn]:
    """The texts whose probabilities have the highest entropy."""
    ranked = sorted((c for c in candidates if c.probabilities), key=_entropy, reverse=True)
    return [Drawn(candidate) for candidate in ranked[:number]]


def rare(candidates: Candidates, number: int, rng: "np.random.Generator", *, labels: Mapping[str, int]) -> list[Drawn]:
    """Texts of the predicted classes with the fewest labels, each time from the class with the fewest so far."""
    pools: dict[str, list[Candidate]] = defaultdict(list)
    for i in rng.permutation(len(candidates)):
        pools[candidates[i].predicted].append(candidates[i])
    have = Counter(labels)
    drawn: list[Drawn] = []
    while pools and len(drawn) < number:
        poorest = min(pools, key=lambda name: (have[name], name))
        drawn.append(Drawn(pools[poorest].pop()))
        have[poorest] += 1
        if not pools[poorest]:
            del pools[poorest]
    return drawn


def diverse(
    candidates: Candidates, number: int, rng: "np.random.Generator", *, others: Sequence[str] = ()
) -> list[Drawn]:
    """Texts that are each as dissimilar as possible to all that were chosen before.

    Arguments:
        others: texts that are in the queue already.
    """
    import numpy as np

    pool = [candidates[i] for i in rng.permutation(len(candidates))[:MOST_COMPARED]]
    if not pool:
        return []
    rows = vectors([candidate.text for candidate in pool])
    known = vectors(others) if others else rows.mean(axis=0, keepdims=True)
    nearest, drawn = (rows @ known.T).max(axis=1), []
    for _ in range(min(number, len(pool))):
        farthest = int(nearest.argmin())
        drawn.append(Drawn(pool[farthest]))
        nearest = np.maximum(nearest, rows @ rows[farthest])
        nearest[farthest] = np.inf
    return drawn


def vectors(texts: Sequence[str]) -> "NDArray[np.float32]":
    """Counts of hashed character trigrams, normalised to length 1; shape (texts, 512)."""
    import numpy as np

    rows = np.zeros((len(texts), BUCKETS), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        padded = f" {text.lower()} ".encode(errors="replace")
        for start in range(max(1, len(padded) - NGRAM + 1)):
            row[zlib.crc32(padded[start : start + NGRAM]) % BUCKETS] += 1
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def _strata(candidates: Candidates) -> dict[str, list[Candidate]]:
    strata: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        strata[candidate.stratum].append(candidate)
    return strata


def _entropy(candidate: Candidate) -> float:
    values: Any = candidate.probabilities.values()
    return -sum(p * math.log(p) for p in values if p > 0)
