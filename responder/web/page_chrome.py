"""What every page's frame shows: theme, rail, role and top bar. Each part is read only if it is drawn."""

from datetime import datetime
from itertools import groupby
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from classifier import clock
from responder import roles
from responder.alerting import inbox
from responder.models import Installation, Notification, SavedView, User
from responder.queries import events, filter_choices, liveness, notifications
from responder.queries.filters import TIME_RANGES, TYPED
from responder.web import live, navigation, rule_links, saved_views, script_texts, view_state
from responder.web.view_state import ViewState


def context(request: HttpRequest) -> dict[str, Any]:
    """Template context of the frame: `theme`, `role_names`, `shell`, `kiosk`, `texts_url`.

    Without `shell`, with `plain_frame`, for people who can use nothing yet: every link of the frame would lead back.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"theme": "", "role_names": []}
    if getattr(request, "must_set_up_two_factor", False):  # set by accounts.middleware
        return {"theme": user.theme, "role_names": [], "plain_frame": True}
    kiosk = request.GET.get("kiosk") == "1"
    theme = user.theme or ("dark" if kiosk else "")
    return {
        "theme": theme,
        "role_names": sorted(roles.role_names(user)),
        "shell": PageChrome(request),
        "kiosk": kiosk,
        "texts_url": script_texts.url(get_language() or settings.LANGUAGE_CODE),
    }


class PageChrome:
    """The frame of one request. Each part asks the database when, and only if, a template draws it."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def may_view(self) -> bool:
        return roles.allows(self.request.user, roles.VIEW)

    @cached_property
    def view_state(self) -> ViewState:
        return view_state.from_request(self.request)

    @cached_property
    def event(self) -> dict[str, Any]:
        return events.present(self.view_state.event)

    @cached_property
    def query(self) -> str:
        """The query string that links to other pages carry along."""
        return self.view_state.query() if self.may_view else ""

    @cached_property
    def rail(self) -> list[dict[str, Any]]:
        return navigation.pages_for(self.request, query=self.query)

    @cached_property
    def under_more(self) -> list[dict[str, Any]]:
        return [page for page in self.rail if not page["phone"]]

    @cached_property
    def more_groups(self) -> list[dict[str, Any]]:
        """The pages under More by group; `beyond` is true where some of a group's pages are not in the rail."""
        grouped = groupby(self.under_more, key=lambda page: page["under"])
        return [
            {"label": label, "pages": pages, "beyond": any(page["beyond"] for page in pages)}
            for label, pages in ((label, list(rows)) for label, rows in grouped)
        ]

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """The choices of the event switcher. From the page of an event, they lead to the map."""
        path = reverse("map") if view_state.shows_one_event(self.request) else self.request.path
        return [
            {
                "ref": other.ref,
                "name": other.name,
                "is_exercise": other.is_exercise,
                "closed": "" if other.is_open else other.get_state_display(),
                "current": other == self.view_state.event,
                "url": f"{path}?{self.view_state.query(event=other.ref)}",
            }
            for other in events.switchable(self.view_state.filter.visible_events, self.view_state.event)
        ]

    @cached_property
    def may_manage_events(self) -> bool:
        return roles.allows(self.request.user, roles.MANAGE_EVENTS)

    @cached_property
    def time_ranges(self) -> list[dict[str, Any]]:
        chosen = self.view_state.filter.time_range
        labels = {
            "15m": _("Last 15 min"), "1h": _("Last 1 h"), "6h": _("Last 6 h"), "24h": _("Last 24 h"),
            "72h": _("Last 72 h"), "event": _("Whole event"),
        }  # fmt: skip
        values = [*TIME_RANGES, *([] if chosen in TIME_RANGES else [chosen])]
        return [
            {"value": value, "label": labels.get(value, value), "current": value == chosen,
             "url": self._here(time_range=value)}
            for value in values
        ]  # fmt: skip

    @cached_property
    def kept(self) -> list[tuple[str, str]]:
        """The rest of the query string, which the forms of the top bar carry along."""
        left_out = ("t", "tz", "q", "sel", "cursor")
        given = self.request.GET.items()
        return [(key, str(value)) for key, value in given if key not in left_out and len(str(value)) <= 500]

    @cached_property
    def kept_by_search(self) -> list[tuple[str, str]]:
        """What the search form carries along. The feed's box holds the filter itself, so what is removed there is gone."""
        in_the_box = TYPED if self.request.path == reverse("feed") else ()
        return [(key, value) for key, value in self.kept if key not in in_the_box]

    filter_fields = ("sev", "conf", "lang", "source", "media", "owner", "need")  # the filter bar has a field for each

    @cached_property
    def filter_choices(self) -> dict[str, list[filter_choices.Option]]:
        """The options of the filter bar, by the filter's key."""
        return filter_choices.choices(self.view_state.filter, self.view_state.event)

    @cached_property
    def searches(self) -> str:
        """The URL that answers a search: this page if it lists posts, otherwise the feed or the map."""
        searching = {
            page["key"]: page["url"].split("?")[0] for page in self.rail if page["key"] in ("map", "triage", "feed")
        }
        here = next((url for url in searching.values() if self.request.path == url), None)
        return here or searching.get("feed") or searching.get("map", "")

    @cached_property
    def may_triage(self) -> bool:
        return roles.allows(self.request.user, roles.TRIAGE)

    @cached_property
    def views(self) -> list[dict[str, Any]]:
        """Saved views that this person may open, their own and the team's."""
        lead = roles.allows_in(self.request.user, roles.LEAD, None)
        found = saved_views.visible(self.request.user)[: saved_views.MOST_OF_ONE + saved_views.MOST_OF_TEAM]
        places = {page["key"]: page["url"].split("?")[0] for page in self.rail}
        return [
            {
                "view": view,
                "url": f"{places[view.page]}?view={view.pk}",
                "mine": lead or view.owner_id == self.request.user.pk,
            }
            for view in found
            if view.page in places
        ]

    @cached_property
    def view(self) -> SavedView | None:
        """The saved view that the address names."""
        return saved_views.find(self.request.GET.get("view", ""), self.request.user)

    @cached_property
    def rule_url(self) -> str:
        """The form of a new alert rule with this filter; empty for people who can't set up rules in the event."""
        address = f"{self.request.path}?{self.view_state.filter.querystring()}"
        return rule_links.new_rule_url(self.request.user, self.view_state.event, kind="posts", query=address)

    @cached_property
    def is_unsaved(self) -> bool:
        return self.view is not None and self.view_state.filter.querystring() != self.view.query

    @cached_property
    def is_opening(self) -> bool:
        """Whether the page opens with this view."""
        return self.view is not None and saved_views.opening(self.view.page, self.request.user) == self.view

    @cached_property
    def in_words(self) -> str:
        """The filter as text, for paper."""
        return self.view_state.filter.text() or _("everything")

    @property
    def now(self) -> datetime:
        return clock.now()

    @cached_property
    def reminders(self) -> list[notifications.Reminder]:
        """What waits for people of this person's roles."""
        return notifications.for_user(self.request.user, self.view_state.event if self.may_view else None)

    @cached_property
    def unread(self) -> list[Notification]:
        """The person's own unread notifications, the newest first."""
        return list(inbox.unread(cast(User, self.request.user))[: inbox.SHOWN]) if self.may_view else []

    @property
    def bell_count(self) -> int:
        return len(self.reminders) + len(self.unread)

    @cached_property
    def missing(self) -> str:
        """What an empty page lacks: an `event`, its `posts`, or nothing, where only the filter leaves no posts."""
        return events.missing(self.view_state.event)

    @cached_property
    def may_manage_sources(self) -> bool:
        return roles.allows(self.request.user, roles.MANAGE_SOURCES)

    @cached_property
    def is_being_set_up(self) -> bool:
        """Whether to remind this person of the setup: true for administrators until the first run is finished."""
        may = roles.allows(self.request.user, roles.ADMINISTER) and not self.request.user.is_superuser
        return may and not Installation.objects.exclude(finished_at=None).exists()

    @cached_property
    def live(self) -> dict[str, Any]:
        return {"cursor": live.cursor(), "url": reverse("live-stream"), "poll_url": reverse("live-changes")}

    @cached_property
    def liveness(self) -> liveness.Liveness:
        """Whether posts of the event arrive, as the live stream says it a moment later."""
        event = self.view_state.event
        return liveness.of_event(event.pk if event else None, self.view_state.filter.visible_events)

    def _here(self, **changes: str) -> str:
        """This page's URL with some fields of the filter replaced."""
        return f"{self.request.path}?{self.view_state.query(**changes)}"
