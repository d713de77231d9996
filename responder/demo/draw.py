"""Repeatable chance, built on `Random.random()` alone: the one sequence Python keeps between versions."""

import math
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """A stream of random choices that is the same for the same `seed` on every machine."""

    def __init__(self, seed: str) -> None:
        self._next = random.Random(seed).random  # noqa: S311 (a story, not a secret)

    def chance(self, probability: float) -> bool:
        return self._next() < probability

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self._next() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self._next() * len(items))]

    def weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        left = self._next() * sum(weights)
        for item, weight in zip(items, weights, strict=True):
            left -= weight
            if left < 0:
                return item
        return items[-1]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        rest = list(items)
        return [rest.pop(int(self._next() * len(rest))) for _ in range(len(rest))]

    def wait(self, mean: float) -> int:
        """Seconds until the next event of a memoryless process with this mean."""
        return int(-mean * math.log(1 - self._next()))

    def heavy_tail(self) -> float:
        """Return a popularity: usually near 1, occasionally a hundred times more."""
        return min((1 - self._next()) ** -0.9, 150.0)
