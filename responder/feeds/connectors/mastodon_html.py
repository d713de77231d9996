"""The text and the links of a post's HTML."""

from html.parser import HTMLParser
from typing import Any

from responder.feeds.connectors.base import MOST_LINKS

MOST_HTML, MOST_TAGS = 30_000, 1_000  # html.parser takes time as the square of unfinished tags
NO_LINK = {"mention", "hashtag", "u-url", "tag"}


class PostText(HTMLParser):
    """What a post's HTML says: its text, where paragraphs and breaks become lines, and its links."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.links: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self.parts).strip()

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "br":
            self.parts.append("\n")
        if tag == "a" and len(self.links) < MOST_LINKS:
            said = dict(attrs)
            # People and hashtags are links too: by their class, or beside other servers by their `rel`.
            if not NO_LINK & {*(said.get("class") or "").split(), *(said.get("rel") or "").split()}:
                self.links.append(said.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "li", "blockquote"):
            self.parts.append("\n")


def read(html: str) -> PostText:
    """The parsed HTML. Raises ValueError for too many tags."""
    if html.count("<") > MOST_TAGS:
        raise ValueError("too many tags")
    parser = PostText()
    parser.feed(html)
    parser.close()
    return parser


def text_of(html: str) -> str:
    """The text of a post's HTML; paragraphs and breaks become lines."""
    return read(html).text
