"""Addresses that people and sources write: `urlsplit` raises ValueError for some, such as `https://[::1`."""

from urllib.parse import SplitResult, urlsplit


def split(address: str) -> SplitResult:
    """The parts of an address; all empty where it cannot be read, so that every check of them refuses it."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")
