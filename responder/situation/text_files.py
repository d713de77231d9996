"""A report as files that need no layout: Markdown, JSON, and HXL (who does what where)."""

import json
import re
from typing import Any

from django.utils.translation import gettext as _

from responder.exports.kinds import KINDS
from responder.exports.tables import Column, Table
from responder.privacy import policy
from responder.situation.document import Document, needs_in_words, roads_in_words

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def markdown(document: Document) -> str:
    """The report as Markdown (CommonMark with tables)."""
    parts = [f"# {_plain(_headed(document))}", _plain(f"{document.period} · {document.status}"), _key_figures(document)]
    for section in document.sections:
        body = "\n".join(f"- {_plain(line.text)}" for line in section.lines)
        table = {"needs": _needs, "access": _access, "incidents": _incidents}.get(section.key)
        parts.append("\n\n".join(filter(None, [f"## {_plain(section.title)}", body, table(document) if table else ""])))
    parts.append(_evidence(document))
    return "\n\n".join(filter(None, parts)) + "\n"


def as_json(document: Document) -> str:
    """The report as JSON: sections as text, figures with the ids that they count, and the tables."""
    report = document.report
    content = {
        "ref": report.ref, "number": report.number, "title": document.title, "event": report.event.ref,
        "data_status": policy.EXERCISE if document.is_exercise else policy.ACTUAL, "state": report.state,
        "period": document.facts.get("period"), "time_zone": report.event.time_zone, "version": document.version.number,
        "generated_at": document.version.facts.at.isoformat(),
        "published_at": report.published_at.isoformat() if report.published_at else None,
        "sections": [
            {
                "key": section.key, "title": section.title, "is_generated": section.is_generated,
                "lines": [{"text": line.text, "figures": line.figures} for line in section.lines],
            }
            for section in document.sections
        ],
        "figures": document.facts.get("figures", {}), "incidents": document.facts.get("incidents", []),
        "needs": document.facts.get("needs", []), "access": document.facts.get("access", []),
    }  # fmt: skip
    return json.dumps(content, indent=1, ensure_ascii=False)


def hxl(document: Document) -> str:
    """Who does what where: a row for each incident of the report, as CSV with HXL tags."""
    kind, table = KINDS["hxl"], _three_w(document)
    rows = [table.row(row) for row in document.incidents]
    return kind.bom + kind.begin(document.title, table) + kind.write(rows, table)


def _three_w(document: Document) -> Table:
    status = policy.EXERCISE if document.is_exercise else policy.ACTUAL

    def place(row: dict[str, Any], number: int) -> float | None:
        return row["position"][number] if row["position"] else None

    columns = (
        Column("ref", "#meta+id", lambda row: row["ref"]),
        Column("data_status", "#status+data", lambda _row: status),
        Column("who", "#org+name", lambda row: "this team" if row["is_assigned"] else ""),
        Column("what", "#activity+name", lambda row: row["title"]),
        Column("needs", "#need+open+list", lambda row: "|".join(row["needs"])),
        Column("roads", "#access+status+list", lambda row: "|".join(row.get("roads", ()))),
        Column("state", "#status+activity", lambda row: row["status"]),
        Column("outcome", "#status+outcome", lambda row: row["outcome"]),
        Column("unanswered", "#status+unanswered", lambda row: row["unanswered"]),
        Column("place", "#loc+name", lambda row: row["place"]),
        Column("latitude", "#geo+lat", lambda row: place(row, 0)),
        Column("longitude", "#geo+lon", lambda row: place(row, 1)),
        Column("severity", "#severity+name", lambda row: row["severity_word"]),
        Column("since", "#date+start", lambda row: row["started_at"]),
        Column("until", "#date+reported", lambda row: row["last_evidence_at"]),
        Column("posts", "#indicator+posts+num", lambda row: row["posts"]),
        Column("authors", "#indicator+authors+num", lambda row: row["authors"]),
        Column("report", "#meta+report", lambda _row: document.report.ref),
        Column("event", "#crisis+code", lambda _row: document.report.event.ref),
    )
    return Table("incident", columns, id="ref", title="what", text="needs", time="until")


def _headed(document: Document) -> str:
    return f"{_('EXERCISE:')} {document.title}" if document.is_exercise else document.title


def _key_figures(document: Document) -> str:
    rows = [[figure.label, figure.value, figure.before, figure.change] for figure in document.key_figures]
    return _table([_("Key figure"), _("Now"), _("Before"), _("Change")], rows)


def _needs(document: Document) -> str:
    rows = [
        [row["place"] or _("no place"), row["label"], len(row["needed"]), len(row["met"]), row["authors"]]
        for row in document.needs
    ]
    return _table([_("Place"), _("Need"), _("Open"), _("Met"), _("Independent authors")], rows)


def _access(document: Document) -> str:
    rows = [
        [row["place"] or _("no place"), roads_in_words(row), ", ".join(row["refs"]), row["authors"]]
        for row in document.access
    ]
    heads = [_("Place"), _("Roads, as posts state"), _("Incidents with damage"), _("Independent authors")]
    return _table(heads, rows)


def _incidents(document: Document) -> str:
    rows = [
        [
            row["ref"], row["title"], row["place"], row["severity_word"],
            f"{row['status_word']}{_(', unanswered') if row['unanswered'] else ''}", needs_in_words(row["needs"]),
            row["authors"],
        ]
        for row in document.incidents
    ]  # fmt: skip
    heads = [_("Incident"), _("What"), _("Place"), _("Severity"), _("Status"), _("Needs"), _("Independent authors")]
    return _table(heads, rows)


def _evidence(document: Document) -> str:
    lines = []
    for figure in document.used:
        counted = _("posts") if figure.is_of_posts else ", ".join(figure.incidents) or figure.names
        authors = "" if figure.authors is None else _("; independent authors: %(n)d") % {"n": figure.authors}
        lines.append(f"- {_plain(figure.label)}: {figure.value} ({_plain(counted)}{authors})")
    return "\n".join([f"## {_('Evidence')}", "", *lines]) if lines else ""


def _table(heads: list[Any], rows: list[list[Any]]) -> str:
    if not rows:
        return ""
    head = f"| {' | '.join(map(_plain, heads))} |\n|{'---|' * len(heads)}"
    return "\n".join([head, *(f"| {' | '.join(map(_plain, row))} |" for row in rows)])


def _plain(text: Any) -> str:
    """Text in which no character means anything to Markdown."""
    return SPECIAL.sub(r"\\\1", " ".join(str(text).split()))
