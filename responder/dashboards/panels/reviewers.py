"""How the decisions are spread over the team: load, not a ranking — people come in the order of their names."""

from collections import Counter
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from responder.dashboards.scope import Scope
from responder.dashboards.shown import TOO_FEW, Chart, Legend, PanelContent, Series
from responder.models import TriageAction, User

MOST = 12
Verb = TriageAction.Verb
VERBS = (Verb.CONFIRM, Verb.CORRECT, Verb.DISMISS, Verb.UNDO)
TOKENS = dict(zip(VERBS, ("--ok", "--accent", "--text-3", "--warn"), strict=True))


def read(scope: Scope) -> PanelContent:
    """Decisions by person; two queries."""
    counts, names = _counts(scope)
    words = dict(zip(VERBS, (_("Confirmed"), _("Changed"), _("Not relevant"), _("Undone")), strict=True))
    people = sorted(names, key=lambda person: names[person].casefold())
    columns = {verb: [counts[person, verb] for person in people] for verb in VERBS}
    loads = [sum(counts[person, verb] for verb in VERBS) for person in people]
    return PanelContent(
        headline=_headline(people, names, loads),
        note=_("Decisions on the posts shown, by reviewer, in alphabetical order. The %(most)d busiest "
               "reviewers; all others in one row. It shows workload, not performance.") % {"most": MOST},
        head=[_("Person"), *words.values(), _("All")],
        rows=[[names[p], *(columns[verb][i] for verb in VERBS), loads[i]] for i, p in enumerate(people)],
        chart=Chart(
            "across",
            [names[person] for person in people],
            [Series(TOKENS[verb], words[verb], columns[verb]) for verb in VERBS],
            time=False,
        ),
        legend=[Legend(TOKENS[verb], words[verb], f"{sum(columns[verb]):,}") for verb in VERBS],
        file_head=["person", *(str(verb) for verb in VERBS), "total"],
    )  # fmt: skip


def _counts(scope: Scope) -> tuple[Counter[tuple[int, str]], dict[int, str]]:
    """((person, verb) → decisions, person → name); 0 stands for all others."""
    rows: list[Any] = list(
        scope.posts()
        .filter(version__gt=1, actions__verb__in=VERBS)
        .order_by()
        .values("actions__actor", "actions__verb")
        .annotate(count=Count("actions"))
    )
    load: Counter[int] = Counter()
    for row in rows:
        load[row["actions__actor"]] += row["count"]
    shown = {person for person, _count in load.most_common(MOST)}
    counts: Counter[tuple[int, str]] = Counter()
    for row in rows:
        person = row["actions__actor"] if row["actions__actor"] in shown else 0
        counts[person, row["actions__verb"]] += row["count"]
    names = {user.pk: user.display_name for user in User.objects.filter(pk__in=shown)}
    return counts, names | ({0: _("Other")} if len(load) > MOST else {})


def _headline(people: list[int], names: dict[int, str], loads: list[int]) -> str:
    total = sum(loads)
    if not total:
        return _("Nobody has reviewed these posts yet")
    if total < TOO_FEW or len(people) < 2:
        decided = ngettext("%(total)d decision", "%(total)d decisions", total) % {"total": total}
        reviewers = ngettext("%(people)d reviewer", "%(people)d reviewers", len(people)) % {"people": len(people)}
        return _("%(decisions)s by %(reviewers)s") % {"decisions": decided, "reviewers": reviewers}
    most = max(range(len(people)), key=loads.__getitem__)
    return _("%(name)s made %(percent)d %% of %(total)d decisions") % {
        "name": names[people[most]], "percent": round(100 * loads[most] / total), "total": total,
    }  # fmt: skip
