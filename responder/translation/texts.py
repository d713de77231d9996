"""The text of a post as it is translated and shown: masked. What is sent elsewhere holds nothing that pages hide."""

import hashlib
import re

from responder.privacy.masking import HIDDEN, mask

LETTERS = re.compile(r"[^\W\d_]")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
MOST_TIMES, MOST_BESIDES = 8, 500  # a translation may be so much longer than its text: times, and characters besides


def masked(text: str) -> str:
    """A post's text without what could identify people."""
    return mask(text)


def is_blank(text: str) -> bool:
    """Whether there is nothing to translate: no letter besides what is hidden."""
    return not LETTERS.search(text.replace(HIDDEN, ""))


def digest_of(text: str) -> str:
    """What tells whether a translation belongs to a masked text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def storable(translated: str, text: str) -> str | None:
    """An engine's answer as it may be stored: masked again; None if it is empty or far longer than the text."""
    found = UNPRINTABLE.sub("", translated).strip()
    if not found or len(found) > MOST_TIMES * len(text) + MOST_BESIDES:
        return None
    return mask(found)
