"""Secrets of one-time links: random, shown once, stored as a digest."""

import hashlib
import secrets

SECRET_BYTES, LONGEST_SECRET = 32, 64


def new_secret() -> str:
    """A new secret of 256 random bits."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest(secret: str) -> str:
    """The digest that is stored for a secret; empty, which matches no row, if it can't be one of our secrets."""
    if not 0 < len(secret) <= LONGEST_SECRET or not secret.isascii():
        return ""
    return hashlib.sha256(secret.encode()).hexdigest()


def digest_of_name(name: str) -> str:
    """A short digest of a user name or email address, for the key of a counter."""
    return hashlib.sha256(name.casefold().encode(errors="replace")).hexdigest()[:32]
