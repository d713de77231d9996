"""Masks what could identify or expose people: handles, phone numbers, e-mail addresses, names, exact positions.

Place names stay: they are what helpers need. A text is folded into one plain form first, so that each pattern is written
once for every script and way of typing; what is found there is hidden in the original. Every pattern is bounded, so the
time is linear in the text.
"""

from collections.abc import Iterable
from functools import lru_cache

from responder.privacy.masking import accounts, homes, numbers, person_names, points
from responder.privacy.masking.accounts import EMAIL, HANDLE
from responder.privacy.masking.folding import COVERED, fold
from responder.privacy.masking.words import words_of

__all__ = ["COVERED", "EMAIL", "EXACT_KM", "HANDLE", "HIDDEN", "cover", "mask", "mask_author", "point"]

HIDDEN = "•••"
PASSES = 4  # hiding one span may move another one next to its cue
EXACT_KM = 1.0  # a more exact point could be somebody's home
REMEMBERED = 2_000  # characters; results for longer texts are not cached


def mask(text: str) -> str:
    """`text` without handles, numbers, addresses and names of people. Idempotent."""
    parts, at = [], 0
    for start, end in _spans(text):
        parts += [text[at:start], HIDDEN]
        at = end
    return "".join([*parts, text[at:]])


def cover(text: str) -> str:
    """`text` with what `mask` hides covered character by character, so that positions stay."""
    return _covered(text, _spans(text))


def point(
    latitude: float | None, longitude: float | None, radius_km: float | None
) -> tuple[float | None, float | None]:
    """Return a displayable position: an exact one is moved to the centre of its cell of about a square kilometre."""
    if latitude is None or longitude is None or radius_km is None or radius_km >= EXACT_KM:
        return latitude, longitude
    return round(latitude, 2), round(longitude, 2)


def _spans(text: str) -> list[tuple[int, int]]:
    """The ranges of `text` that are hidden, in order, none touching another."""
    return list(_remembered(text) if len(text) <= REMEMBERED else _found(text))


@lru_cache(maxsize=4096)
def _remembered(text: str) -> tuple[tuple[int, int], ...]:
    return _found(text)


def _found(text: str) -> tuple[tuple[int, int], ...]:
    folded = fold(text)
    plain, found = folded.text, []
    for _pass in range(PASSES):
        new = [folded.whole(*span) for span in _in_plain(plain)]
        if not new:
            break
        found += new
        plain = _covered(plain, new)
    return tuple(_joined(folded.original(*span) for span in _joined(found)))


def _in_plain(plain: str) -> list[tuple[int, int]]:
    words = words_of(plain)
    return _joined(
        span
        for spans in (accounts.spans(plain, words), points.spans(plain), homes.spans(plain, words),
                      numbers.spans(plain, words), person_names.spans(plain, words))
        for span in spans
    )  # fmt: skip


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges in order, with overlapping and touching ones merged."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _covered(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """`text` with these ranges covered, character by character."""
    parts, at = [], 0
    for start, end in spans:
        parts += [text[at:start], COVERED * (end - start)]
        at = end
    return "".join([*parts, text[at:]])


def mask_author(handle: str) -> str:
    """The first letter of a handle, which keeps a conversation readable, and nothing else of it."""
    bare = handle.lstrip("@＠").strip()
    return f"{bare[0]}{HIDDEN}" if bare else ""
