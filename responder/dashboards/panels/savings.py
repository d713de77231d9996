"""Hours of reading that copies and the order of work save, by a formula that the panel prints.

Reading minutes per story: 2.3, the median that CrisisTracker's curators took (Rogstadius et al., IBM Journal of
Research and Development 57(5), 2013). An assumption, not a measurement of this team.
"""

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from classifier.categories import ACTIONABLE_GROUPS
from responder.dashboards.scope import Scope
from responder.dashboards.shown import Chart, Legend, PanelContent, Series

MINUTES = 2.3
URGENT = Q(severity__lte=2, group__in=ACTIONABLE_GROUPS)


def read(scope: Scope) -> PanelContent:
    """Three bars; one query."""
    found = scope.posts(without={"cat"}).aggregate(
        posts=Count("id"),
        stories=Count("text_key", distinct=True),
        urgent=Count("text_key", distinct=True, filter=URGENT),
    )
    words = [_("Every post"), _("Without copies"), _("Urgent stories first")]
    counts = [found["posts"], found["stories"], found["urgent"]]
    hours = [hours_of(count) for count in counts]
    saved, sooner = hours_of(counts[0] - counts[1]), hours_of(counts[1] - counts[2])
    return PanelContent(
        headline=_headline(counts[0], saved, sooner),
        note=_note(counts, saved, sooner),
        head=[_("What one person reads"), _("Stories"), _("Hours")],
        rows=[list(row) for row in zip(words, counts, hours, strict=True)],
        chart=Chart("across", words, [Series("--accent", _("Hours"), hours)], time=False, unit=_("h")),
        legend=[Legend("--accent", word, f"{hour:,.1f} h") for word, hour in zip(words, hours, strict=True)],
        file_head=["what", "stories", "hours"],
        file_rows=[
            [key, count, hour]
            for key, count, hour in zip(("posts", "without_copies", "urgent"), counts, hours, strict=True)
        ],
    )


def hours_of(stories: int) -> float:
    return round(stories * MINUTES / 60, 1)


def _headline(posts: int, saved: float, sooner: float) -> str:
    if not posts:
        return _("No posts in this range — widen the range")
    said = _("Deciding copies once saves about %(saved)s h of reading; urgent stories are read %(sooner)s h sooner")
    return said % {"saved": f"{saved:,.1f}", "sooner": f"{sooner:,.1f}"}


def _note(counts: list[int], saved: float, sooner: float) -> str:
    return _(
        "Assumed: one person, %(minutes)s min a story (CrisisTracker's median; not measured here). Copies: "
        "(%(posts)d posts − %(stories)d different texts) × %(minutes)s min = %(saved)s h. Order: whoever reads all "
        "in order of arrival is through the urgent ones only at the end; critical and high first, after %(urgent)d: "
        "(%(stories)d − %(urgent)d) × %(minutes)s min = %(sooner)s h sooner, if the model finds them all, which it does not. "
        "The two are not added. All groups count here, whatever the filter says of groups."
    ) % {
        "minutes": MINUTES, "posts": counts[0], "stories": counts[1], "urgent": counts[2],
        "saved": f"{saved:,.1f}", "sooner": f"{sooner:,.1f}",
    }  # fmt: skip
