"""A report as PDF, laid out by WeasyPrint from the page's own HTML, with fonts of this machine. It reads nothing else."""

import ctypes
import logging
from contextlib import suppress
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from responder.errors import ResponderError
from responder.situation.document import Document

STYLES = "css/situation-paper.css"
NO_GLYPH = ".notdef glyph"  # how WeasyPrint's warning about a character without a font begins
# As WeasyPrint looks for them, on Linux and macOS.
LIBRARIES = {
    "GObject": ("libgobject-2.0.so.0", "libgobject-2.0.0.dylib"),
    "Pango": ("libpango-1.0.so.0", "libpango-1.0.dylib"),
    "PangoFT2": ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"),
    "HarfBuzz": ("libharfbuzz.so.0", "libharfbuzz.0.dylib"),
    "Fontconfig": ("libfontconfig.so.1", "libfontconfig.1.dylib"),
}


class NoLayout(ResponderError):
    """The libraries that lay out a PDF are missing on this machine."""

    status = 503
    title = "PDF is not available"


@cache
def missing_libraries() -> tuple[str, ...]:
    """The names of the libraries that WeasyPrint needs and that can't be loaded; empty if PDFs can be made."""
    return tuple(name for name, files in LIBRARIES.items() if not any(map(_loads, files)))


def why_not() -> str:
    """Why no PDF can be made on this machine, and what to do; empty if one can."""
    if not (names := missing_libraries()):
        return ""
    return _(
        "PDF files can't be made on this machine, because libraries are missing: %(names)s. Ask an administrator to "
        "install the package libpango-1.0-0 with libpangoft2-1.0-0. Until then, print the page, or use another format."
    ) % {"names": ", ".join(names)}


def html(document: Document) -> str:
    """The HTML that is laid out: the report's paper page without links to files."""
    return render_to_string("situation/paper.html", {"doc": document, "for_pdf": True})


def render(text: str) -> tuple[bytes, int]:
    """(PDF, number of pages) of a page's HTML. Some seconds. Raises NoLayout.

    Where characters have no font on this machine, the last line of the PDF says how many are drawn as boxes.
    """
    if why := why_not():
        raise NoLayout(why)
    content, pages, without_font = draw(text)
    if without_font:
        content, pages, _number = draw(with_note(text, without_font))
    return content, pages


def draw(text: str) -> tuple[bytes, int, int]:
    """(PDF, number of pages, number of different characters without a font) of a page's HTML."""
    import weasyprint  # takes a second and its libraries along

    logger, seen = logging.getLogger("weasyprint"), _WithoutFont()
    logging.getLogger("weasyprint.progress").setLevel(logging.ERROR)
    logger.addFilter(seen)
    try:
        styles = weasyprint.CSS(string=Path(str(finders.find(STYLES))).read_text(), url_fetcher=_fetcher())
        laid_out = weasyprint.HTML(string=text, url_fetcher=_fetcher()).render(stylesheets=[styles])
        return laid_out.write_pdf(), len(laid_out.pages), len(seen.characters)
    finally:
        logger.removeFilter(seen)


def with_note(text: str, characters: int) -> str:
    """A page's HTML with a line at its end about characters that are drawn as boxes."""
    note = ngettext(
        "%(n)d character of this report has no font on the machine that made this file, and is drawn as a box.",
        "%(n)d different characters of this report have no font on the machine that made this file, and are drawn as boxes.",
        characters,
    ) % {"n": characters}  # fmt: skip
    before, end, after = text.rpartition("</main>")
    return f'{before or after}<p class="sit-note">{note}</p>{end}{after if end else ""}'


class _WithoutFont(logging.Filter):
    """Keeps which characters have no font, instead of logging them: words of reports don't belong in logs."""

    def __init__(self) -> None:
        super().__init__()
        self.characters: set[object] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        if str(record.msg).startswith(NO_GLYPH) and isinstance(record.args, tuple):
            self.characters.add(record.args[-1])
        return record.levelno >= logging.ERROR


def _fetcher() -> object:
    """A fetcher that fetches nothing: whatever stands in a report, no file and no address is read."""
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols=())


def _loads(file: str) -> bool:
    with suppress(OSError):
        ctypes.CDLL(file)
        return True
    return False
