"""Parsing of addresses from people and sources: `urlsplit` raises ValueError for some, such as `https://[::1`."""

from urllib.parse import SplitResult, urlsplit


def split(address: str) -> SplitResult:
    """The parts of an address. All are empty if it can't be parsed, so that every check rejects it."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")
