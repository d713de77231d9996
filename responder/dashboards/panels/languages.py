"""Which languages are spoken, and how much of it the model was measured in."""

from collections import Counter

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifier.languages import UNKNOWN, is_untested
from responder.dashboards.scope import Scope
from responder.dashboards.shown import TOO_FEW, Chart, Legend, PanelContent, Series
from responder.queries import items

MOST = 8


def read(scope: Scope) -> PanelContent:
    """Bars from left to right; one query."""
    counts = _counts(scope)
    shown = dict(counts.most_common(MOST))
    others = sum(counts.values()) - sum(shown.values())
    names = [_name(code) for code in shown] + ([_("Other")] if others else [])
    values = [*shown.values(), *([others] if others else [])]
    untested = sum(count for code, count in counts.items() if is_untested(code))
    tested = [0 if is_untested(code) else count for code, count in shown.items()] + ([0] if others else [])
    rest = [value - known for value, known in zip(values, tested, strict=True)]
    return PanelContent(
        headline=_headline(counts, untested),
        note=_("Language as stated by the source or detected from the text. The model was only evaluated in "
               "English: posts in other languages are shown as “can't judge” and need people who read them."),
        head=[_("Language"), _("Posts"), _("Model evaluated")],
        rows=[[name, value, _("yes") if known else _("no")] for name, value, known in zip(names, values, tested, strict=True)],
        chart=Chart(
            "across",
            names,
            [Series("--accent", _("Evaluated, or language not stated"), tested), Series("--warn", _("Not evaluated"), rest)],
            time=False,
        ),
        legend=[
            Legend("--accent", _("Evaluated, or language not stated"), f"{sum(values) - untested:,}"),
            Legend("--warn", _("Not evaluated"), f"{untested:,}"),
        ],
        file_head=["language", "posts", "model_measured"],
    )  # fmt: skip


def _counts(scope: Scope) -> Counter[str]:
    """Language without its region → posts; what sources do not know is one."""
    counts: Counter[str] = Counter()
    for row in scope.posts().order_by().values("lang").annotate(count=Count("id")):
        code = row["lang"].lower().split("-")[0]
        counts["" if code in UNKNOWN else code] += row["count"]
    return counts


def _name(code: str) -> str:
    return items.language_name(code) if code else _("Not stated")


def _headline(counts: Counter[str], untested: int) -> str:
    total = sum(counts.values())
    if not total:
        return _("No posts in this range — widen the range")
    if not untested:
        said = ngettext(
            "%(total)d post, in a language that the model was evaluated in",
            "All %(total)d posts are in languages that the model was evaluated in",
            total,
        )
        return said % {"total": total}
    if total < TOO_FEW:
        said = ngettext(
            "%(untested)d of %(total)d post is in a language that the model was not evaluated in",
            "%(untested)d of %(total)d posts are in a language that the model was not evaluated in",
            total,
        )
        return said % {"untested": untested, "total": total}
    said = _("%(percent)d\u202f%% of the posts are in a language that the model was not evaluated in")
    return said % {"percent": round(100 * untested / total)}
