"""Hours of reading that copies and the order of work save, by a formula that the panel prints.

Reading minutes per story: 2.3, the median that CrisisTracker's curators took (Rogstadius et al., IBM Journal of
Research and Development 57(5), 2013). An assumption, not a measurement of this team.
"""

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from classifier.categories import URGENT_GROUPS
from responder.dashboards.scope import Scope
from responder.dashboards.shown import Chart, Legend, PanelContent, Series

MINUTES = 2.3
URGENT = Q(severity__lte=2, group__in=URGENT_GROUPS)


def read(scope: Scope) -> PanelContent:
    """Three bars; one query."""
    found = scope.posts(without={"cat"}).aggregate(
        posts=Count("id"),
        stories=Count("text_key", distinct=True),
        urgent=Count("text_key", distinct=True, filter=URGENT),
    )
    words = [_("All posts"), _("Without copies"), _("Urgent posts first")]
    counts = [found["posts"], found["stories"], found["urgent"]]
    hours = [hours_of(count) for count in counts]
    saved, sooner = hours_of(counts[0] - counts[1]), hours_of(counts[1] - counts[2])
    return PanelContent(
        headline=_headline(counts[0], saved, sooner),
        note=_note(counts, saved, sooner),
        head=[_("Reading time for one person"), _("Texts"), _("Hours")],
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
    said = _(
        "Reviewing copies once saves about %(saved)s h of reading; urgent posts are read up to %(sooner)s h sooner"
    )
    return said % {"saved": f"{saved:,.1f}", "sooner": f"{sooner:,.1f}"}


def _note(counts: list[int], saved: float, sooner: float) -> str:
    return _(
        "Assumption: one person takes %(minutes)s min per text (CrisisTracker's median, not measured "
        "here). Copies: (%(posts)d posts − %(stories)d different texts) × %(minutes)s min = %(saved)s h. "
        "Order: reading in order of arrival, the last urgent text comes at the very end; with critical "
        "and high texts first, it comes after %(urgent)d texts: (%(stories)d − %(urgent)d) × %(minutes)s "
        "min = %(sooner)s h sooner. This assumes that the model finds all urgent texts, which it does "
        "not. The two figures cannot be added. All groups are counted, whatever the group filter."
    ) % {
        "minutes": MINUTES, "posts": counts[0], "stories": counts[1], "urgent": counts[2],
        "saved": f"{saved:,.1f}", "sooner": f"{sooner:,.1f}",
    }  # fmt: skip
