"""Figures of a report: each a number with the ids that it counts, so that anybody can count again.

A figure is stored as plain JSON. Its value is the length of its evidence (for places: the number of different places).
Of posts, the ids of at most MOST_POSTS are kept, and a figure that has more says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from responder.incidents import corroboration
from responder.models import IncidentPost, Post
from responder.situation.past import PastIncident

MOST_POSTS = 5_000  # ids of one figure
COMPARED = 100  # newest posts of a figure, whose wording is compared to count independent authors
MOST_READ = 20_000  # posts of all incidents of a report
INCIDENTS, POSTS, PLACES, AREAS, TOWNS, GAPS = "incidents", "posts", "places", "areas", "towns", "gaps"
Figure = dict[str, Any]


class Independence:
    """Counts the independent authors behind incidents and posts. Two queries for any number of incidents.

    Of incidents with many posts, only the newest are compared, so a number is never too high.

    Arguments:
        post_ids: posts that are asked for by themselves, besides those of the incidents.
    """

    def __init__(self, incident_ids: Iterable[int], post_ids: Iterable[int] = ()) -> None:
        rows = (
            IncidentPost.objects.filter(incident__in=list(incident_ids), state=IncidentPost.State.ACCEPTED)
            .order_by("-post__created_at", "-id")
            .values_list("incident", "post")[:MOST_READ]
        )
        self._posts: dict[int, list[int]] = {}
        for incident, post in rows:
            kept = self._posts.setdefault(incident, [])
            if len(kept) < COMPARED:
                kept.append(post)
        wanted = {post for kept in self._posts.values() for post in kept} | set(post_ids)
        columns = ("text", "author_handle", "source", "created_at")
        self._counted: dict[tuple[int, ...], int] = {}
        self._found = {post.pk: post for post in Post.objects.filter(pk__in=wanted).only(*columns)}

    def of(self, incident_ids: Sequence[int]) -> int:
        """How many authors, each in their own words, stand behind these incidents together."""
        key = tuple(sorted(set(incident_ids)))
        if key not in self._counted:
            self._counted[key] = self._count(key)
        return self._counted[key]

    def of_posts(self, post_ids: Iterable[int]) -> int:
        """How many authors, each in their own words, wrote these posts."""
        return self._independent(post_ids)

    def _count(self, incident_ids: Sequence[int]) -> int:
        return self._independent(post for one in incident_ids for post in self._posts.get(one, ()))

    def _independent(self, post_ids: Iterable[int]) -> int:
        posts = [self._found[post] for post in post_ids if post in self._found]
        newest = sorted(posts, key=lambda post: (post.created_at, post.pk), reverse=True)[:COMPARED]
        return corroboration.independent(newest) if newest else 0


def of_incidents(
    label: str,
    now: Iterable[PastIncident],
    independence: Independence,
    *,
    before: Iterable[PastIncident] | None = None,
) -> Figure:
    """A count of incidents, with the same count at the earlier time where `before` is given."""
    ids = sorted(one.incident.pk for one in now)
    figure = _figure(label, INCIDENTS, ids) | {"incidents": ids, "authors": independence.of(ids)}
    if before is None:
        return figure
    earlier = sorted(one.incident.pk for one in before)
    return figure | {"before": len(earlier), "incidents_before": earlier}


def of_places(label: str, now: Iterable[PastIncident], independence: Independence) -> Figure:
    """A count of different places of incidents."""
    found = [one.incident for one in now if one.incident.place_name]
    ids, places = sorted(one.pk for one in found), sorted({one.place_name for one in found})
    return _figure(label, PLACES, places) | {"incidents": ids, "authors": independence.of(ids)}


def of_posts(label: str, now: QuerySet[Post], *, before: QuerySet[Post] | None = None) -> Figure:
    """A count of posts, labelled so, with the same count of the earlier period where `before` is given."""
    ids, more = _bounded(now)
    figure = _figure(label, POSTS, ids) | {"posts": ids, "more": more, "authors": _authors(now)}
    if before is None:
        return figure
    earlier, more_before = _bounded(before)
    return figure | {"before": len(earlier), "more_before": more_before, "posts_before": earlier}


def of_names(label: str, unit: str, ids: Sequence[int | str], names: Sequence[str]) -> Figure:
    """A count of named things, such as areas without a post."""
    return _figure(label, unit, ids) | {"others": list(ids), "names": list(names)}


def shown(figure: Mapping[str, Any], part: str = "") -> str:
    """The figure as text; `part` is `before` for the earlier value, `change` or `names`."""
    if part == "names":
        return ", ".join(str(name) for name in figure.get("names", ())) or "–"
    value, before = int(figure.get("value", 0)), figure.get("before")
    if part == "before":
        return "–" if before is None else _counted(int(before), bool(figure.get("more_before")))
    if part == "change":
        return "–" if before is None else f"{value - int(before):+d}".replace("-", "−").replace("+0", "±0")
    return _counted(value, bool(figure.get("more")))


def _counted(value: int, more: bool) -> str:
    return f"{value:,}+" if more else f"{value:,}"


def _figure(label: str, unit: str, evidence: Sequence[Any]) -> Figure:
    return {"label": str(label), "unit": unit, "value": len(evidence)}


def _bounded(rows: QuerySet[Post]) -> tuple[list[int], bool]:
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[: MOST_POSTS + 1])
    return ids[:MOST_POSTS], len(ids) > MOST_POSTS


def _authors(rows: QuerySet[Post]) -> int:
    newest = list(rows.order_by("-created_at", "-pk").only("text", "author_handle", "source", "created_at")[:COMPARED])
    return corroboration.independent(newest) if newest else 0
