"""Whether a secret can be guessed, as far as its characters tell."""

import zlib
from itertools import pairwise

SHORTEST_KEY, FEWEST_DISTINCT = 50, 12
FEWEST_PACKED, PACKED_SHARE = 38, 0.55  # bytes that remain of random hexadecimal digits: 45 of 64, 120 of 200
PLACEHOLDERS = (
    "changeme", "change-me", "change_me", "change-this", "django-insecure", "example", "placeholder", "password",
    "replace", "secret-key", "secret_key", "insecure",
)  # fmt: skip


def is_strong_key(key: str) -> bool:
    """Whether a key is long, varied, neither repeated nor counted up, and no placeholder.

    50 random characters of any alphabet of 16 or more pass; what a person makes up in a hurry does not.
    """
    if len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_DISTINCT or is_placeholder(key):
        return False
    in_order = sum(abs(ord(one) - ord(two)) <= 1 for one, two in pairwise(key))
    packed = len(zlib.compress(key.encode(), 9))
    return in_order < len(key) / 2 and packed >= max(FEWEST_PACKED, PACKED_SHARE * len(key))


def is_placeholder(secret: str) -> bool:
    """Whether a secret is what an example file holds in its place."""
    return any(word in secret.lower() for word in PLACEHOLDERS)
