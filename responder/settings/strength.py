"""Checks whether a secret can be guessed, judging by its characters."""

import re
import zlib
from itertools import pairwise

SHORTEST_KEY, FEWEST_DISTINCT = 50, 12
FEWEST_DISTINCT_OF_SHORT, FEWEST_UNKNOWN, NEW_PIECES = 8, 10, 0.75
FEWEST_PACKED, PACKED_SHARE = 38, 0.55  # bytes that remain of random hexadecimal digits: 45 of 64, 120 of 200
PLACEHOLDERS = (
    "changeme", "change-me", "change_me", "change-this", "django-insecure", "example", "placeholder", "password",
    "replace", "secret-key", "secret_key", "insecure",
)  # fmt: skip
OBVIOUS = re.compile(
    r"responder|postgres(ql)?|redis|database|metrics|monitoring|prometheus|backup|token|secret|admin|welcome|letmein|qwertz?y?|"
    r"default|production|(19|20)\d\d",
    re.I,
)


def is_strong_key(key: str) -> bool:
    """Whether a key is long, varied, neither repeated nor counted up, and no placeholder.

    50 random characters of any alphabet of 16 or more pass; what a person makes up in a hurry does not.
    """
    if len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_DISTINCT or is_placeholder(key):
        return False
    in_order = sum(abs(ord(one) - ord(two)) <= 1 for one, two in pairwise(key))
    packed = len(zlib.compress(key.encode(), 9))
    return in_order < len(key) / 2 and packed >= max(FEWEST_PACKED, PACKED_SHARE * len(key))


def is_strong(secret: str, *, shortest: int) -> bool:
    """Whether a token or password is long, varied, neither repeated nor counted up, and more than words of the product.

    `shortest` random characters of any alphabet of 16 or more pass.
    """
    if len(secret) < shortest or len(set(secret)) < FEWEST_DISTINCT_OF_SHORT or is_placeholder(secret):
        return False
    in_order = sum(abs(ord(one) - ord(two)) <= 1 for one, two in pairwise(secret))
    pieces = [secret[start : start + 3] for start in range(len(secret) - 2)]
    unknown = OBVIOUS.sub("", secret)
    return (
        in_order < len(secret) / 2 and len(set(pieces)) >= NEW_PIECES * len(pieces) and len(unknown) >= FEWEST_UNKNOWN
    )


def is_placeholder(secret: str) -> bool:
    """Whether a secret is what an example file holds in its place."""
    return any(word in secret.lower() for word in PLACEHOLDERS)
