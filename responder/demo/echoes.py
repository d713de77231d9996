"""How a post travels on: retweets, quotes and hand-made copies with small changes."""

import re

from responder.demo.draw import Draw
from responder.demo.render import shout, typo

_TAG_TAIL = re.compile(r"(?: #\S+)+$")


def retweet(text: str, handle: str) -> str:
    return f"RT @{handle}: {text}"


def quote(text: str, handle: str, comments: list[str], draw: Draw) -> str:
    """The text with a comment before or after it."""
    said = draw.pick(comments).replace("{handle}", handle)
    before = said.endswith((":", "：")) or (not said.startswith("via") and draw.chance(0.5))
    return f"{said} {text}" if before else f"{text} {said}"


def copy(text: str, handle: str, comments: list[str], draw: Draw, *, aside: bool = False) -> str:
    """Return the text as if retyped or pasted; its labels stay correct. `aside`: not about the disaster."""
    change = draw.integer(1, 5)
    if change == 1:
        text = typo(text, draw)
    elif change == 2:
        text = _TAG_TAIL.sub("", text).rstrip(".!") + draw.pick(
            (" ...", "!!", " !!!") if aside else (" ...", "!!", " 🙏", " 😢")
        )
    elif change == 3 and "http" not in text:
        text = shout(text)
    elif change == 4 and not aside:
        text = _TAG_TAIL.sub("", text) + " " + draw.pick(("#Sereia", "#CycloneSereia"))
    else:
        text = quote(text, handle, comments, draw)
    return text
