"""Addresses of map pictures that other servers serve, such as satellite images: checked, and named in the page's CSP."""

import re
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext as _

from responder.errors import Invalid
from responder.models.base_map import ADDRESS_LIMIT

PLACES = ("z", "x", "y")
WMTS = {"tilematrix": "z", "tilecol": "x", "tilerow": "y"}  # names of the same three in WMTS's templates
BRACES = re.compile(r"\{([^{}]*)\}")
HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
ALLOWED = re.compile(r"[A-Za-z0-9\-._~:/?@!$&()*+,=%{}\[\]]+")  # no quotes, spaces, semicolons, fragments or markup


def checked(text: str) -> str:
    """The address of a picture's tiles, with {z}, {x} and {y}. Raises Invalid.

    WMTS's {TileMatrix}, {TileCol} and {TileRow} are replaced by them; its tile matrices must be the zooms of web maps.
    """
    text = text.strip()
    if not text:
        raise Invalid(_("Enter the address of the tiles."))
    if len(text) > ADDRESS_LIMIT or not ALLOWED.fullmatch(text):
        raise Invalid(
            _("Enter a web address of at most %(most)d characters, without spaces.") % {"most": ADDRESS_LIMIT}
        )
    text = BRACES.sub(lambda found: "{%s}" % WMTS.get(found[1].lower(), found[1]), text)  # noqa: UP031
    names = BRACES.findall(text)
    if sorted(names) != sorted(PLACES) or BRACES.sub("", text).count("{") or BRACES.sub("", text).count("}"):
        raise Invalid(_("The address needs {z}, {x} and {y}, once each, and nothing else in braces."))
    parts = _split(text)
    if parts.scheme != "https":
        raise Invalid(_("The address must begin with https://."))
    if not HOST.fullmatch(parts.hostname or "") or "@" in parts.netloc or "{" in parts.netloc:
        raise Invalid(_("The address needs the full name of one server, without a user or {s}."))
    query = f"?{parts.query}" if parts.query else ""
    return f"{origin(text)}{parts.path}{query}"


def origin(address: str) -> str:
    """The scheme, host and port of an address, as a source in a Content-Security-Policy."""
    parts = _split(address)
    port = f":{parts.port}" if parts.port not in (None, 443) else ""
    return f"{parts.scheme}://{parts.hostname}{port}"


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  raises for a port that is none
    except ValueError as error:
        raise Invalid(_("This is not a web address.")) from error
    return parts
