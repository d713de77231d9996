"""Reads XML of sources, bounded: no entities, no document type, a limited number and depth of elements."""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from responder.hazards.drafts import Unreadable

MOST_ELEMENTS, MOST_DEPTH = 200_000, 60
FALLBACK = "windows-1252"  # what services write that state UTF-8 and do not mean it


class _TooMuch(ValueError):
    pass


class _Bounded(TreeBuilder):
    """A tree builder that counts."""

    def __init__(self) -> None:
        super().__init__()
        self._elements = self._depth = 0

    def start(self, tag: Any, attrs: Any) -> Any:
        self._elements += 1
        self._depth += 1
        if self._elements > MOST_ELEMENTS or self._depth > MOST_DEPTH:
            raise _TooMuch
        return super().start(tag, attrs)

    def end(self, tag: Any) -> Any:
        self._depth -= 1
        return super().end(tag)


def parse(body: bytes) -> Element:
    """The root of a document. Raises Unreadable.

    A text that is not in the encoding that it states is read as Windows-1252: an alert with a few wrong letters is better
    than none.
    """
    if not body.strip():
        raise Unreadable("it is empty")
    try:
        return _parse(body)
    except ParseError as error:
        if (again := _reencoded(body)) is not None:
            try:
                return _parse(again)
            except ParseError:
                pass
        line, column = getattr(error, "position", (0, 0))
        raise Unreadable(f"it is not well-formed XML (line {line}, column {column})") from error


def _parse(body: bytes) -> Element:
    try:
        parser = DefusedXMLParser(target=_Bounded(), forbid_dtd=True)
        parser.feed(body)
        root: Element = parser.close()
    except ParseError:
        raise
    except DefusedXmlException as error:
        raise Unreadable("it declares a document type or entities, which are not accepted") from error
    except _TooMuch as error:
        raise Unreadable("it has too many or too deeply nested elements") from error
    except (ValueError, LookupError, TypeError, AssertionError, RecursionError) as error:
        raise Unreadable("its encoding is not known, or it is not XML") from error
    return root


def _reencoded(body: bytes) -> bytes | None:
    """The document as UTF-8, where it is not what it is read as; None where its bytes are not the problem."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode(FALLBACK, errors="replace").lstrip("\ufeff")
    else:
        return None
    if text.startswith("<?xml"):
        text = text.partition("?>")[2]
    return text.encode()


def name(element: Element) -> str:
    """The name of an element without its namespace: services write several for one."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, wanted: str) -> Iterator[Element]:
    """The children of this name, whatever their namespace."""
    return (child for child in element if name(child) == wanted)


def child(element: Element, wanted: str) -> Element | None:
    """The first child of this name."""
    return next(children(element, wanted), None)


def text(element: Element, wanted: str) -> str:
    """The text of the first child of this name; empty without one."""
    found = child(element, wanted)
    return "" if found is None else "".join(found.itertext()).strip()


def source_text(element: Element, limit: int) -> str:
    """The element as XML, cut to `limit` characters."""
    return tostring(element, encoding="unicode").replace("\x00", "")[:limit]
