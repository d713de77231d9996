"""Links in posts: a canonical form for each, and a display form that neither deceives nor exposes anyone.

Nothing is looked up: what a shortened link leads to is known only where the source itself says so.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import idna

from classifier import addresses
from responder.privacy.masking import HIDDEN, mask
from responder.privacy.masking.accounts import person

MOST, LONGEST = 10, 2_000
IN_TEXT = re.compile(r"https?://[^\s<>\"'“”«»]{1,2000}", re.IGNORECASE)
CLOSING = ".,;:!?…)]}*_"
ENCODED = 3  # times: deeper than that nobody reads an address out of it
UNREADABLE = "\ufffd"
HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?|[0-9a-f:.]{2,45}")
PORTS = {"http": 80, "https": 443}
# Who shared it, from where, and in which campaign: never what the link leads to.
TRACKING = re.compile(
    r"utm_\w{1,40}|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid?|igsh|mc_[ce]id|"
    r"mkt_tok|ref_src|ref_url|cmpid|_hsenc|_hsmi|mibextid|__twitter_impression|s_cid|spm|wt_mc|vero_id|oly_\w{1,20}_id",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ShownLink:
    """A link as people see it: masked, its host as the browser will ask for it; `href` only where nothing is hidden."""

    text: str
    href: str


def kept(links: Iterable[object]) -> list[str]:
    """The first ten distinct links in canonical form."""
    found: dict[str, None] = {}
    for link in links:
        if isinstance(link, str) and (one := canonical(link)):
            found[one] = None
        if len(found) == MOST:
            break
    return list(found)


def in_text(text: str) -> list[str]:
    """The links written out in a text, unchanged."""
    return [match.group().rstrip(CLOSING) for match in IN_TEXT.finditer(text)][: MOST * 2]


def canonical(link: str) -> str:
    """The canonical form of a link; empty if it is invalid, too long, or not a web link.

    The host in lower case and as Punycode, the usual port, the fragment, log-ins and what only tracks dropped.
    """
    if len(link) > LONGEST:
        return ""
    try:
        parts = urlsplit(link.strip())
        host, port = _ascii(parts.hostname or ""), parts.port
        scheme = parts.scheme.lower()
        pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return ""
    if scheme not in PORTS or not host:
        return ""
    left = [(name, value) for name, value in pairs if not TRACKING.fullmatch(name)]
    query = parts.query if len(left) == len(pairs) else urlencode(left)
    host = f"[{host}]" if ":" in host else host
    place = host if port in (None, PORTS[scheme]) else f"{host}:{port}"
    found = urlunsplit((scheme, place, _plain(parts.path or "/"), _plain(query), ""))
    return found if len(found) <= LONGEST else ""


def shown(link: str) -> ShownLink:
    """A link as displayed; if masking changed it, it has no href."""
    parts = addresses.split(link)
    path = _read(parts.path)
    query = f"?{_read(parts.query.replace('+', ' '))}" if parts.query else ""
    seen = mask(_without_person(parts.hostname or "", path) + query)
    href = link if seen == path + query else ""
    return ShownLink(text=f"{parts.netloc}{'' if seen == '/' else seen}", href=href)


def _read(encoded: str) -> str:
    """The text with all percent-encoding decoded, and characters that turn or hide text made harmless."""
    for _time in range(ENCODED):
        encoded = unquote(encoded)
    return "".join(sign if sign.isprintable() else UNREADABLE for sign in encoded)


def _ascii(host: str) -> str:
    """The host as browsers ask for it: letters of other scripts that look Latin show as what they are."""
    host = host.rstrip(".").lower()
    try:
        host = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return ""
    return host if HOST.fullmatch(host) else ""


def _plain(text: str) -> str:
    """Percent-encode characters that need it, and leave encoded ones unchanged."""
    return quote(text.encode("utf-8", "replace"), safe="/%:@!$&'()*+,;=-._~?[]|")


def _without_person(host: str, path: str) -> str:
    found = person(host, path)
    return f"{path[: found[0]]}{HIDDEN}{path[found[1] :]}" if found else path
