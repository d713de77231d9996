"""The product's pages in the rail's order, without those not installed or not permitted.

What the response needs comes first, then what is told to others, then what keeps the product running. Where a person may
open more pages than the rail has room for, the last ones stand under More. After signing in, people land on the map,
or on the first page that they may open.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from responder import roles


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page in the navigation.

    Arguments:
        key: what others call it by.
        label, icon: the word and the picture of the rail.
        target: its path, or the name of its address where the path alone does not tell.
        ability: who may see it.
        letter: `G` and then this letter goes there; empty for none.
        filtered: whether it reads the one filter, so that links to it carry the filter along.
        also: beginnings of other paths that belong to it.
        on_phone: its turn in the phone's bottom bar; 0 puts it under More.
        everywhere: whether it is about all events together, so that a role in single events is not enough.
        group: what it belongs to, as the menu says; empty for none.
    """

    key: str
    label: Promise
    icon: str
    target: str
    ability: str
    letter: str = ""
    filtered: bool = False
    also: tuple[str, ...] = ()
    on_phone: int = 0
    everywhere: bool = False
    group: str = ""

    def may_open(self, user: roles.Person) -> bool:
        """Whether this person's roles let them open it."""
        if not self.ability:
            return True
        return roles.allows_in(user, self.ability, None) if self.everywhere else roles.allows(user, self.ability)

    def url(self) -> str | None:
        """The page's URL, or None if it is not installed."""
        try:
            if not self.target.startswith("/"):
                return reverse(self.target)
            resolve(self.target)
        except (NoReverseMatch, Resolver404):
            return None
        return self.target


RESPOND, INFORM, MODEL, MANAGE = "respond", "inform", "model", "manage"
GROUPS = {
    RESPOND: _("Response"),
    INFORM: _("Information"),
    MODEL: _("Model"),
    MANAGE: _("Setup and data"),
}
ALL = (
    PageEntry(
        "response",
        _("Response"),
        "hand-helping",
        "/response/",
        roles.VIEW,
        "b",
        filtered=True,
        on_phone=1,
        group=RESPOND,
    ),
    PageEntry("map", _("Map"), "map", "/map/", roles.VIEW, "m", filtered=True, on_phone=2, group=RESPOND),
    PageEntry("triage", _("Triage"), "inbox", "/triage/", roles.TRIAGE, "t", filtered=True, on_phone=3, group=RESPOND),
    PageEntry(
        "incidents", _("Incidents"), "siren", "/incidents/", roles.VIEW, "i", filtered=True, on_phone=4, group=RESPOND
    ),
    PageEntry("field-reports", _("Reports"), "message-square", "/field-reports/", roles.TRIAGE, "r", group=RESPOND),
    PageEntry(
        "situation",
        _("Situation"),
        "megaphone",
        "/situation/",
        roles.VIEW,
        "s",
        also=("/handover/",),
        filtered=True,
        group=INFORM,
    ),
    PageEntry("rumours", _("Rumours"), "share-2", "/rumours/", roles.VIEW, "u", filtered=True, group=INFORM),
    PageEntry(
        "hazards",
        _("Hazards"),
        "circle-alert",
        "/hazards/",
        roles.VIEW,
        filtered=True,
        also=("/unknowns/",),
        group=INFORM,
    ),
    PageEntry("feed", _("Feed"), "rows-3", "/feed/", roles.VIEW, "f", filtered=True, on_phone=5, group=INFORM),
    PageEntry(
        "analytics",
        _("Analytics"),
        "chart-column",
        "/analytics/",
        roles.VIEW,
        "a",
        filtered=True,
        on_phone=6,
        group=INFORM,
    ),
    PageEntry(
        "model",
        _("Model"),
        "activity",
        "/model/",
        roles.VIEW,
        "o",
        also=("/runs/", "/monitoring/"),
        everywhere=True,
        group=MODEL,
    ),
    PageEntry("labelling", _("Labelling"), "tag", "/labelling/", roles.TRIAGE, "l", everywhere=True, group=MODEL),
    PageEntry("labels", _("Labels"), "tags", "/labels/", roles.MANAGE_LABELS, also=("/label-schemas/",), group=MODEL),
    PageEntry("approvals", _("Approvals"), "shield-check", "/approvals/", roles.APPROVE, group=MODEL),
    PageEntry("events", _("Events"), "flag", "/events/", roles.MANAGE_EVENTS, group=MANAGE),
    PageEntry("rules", _("Alert rules"), "bell", "/rules/", roles.MANAGE_ALERT_RULES, group=MANAGE),
    PageEntry(
        "sources",
        _("Sources"),
        "rss",
        "/feeds/",
        roles.VIEW,
        also=("/report-channels/", "/hazard-sources/", "/translation-engine/"),
        group=MANAGE,
    ),
    PageEntry("imports", _("Import"), "file-up", "/import/", roles.MANAGE_SOURCES, group=MANAGE),
    PageEntry("api", _("API"), "key-round", "/developers/", roles.USE_API, on_phone=8, group=MANAGE),
    PageEntry("files", _("Files"), "paperclip", "/files/", roles.USE_API, on_phone=7, group=MANAGE),
    PageEntry("corrections", _("Corrections"), "user-round-search", "/corrections/", roles.CORRECT, group=MANAGE),
    PageEntry("basemaps", _("Base maps"), "layers", "/basemaps/", roles.ADMINISTER, group=MANAGE),
    PageEntry("people", _("People"), "users", "/people/", roles.ADMINISTER, group=MANAGE),
    PageEntry("records", _("Records"), "scroll-text", "/admin/", roles.READ_RECORDS, group=MANAGE),
    PageEntry("help", _("Help"), "circle-question-mark", "/help/", "", "h"),
)
START = "map"
PHONE_PLACES = 4
RAIL_PLACES = 14  # entries, the one for More and the one for help among them, that a window 900 px high shows


def pages_for(request: HttpRequest, *, query: str = "") -> list[dict[str, Any]]:
    """The pages for this person, each with `url`, `current`, `phone` (in the bottom bar) and `beyond` (not in the rail).

    `under` is the name of the page's group.
    """
    found = [entry for entry in ALL if entry.may_open(request.user)]
    shown = [(entry, url) for entry in found if (url := entry.url())]
    ranked = sorted((entry.on_phone, entry.key) for entry, _url in shown if entry.on_phone)
    on_phone = {key for _turn, key in ranked[:PHONE_PLACES]}
    grouped = [entry.key for entry, _url in shown if entry.group]
    beyond = set(grouped[RAIL_PLACES - 2 :] if len(shown) > RAIL_PLACES else ())
    return [
        {
            "key": entry.key,
            "label": entry.label,
            "icon": entry.icon,
            "letter": entry.letter,
            "url": f"{url}?{query}" if query and entry.filtered else url,
            "current": any(request.path.startswith(start) for start in (url, *entry.also)),
            "phone": entry.key in on_phone,
            "beyond": entry.key in beyond,
            "group": entry.group,
            "under": GROUPS.get(entry.group, ""),
        }
        for entry, url in shown
    ]


def start_url(request: HttpRequest) -> str:
    """Where this person lands after signing in: the map, otherwise the first page that they may open."""
    pages = pages_for(request)
    found = next((page["url"] for page in pages if page["key"] == START), None)
    return found or (pages[0]["url"] if pages else reverse("help"))
