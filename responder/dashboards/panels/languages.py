"""Which languages are spoken, and how much of it the model was measured in."""

from collections import Counter
from collections.abc import Collection

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifier import languages, serving
from classifier.categories import UNMEASURED
from responder.dashboards.scope import Scope
from responder.dashboards.shown import TOO_FEW, Chart, Legend, PanelContent, Series
from responder.queries import items

MOST = 8


def read(scope: Scope) -> PanelContent:
    """Bars from left to right; one query."""
    measured = serving.measured_languages()
    counts, unread = _counts(scope, measured)
    shown = dict(counts.most_common(MOST))
    others = sum(counts.values()) - sum(shown.values())
    names = [_name(code) for code in shown] + ([_("Other")] if others else [])
    values = [*shown.values(), *([others] if others else [])]
    untested = unread.total()
    tested = [count - unread[code] for code, count in shown.items()]
    tested += [sum(values) - sum(shown.values()) - untested + sum(unread[code] for code in shown)] if others else []
    rest = [value - known for value, known in zip(values, tested, strict=True)]
    return PanelContent(
        headline=_headline(counts, untested),
        note=_("Language as stated by the source or detected from the text. The model was evaluated in: %(languages)s. "
               "Posts in other languages have no category until someone reviews them.")
               % {"languages": ", ".join(sorted(map(items.language_name, measured))) or _("none")},
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


def _counts(scope: Scope, measured: Collection[str]) -> tuple[Counter[str], Counter[str]]:
    """(language without its region → posts, the same of those that the model can't read); one query.

    What sources do not know is one language; of it, those can't be read that wait because of their script.
    """
    counts: Counter[str] = Counter()
    unread: Counter[str] = Counter()
    for row in scope.posts().order_by().values("lang", "group").annotate(count=Count("id")):
        code = "" if languages.is_unknown(row["lang"]) else row["lang"].lower().split("-")[0]
        counts[code] += row["count"]
        if row["group"] == UNMEASURED or not languages.is_measured(code, "", measured):
            unread[code] += row["count"]
    return counts, unread


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
    said = _("%(percent)d %% of the posts are in a language that the model was not evaluated in")
    return said % {"percent": round(100 * untested / total)}
