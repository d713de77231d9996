"""A report as a file for word processors (DOCX)."""

import io
import re
from typing import Any

from django.utils.translation import gettext as _

from responder.situation import maps
from responder.situation.document import Document, needs_in_words, roads_in_words

ILLEGAL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PICTURE_CM = 16.0


def docx(document: Document) -> bytes:
    """The report as DOCX, with the map as a picture."""
    import docx as word  # takes lxml along, which pages do without
    from docx.shared import Cm

    file = word.Document()
    file.core_properties.title, file.core_properties.author = _clean(document.title), "Responder"
    if document.is_exercise:
        file.add_paragraph(_("EXERCISE: fictional, not a real emergency.")).runs[0].bold = True
    file.add_heading(_clean(document.title), 0)
    file.add_paragraph(_clean(f"{document.period} · {document.status}"))
    _table(
        file, [_("Key figure"), _("Now"), _("Before"), _("Change")],
        [[one.label, one.value, one.before, one.change] for one in document.key_figures],
    )  # fmt: skip
    picture = file.add_picture(io.BytesIO(maps.png(document.picture)), width=Cm(PICTURE_CM))
    picture._inline.docPr.set("descr", _clean(document.picture.words))
    file.add_paragraph(_clean(document.picture.words))
    for section in document.sections:
        _section(file, document, section)
    _evidence(file, document)
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def _section(file: Any, document: Document, section: Any) -> None:
    rows = _rows(document).get(section.key)
    if not section.lines and not (rows and rows[1]):
        return
    file.add_heading(_clean(section.title), 1)
    for line in section.lines:
        file.add_paragraph(_clean(line.text), style="List Bullet")
    if rows:
        _table(file, *rows)


def _rows(document: Document) -> dict[str, tuple[list[str], list[list[Any]]]]:
    """Section → (heads, rows) of its table."""
    return {
        "needs": (
            [_("Place"), _("Need"), _("Open"), _("Met"), _("Independent authors")],
            [
                [row["place"] or _("no place"), row["label"], len(row["needed"]), len(row["met"]), row["authors"]]
                for row in document.needs
            ],
        ),
        "access": (
            [_("Place"), _("Roads, as posts state"), _("Incidents with damage"), _("Independent authors")],
            [
                [row["place"] or _("no place"), roads_in_words(row), ", ".join(row["refs"]), row["authors"]]
                for row in document.access
            ],
        ),
        "incidents": (
            [_("Incident"), _("What"), _("Place"), _("Severity"), _("Status"), _("Needs")],
            [
                [
                    row["ref"], row["title"], row["place"], row["severity_word"],
                    row["status_word"] + (_(", unanswered") if row["unanswered"] else ""), needs_in_words(row["needs"]),
                ]
                for row in document.incidents
            ],
        ),
    }  # fmt: skip


def _evidence(file: Any, document: Document) -> None:
    if not document.used:
        return
    file.add_heading(_("Evidence"), 1)
    for figure in document.used:
        counted = _("posts") if figure.is_of_posts else ", ".join(figure.incidents) or figure.names
        authors = "" if figure.authors is None else _("; independent authors: %(n)d") % {"n": figure.authors}
        file.add_paragraph(_clean(f"{figure.label}: {figure.value} ({counted}{authors})"), style="List Bullet")


def _table(file: Any, heads: list[str], rows: list[list[Any]]) -> None:
    if not rows:
        return
    table = file.add_table(rows=1, cols=len(heads), style="Table Grid")
    for cell, head in zip(table.rows[0].cells, heads, strict=True):
        cell.text = _clean(head)
        cell.paragraphs[0].runs[0].bold = True
    for row in rows:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = _clean(value)
    file.add_paragraph()


def _clean(text: Any) -> str:
    return ILLEGAL.sub("\ufffd", str(text))
