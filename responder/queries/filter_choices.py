"""What the filter bar offers: languages and sources of the newest posts, kinds of need, and people who own incidents."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from classifier import categories
from responder import roles
from responder.models import Event, Incident, Post, User
from responder.queries import items
from responder.queries.filters import NO_OWNER, UNKNOWN_LANGUAGES, Filter

NEWEST = 2_000  # posts that are asked for their language and source: all of them would be too many for each page
MOST_OWNERS = 100


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a select field."""

    value: str
    label: str
    chosen: bool


def choices(post_filter: Filter, event: Event | None) -> dict[str, list[Option]]:
    """The options of each select field, by the filter's key, without the one for “all”. Two or three queries."""
    found = roles.within(Post.objects.filter(state=Post.State.CLASSIFIED), post_filter.visible_events)
    newest = (found.filter(event=event) if event else found).order_by("-created_at").values_list("lang", "source")
    rows = list(newest[:NEWEST])
    media = {"with": _("With a link or an attachment"), "without": _("Without")}
    return {
        "lang": _options(_languages((lang for lang, _source in rows), post_filter.lang), post_filter.lang),
        "source": _options(
            {name: name for name in sorted({source for _lang, source in rows} | {post_filter.source}) if name},
            post_filter.source,
        ),
        "media": _options(media, post_filter.media),
        "owner": _options(_owners(post_filter, event), post_filter.owner),
        "need": _options({need: items.need_label(need) for need in categories.NEEDS}, post_filter.need),
    }


def owner_name(owner: str) -> str:
    """The owner of a filter in words: a person's display name."""
    if owner == NO_OWNER:
        return _("Nobody")
    person = User.objects.filter(pk=int(owner)).first()
    return person.display_name if person else owner


def _options(labels: dict[str, str], chosen: str) -> list[Option]:
    return [Option(value, label, value == chosen) for value, label in labels.items()]


def _languages(codes: Iterable[str], chosen: str) -> dict[str, str]:
    """Language codes without their region, by name; the unknown language last."""
    found = {"und" if code in UNKNOWN_LANGUAGES else code.lower().split("-")[0] for code in codes}
    found |= {chosen} if chosen else set()
    named = {code: language_names(code) for code in found}
    return dict(sorted(named.items(), key=lambda pair: (pair[0] == "und", pair[1])))


def language_names(codes: str) -> str:
    """The names of language codes that are joined by commas."""
    return ", ".join(items.language_name("" if code == "und" else code) for code in codes.split(","))


def _owners(post_filter: Filter, event: Event | None) -> dict[str, str]:
    incidents = roles.within(Incident.objects.exclude(owner=None), post_filter.visible_events)
    owned = incidents.filter(event=event) if event else incidents
    owners = User.objects.filter(pk__in=owned.values("owner")).order_by("pk")[:MOST_OWNERS]
    found = {NO_OWNER: _("Nobody")} | {
        str(owner.pk): owner.display_name for owner in sorted(owners, key=lambda one: one.display_name)
    }
    if post_filter.owner and post_filter.owner not in found:
        found[post_filter.owner] = owner_name(post_filter.owner)
    return found
