"""Descriptions of the kinds of problems, for pages and commands."""

from django.utils.translation import gettext as _

from responder.imports.report import BAD, CONFLICT, RETIMED, Report


def counted(report: Report) -> list[tuple[str, str, int]]:
    """Return (kind, description, number of rows): bad rows and conflicts first, then the most frequent kinds."""
    counts = {BAD: report.bad, CONFLICT: report.conflicts}
    rest = [*report.repaired.most_common(), (RETIMED, report.retimed)]
    return [(kind, words(kind), count) for kind, count in [*counts.items(), *rest] if count]


def words(kind: str) -> str:
    """Return the description of a kind of problem. A kind that this version does not know is shown by its name."""
    known = {
        BAD: _("rows without a usable post"),
        CONFLICT: _("IDs that two different posts have (both posts were kept)"),
        RETIMED: _("impossible times"),
        "time": _("times that could not be read or are impossible"),
        "date_order": _("ambiguous dates (day or month first)"),
        "time_zone": _("times without a time zone"),
        "date_only": _("dates without a time of day"),
        "id": _("rows without a usable ID (it was made from the content)"),
        "related_id": _("rounded IDs of replied-to, quoted or reposted posts"),
        "text": _("texts taken from an object or a list"),
        "text_cut": _("texts that were too long and were cut"),
        "alt_text": _("posts without words (picture descriptions were used)"),
        "characters": _("texts with incomplete characters"),
        "position": _("invalid coordinates"),
    }
    return known.get(kind, kind.replace("_", " "))
