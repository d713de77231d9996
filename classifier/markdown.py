"""Rendering of our own Markdown documents as HTML: with tables, without raw HTML, links and images."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


def as_html(text: str) -> SafeString:
    """The document as HTML, with its front matter as preformatted text. All content is escaped."""
    front = FRONT_MATTER.match(text)
    body = text[front.end() :] if front else text
    head = format_html('<pre class="record">{}</pre>', front.group(1)) if front else ""
    rendered = mark_safe(_renderer().render(body))  # noqa: S308  html is off: the renderer escapes all that it is given
    return format_html('{}<div class="document" tabindex="0">{}</div>', head, rendered)


@lru_cache(maxsize=1)
def _renderer() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # few pages show a document

    return MarkdownIt("js-default", {"html": False, "linkify": False}).disable(["link", "image", "autolink"])
