"""The kinds of problems in words, for pages and commands."""

from django.utils.translation import gettext as _

from responder.imports.report import BAD, CONFLICT, RETIMED, Report


def counted(report: Report) -> list[tuple[str, str, int]]:
    """(kind, its words, rows that have it), what was lost first, then the most frequent."""
    counts = {BAD: report.bad, CONFLICT: report.conflicts}
    rest = [*report.repaired.most_common(), (RETIMED, report.retimed)]
    return [(kind, words(kind), count) for kind, count in [*counts.items(), *rest] if count]


def words(kind: str) -> str:
    """A kind of problem in words; a kind that this version does not know is shown by its name."""
    known = {
        BAD: _("rows that hold no usable post"),
        CONFLICT: _("IDs that another post has: both posts are kept"),
        RETIMED: _("times that cannot be true"),
    }
    return known.get(kind, kind.replace("_", " "))
