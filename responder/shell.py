"""What every page's frame shows: theme, rail, role."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from responder import roles

ALSO = {"/model/": ("/model/", "/approvals/", "/runs/", "/reports/", "/labelling/")}  # pages under one item of the rail


def context(request: HttpRequest) -> dict[str, Any]:
    """Template context of the frame: `theme`, `rail` items, `role_names`."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"theme": "", "rail": [], "role_names": []}
    return {"theme": user.theme, "rail": _rail(request), "role_names": sorted(roles.of(user))}


def _rail(request: HttpRequest) -> list[dict[str, Any]]:
    pages = [
        (_("Map"), reverse("map"), "map", roles.VIEW),
        (_("Analytics"), reverse("analytics"), "chart-column", roles.VIEW),
        (_("Model"), reverse("model"), "sliders-horizontal", roles.VIEW),
        (_("API"), reverse("developers"), "key-round", roles.USE_API),
        (_("Records"), reverse("admin:index"), "scroll-text", roles.READ_RECORDS),
    ]
    return [
        {"label": label, "url": url, "icon": icon, "current": request.path.startswith(ALSO.get(url, url))}
        for label, url, icon, ability in pages
        if roles.allows(request.user, ability)
    ]
