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
        "time": _("times that cannot be read or cannot be true"),
        "date_order": _("dates in which the day or the month may come first"),
        "time_zone": _("times without a time zone"),
        "date_only": _("dates without a time of day"),
        "id": _("rows without a usable ID: it was made from the content"),
        "related_id": _("rounded IDs of the post that is answered or quoted"),
        "text": _("texts inside an object or a list"),
        "text_cut": _("texts that are too long: their beginning was kept"),
        "alt_text": _("posts without words: the descriptions of their pictures were taken"),
        "characters": _("characters of which a half is missing"),
        "position": _("coordinates that are no place on the earth"),
    }
    return known.get(kind, kind.replace("_", " "))
