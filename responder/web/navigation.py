"""The product's pages in the rail's order, without those not installed or not permitted.

The first one that a person may open is where they land after signing in.
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


ALL = (
    PageEntry("map", _("Map"), "map", "/map/", roles.VIEW, "m", filtered=True, on_phone=1),
    PageEntry("triage", _("Triage"), "inbox", "/triage/", roles.TRIAGE, "t", filtered=True, on_phone=2),
    PageEntry("field-reports", _("Reports"), "message-square", "/field-reports/", roles.TRIAGE, "r"),
    PageEntry("incidents", _("Incidents"), "siren", "/incidents/", roles.VIEW, "i", filtered=True, on_phone=3),
    PageEntry("response", _("Response"), "hand-helping", "/response/", roles.VIEW, "b", filtered=True, on_phone=4),
    PageEntry(
        "situation", _("Situation"), "megaphone", "/situation/", roles.VIEW, "s", also=("/handover/",), filtered=True
    ),
    PageEntry("rumours", _("Rumours"), "share-2", "/rumours/", roles.VIEW, "u", filtered=True),
    PageEntry("feed", _("Feed"), "rows-3", "/feed/", roles.VIEW, "f", filtered=True, on_phone=5),
    PageEntry("hazards", _("Hazards"), "circle-alert", "/hazards/", roles.VIEW, filtered=True, also=("/unknowns/",)),
    PageEntry("analytics", _("Analytics"), "chart-column", "/analytics/", roles.VIEW, "a", filtered=True, on_phone=6),
    PageEntry(
        "model", _("Model"), "activity", "/model/", roles.VIEW, "o", also=("/runs/", "/monitoring/"), everywhere=True
    ),
    PageEntry("labelling", _("Labelling"), "tag", "/labelling/", roles.TRIAGE, "l", everywhere=True),
    PageEntry("labels", _("Labels"), "tags", "/labels/", roles.MANAGE_LABELS, also=("/label-schemas/",)),
    PageEntry("approvals", _("Approvals"), "shield-check", "/approvals/", roles.APPROVE),
    PageEntry("events", _("Events"), "flag", "/events/", roles.MANAGE_EVENTS),
    PageEntry("rules", _("Alert rules"), "bell", "/rules/", roles.MANAGE_ALERT_RULES),
    PageEntry("sources", _("Sources"), "rss", "/feeds/", roles.VIEW, also=("/report-channels/", "/hazard-sources/")),
    PageEntry("imports", _("Import"), "file-up", "/import/", roles.MANAGE_SOURCES),
    PageEntry("api", _("API"), "key-round", "/developers/", roles.USE_API, on_phone=8),
    PageEntry("files", _("Files"), "paperclip", "/files/", roles.USE_API, on_phone=7),
    PageEntry("corrections", _("Corrections"), "user-round-search", "/corrections/", roles.CORRECT),
    PageEntry("people", _("People"), "users", "/people/", roles.ADMINISTER),
    PageEntry("records", _("Records"), "scroll-text", "/admin/", roles.READ_RECORDS),
    PageEntry("help", _("Help"), "circle-question-mark", "/help/", "", "h"),
)
PHONE_PLACES = 4


def pages_for(request: HttpRequest, *, query: str = "") -> list[dict[str, Any]]:
    """The pages for this person, each with `url`, `current` and `phone` (in the bottom bar)."""
    found = [entry for entry in ALL if entry.may_open(request.user)]
    shown = [(entry, url) for entry in found if (url := entry.url())]
    ranked = sorted((entry.on_phone, entry.key) for entry, _url in shown if entry.on_phone)
    on_phone = {key for _turn, key in ranked[:PHONE_PLACES]}
    return [
        {
            "key": entry.key,
            "label": entry.label,
            "icon": entry.icon,
            "letter": entry.letter,
            "url": f"{url}?{query}" if query and entry.filtered else url,
            "current": any(request.path.startswith(start) for start in (url, *entry.also)),
            "phone": entry.key in on_phone,
        }
        for entry, url in shown
    ]
