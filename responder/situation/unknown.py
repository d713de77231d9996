"""What is not known: places without posts, posts nobody can read or place, and periods without a feed.

"No posts" must not look like "no emergency", so every report says where nothing was heard.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from classifier import categories
from classifier.places.find import distance_km
from classifier.places.gazetteer import LARGE_PLACE, in_box
from responder.models import Event, FeedGap, Post, TeamArea
from responder.privacy.masking import mask
from responder.queries import items
from responder.situation import figures
from responder.situation.figures import Figure

MOST_POSITIONS, MOST_TOWNS, NAMED = 20_000, 40, 12
LEAST_TOWN_KM = 10.0  # posts from the edge of a town often name a neighbour
Position = tuple[float, float]


def gather(event: Event, start: datetime, end: datetime) -> dict[str, Figure]:
    """Key → figure of what is unknown about the period."""
    posts = Post.objects.filter(event=event, state=Post.State.CLASSIFIED, created_at__gte=start, created_at__lt=end)
    open_posts = posts.exclude(status=Post.Status.DISMISSED)
    located = posts.filter(latitude__isnull=False, longitude__isnull=False)
    found = located.order_by().values_list("latitude", "longitude").distinct()[:MOST_POSITIONS]
    positions = [
        (latitude, longitude) for latitude, longitude in found if latitude is not None and longitude is not None
    ]
    unplaced = open_posts.filter(severity__in=(1, 2), latitude=None)
    waiting = posts.filter(status=Post.Status.UNREVIEWED)
    return {
        "silent-areas": _silent_areas(event, positions),
        "silent-towns": _silent_towns(event, positions),
        "unread": _unread(waiting.filter(group=categories.UNMEASURED)),
        "unplaced": figures.of_posts(_("Posts: critical or high, without a place"), unplaced),
        "unreviewed": figures.of_posts(_("Posts: critical, not yet reviewed"), waiting.filter(severity=1)),
        "gaps": _gaps(event, start, end),
    }


def _silent_areas(event: Event, positions: Sequence[Position]) -> Figure:
    silent = [area for area in event.team_areas.all() if area.area and not _holds_any(area, positions)]
    names = [mask(area.name) for area in silent[:NAMED]]
    return figures.of_names(_("Team areas without a post"), figures.AREAS, [area.pk for area in silent], names)


def _holds_any(area: TeamArea, positions: Sequence[Position]) -> bool:
    import shapely  # takes numpy along, which commands start without

    if not positions:
        return False
    latitudes, longitudes = zip(*positions, strict=True)
    shape = shapely.Polygon(area.area["coordinates"][0])
    return bool(shapely.intersects_xy(shape, longitudes, latitudes).any())


def _silent_towns(event: Event, positions: Sequence[Position]) -> Figure:
    label = _("Large towns without a post")
    if event.bbox is None:
        return figures.of_names(label, figures.TOWNS, [], [])
    towns = [town for town in in_box(*event.bbox, MOST_TOWNS) if town.population >= LARGE_PLACE]
    if event.country_codes:
        towns = [town for town in towns if town.country in event.country_codes]
    silent = [
        town for town in towns
        if not any(
            abs(town.latitude - latitude) < 2
            and distance_km((town.latitude, town.longitude), (latitude, longitude)) <= max(town.radius_km, LEAST_TOWN_KM)
            for latitude, longitude in positions
        )
    ]  # fmt: skip
    names = [town.name for town in silent[:NAMED]]
    return figures.of_names(label, figures.TOWNS, [town.id for town in silent], names)


def _unread(rows: QuerySet[Post]) -> Figure:
    figure = figures.of_posts(_("Posts: in languages that the model can't read, not yet reviewed"), rows)
    counts = Counter(Post.objects.filter(pk__in=figure["posts"]).order_by().values_list("lang", flat=True))
    names = [
        f"{items.language_name(code) or _('unknown language')} ({count})" for code, count in counts.most_common(NAMED)
    ]
    return figure | {"names": names}


def _gaps(event: Event, start: datetime, end: datetime) -> Figure:
    missing = FeedGap.objects.filter(feed__event=event, began_at__lt=end).exclude(state=FeedGap.State.REFILLED)
    found = list(
        missing.filter(Q(ended_at=None) | Q(ended_at__gt=start)).select_related("feed").order_by("began_at", "pk")
    )
    names = [f"{mask(gap.feed.name)} {_span(gap, event)}" for gap in found[:NAMED]]
    return figures.of_names(_("Periods in which a feed may lack posts"), figures.GAPS, [gap.pk for gap in found], names)


def _span(gap: FeedGap, event: Event) -> str:
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(event.time_zone)
    begin = timezone.localtime(gap.began_at, zone)
    until = f"{timezone.localtime(gap.ended_at, zone):%d %b %H:%M}" if gap.ended_at else _("now")
    return f"{begin:%d %b %H:%M}–{until}"
