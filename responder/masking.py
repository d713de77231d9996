"""Hides what could identify or expose people in the text of posts: handles, phone numbers, e-mail addresses.

Place names stay: they are what helpers need. Every pattern is bounded, so the time is linear in the text.
"""

import re

HIDDEN = "•••"
COVERED = "•"
# Zero-width characters between digits would otherwise carry a number past the pattern.
_GAP = "[ \\u00a0\\u2009\\u202f\\u200b-\\u200f\\u2060\\ufeff.()/\\-\\u2010-\\u2015]"
EMAIL = re.compile(r"[\w.+%-]{1,64}[@＠][\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
HANDLE = re.compile(r"[@＠][\w](?:[\w.-]{0,100}\w)?(?:[@＠][\w.-]{1,100})?")
PHONE = re.compile(rf"(?<!\w)[+＋(]?\d(?:{_GAP}{{0,3}}\d){{6,17}}(?!\w)")
_DATE = re.compile(r"(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?: \d{1,2})?|"
                   r"(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|1[0-2])[-/.](?:19|20)\d\d(?: \d{1,2})?")  # fmt: skip
_GROUPED_NUMBER = re.compile(r"[1-9]\d{0,2}(?:[ .\u00a0\u202f]000){1,3}")


def mask(text: str) -> str:
    """`text` with handles, phone numbers and e-mail addresses replaced; masking twice changes nothing more."""
    text = EMAIL.sub(HIDDEN, text)
    text = HANDLE.sub("@" + HIDDEN, text)
    return PHONE.sub(_hide_phone, text)


def cover(text: str) -> str:
    """`text` with what `mask` hides covered character by character, so that positions stay."""
    text = EMAIL.sub(lambda match: COVERED * len(match.group()), text)
    text = HANDLE.sub(lambda match: "@" + COVERED * (len(match.group()) - 1), text)
    return PHONE.sub(lambda match: _hide_phone(match).replace(HIDDEN, COVERED * len(match.group())), text)


def mask_author(handle: str) -> str:
    """The first letter of a handle, which keeps a conversation readable, and nothing else of it."""
    bare = handle.lstrip("@＠").strip()
    return f"{bare[0]}{HIDDEN}" if bare else ""


def _hide_phone(match: re.Match[str]) -> str:
    number = match.group()
    if _DATE.fullmatch(number) or _GROUPED_NUMBER.fullmatch(number):
        return number
    return HIDDEN
