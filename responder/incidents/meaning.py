"""Sentence vectors for comparing texts: the encoder's output without what all disaster texts share.

The raw output of the encoder mostly tells the category: any two calls for water look alike. So the mean and the
strongest common directions of a fixed sample of texts (the bundled exercise's) are taken out; what stays tells one
bridge from another. A `Space` is made once per model and process, and is the same in each of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from responder.demo import exercise

SAMPLE = 300
COMMON = 20  # directions taken out
HASH_BANDS, BITS = 16, 6  # bands of the locality-sensitive hash, and bits of each
SCALE = 127
NUMBERS = 384
SEED = 20_240
Vectors = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Meaning:
    """A text's vector as 384 int8, and its locality-sensitive hash as 16 bytes, one a band."""

    vector: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """The mean, directions and hash planes that make vectors of one model comparable."""

    name: str
    mean: Vectors
    common: Vectors
    planes: Vectors

    def meanings(self, embeddings: Vectors) -> list[Meaning]:
        """Meanings of raw encoder outputs, in order."""
        centred = embeddings - self.mean
        centred = centred - (centred @ self.common.T) @ self.common
        units = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
        sides = (units @ self.planes > 0).reshape(len(units), HASH_BANDS, BITS)
        bands = (sides * (1 << np.arange(BITS))).sum(2).astype(np.uint8)
        small = np.rint(units * SCALE).astype(np.int8)
        return [Meaning(row.tobytes(), band.tobytes()) for row, band in zip(small, bands, strict=True)]


def embed(texts: Sequence[str], runtime: Any) -> tuple[str, list[Meaning]]:
    """(name of the space, meaning of each text); texts that `runtime` has just answered cost next to nothing."""
    space = space_of(runtime)
    return space.name, space.meanings(runtime.embed(texts)) if texts else []


@lru_cache(maxsize=4)
def space_of(runtime: Any) -> Space:
    """The space of a model; made from its answers to the sample, in about a second."""
    embeddings = runtime.embed(_sample())
    mean = embeddings.mean(0)
    _, _, directions = np.linalg.svd(embeddings - mean, full_matrices=False)
    planes = np.random.default_rng(SEED).standard_normal((embeddings.shape[1], HASH_BANDS * BITS))
    return Space(runtime.info.sha256[:16], mean, directions[:COMMON], planes)


def likeness(one: bytes, others: Sequence[bytes]) -> Vectors:
    """Cosine of a vector and each of `others`, −1 to 1."""
    return cosines(one, np.frombuffer(b"".join(others), dtype=np.int8).reshape(len(others), -1))


def cosines(one: bytes, others: Vectors) -> Vectors:
    """Cosine of a vector and each row of `others`, which are int8."""
    matrix = others.astype(np.float32)
    vector = np.frombuffer(one, dtype=np.int8).astype(np.float32)
    lengths = np.linalg.norm(matrix, axis=1) * np.linalg.norm(vector)
    return (matrix @ vector) / np.maximum(lengths, 1e-9)


def _sample() -> list[str]:
    """Distinct texts, spread over the whole exercise; always the same ones."""
    texts = sorted({post.text for post in exercise.posts()})
    return texts[:: max(1, len(texts) // SAMPLE)][:SAMPLE]
