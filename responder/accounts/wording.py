"""What roles mean, and which browser a session is in, in words."""

from django.utils.translation import gettext as _

from responder import roles

BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def role_choices() -> list[tuple[str, str]]:
    """The roles, each with its meaning."""
    return [(name, str(roles.ROLE_TEXTS.get(name, ""))) for name in roles.ROLES]


def browser(user_agent: str) -> str:
    """A browser and its system, such as “Firefox on Windows”; “Unknown browser” where the User-Agent tells neither."""
    name = next((name for sign, name in BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    if name and system:
        return _("%(browser)s on %(system)s") % {"browser": name, "system": system}
    return name or system or _("Unknown browser")
