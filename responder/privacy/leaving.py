"""Opens links in posts: trusted hosts open directly; other links open a confirmation page with a signed URL and warnings.

Anyone can post a link, and tired people click. Nothing is looked up or fetched: the warnings depend only on the URL.
"""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import urlencode

import idna
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from classifier import addresses
from responder.privacy import links

SALT = "responder.privacy.leaving"
VALID = 24 * 60 * 60  # seconds; each opened card gets new URLs
LONGEST_TOKEN = 300
DIGEST = 12  # bytes
# The host on which each source publishes its posts.
PLATFORMS = {"x": ("x.com", "twitter.com"), "twitter": ("x.com", "twitter.com"), "bluesky": ("bsky.app",)}
# Agencies and warning centres, with their subdomains. Others can't publish under these domains.
KNOWN = (
    "un.org", "unocha.org", "reliefweb.int", "humdata.org", "who.int", "unicef.org", "unhcr.org", "wfp.org", "iom.int", "undp.org",
    "ifrc.org", "icrc.org", "wmo.int", "gdacs.org", "copernicus.eu", "usgs.gov", "noaa.gov", "weather.gov", "fema.gov", "emsc-csem.org",
)  # fmt: skip
SHORTENERS = frozenset({
    "t.co", "bit.ly", "tinyurl.com", "goo.gl", "ow.ly", "is.gd", "v.gd", "buff.ly", "cutt.ly", "rb.gy", "rebrand.ly", "t.ly", "shorturl.at",
    "tiny.cc", "lnkd.in", "dlvr.it", "trib.al", "s.id", "bl.ink", "soo.gd", "clck.ru", "u.to", "t.cn", "url.cn", "dwz.cn", "youtu.be", "fb.me",
    "wa.link", "qr.ae", "adf.ly", "amzn.to", "short.io", "smarturl.it", "linktr.ee",
})  # fmt: skip
# Letters of other scripts, and the Latin letters that they resemble.
_PAIRS = (
    "аa вb еe ӏl кk мm нh оo рp сc тt уy хx іi јj ѕs һh ԛq ԝw ѵv ԁd ɡg ıi "
    "αa ιi κk νv οo ρp τt υu χx ωw ոn սu ցg հh օo զq ѡw ｏo"
)
_LOOKALIKES = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})
PROGRAM = re.compile(
    r"\.(?:apk|exe|msi|dmg|pkg|scr|bat|cmd|com|js|jar|vbs|ps1|iso|zip|rar|7z|docm|xlsm)$", re.IGNORECASE
)
NUMERIC = re.compile(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+))*")


@dataclass(frozen=True, slots=True)
class Departure:
    """The contents of the confirmation page for an external link.

    Arguments:
        href: the URL.
        text: the URL as displayed.
        host: the domain name in Unicode.
        ascii: the domain name in ASCII (Punycode).
        warnings: sentences about what is suspicious.
    """

    href: str
    text: str
    host: str
    ascii: str
    warnings: tuple[str, ...]


def is_known(link: str, source: str) -> bool:
    """Whether a link opens without a confirmation: over HTTPS, to the source's own platform or a known agency."""
    parts = addresses.split(link)
    host = parts.hostname or ""
    if parts.scheme != "https" or ":" in parts.netloc or "@" in parts.netloc:
        return False
    kind, _colon, server = source.lower().partition(":")
    # Itself alone: co.uk is no server, and much is below it.
    if kind == "mastodon" and "." in server and host == server:
        return True
    return any(host == one or host.endswith(f".{one}") for one in (*PLATFORMS.get(kind, ()), *KNOWN))


def confirmation(post_id: int, link: str) -> str:
    """Return the URL of the confirmation page for a link of a post. It contains neither the link nor the user."""
    token = signing.dumps([post_id, _digest(link)], salt=SALT)
    return f"{reverse('leave')}?{urlencode({'to': token})}"


def parse(token: str) -> tuple[int, str]:
    """Return the post's ID and the digest of the link in the URL of a confirmation page. Raises BadSignature if it is invalid or expired."""
    if len(token) > LONGEST_TOKEN:
        raise signing.BadSignature
    post_id, digest = signing.loads(token, salt=SALT, max_age=VALID)
    return post_id, digest


def departure(stored: list[str], digest: str) -> Departure | None:
    """Return the confirmation page's contents for the link with this digest; None if there is none, or if masking hides part of it."""
    link = next((one for one in stored if _digest(one) == digest), "")
    shown = links.shown(link) if link and links.canonical(link) == link else None
    if shown is None or not shown.href:
        return None
    ascii_host = addresses.split(link).hostname or ""
    host = _readable(ascii_host)
    return Departure(
        href=shown.href, text=shown.text, host=host, ascii=ascii_host, warnings=tuple(_warnings(link, host, ascii_host))
    )  # fmt: skip


def _digest(link: str) -> str:
    return hashlib.blake2b(link.encode("utf-8", "surrogatepass"), digest_size=DIGEST).hexdigest()


def _readable(host: str) -> str:
    """Return the host with its valid Punycode labels decoded to Unicode."""
    labels = []
    for label in host.split("."):
        try:
            labels.append(idna.decode(label) if label.startswith("xn--") else label)
        except (idna.IDNAError, UnicodeError):
            labels.append(label)
    readable = ".".join(labels)
    return readable if readable.isprintable() else host


def _warnings(link: str, host: str, ascii_host: str) -> list[str]:
    parts = addresses.split(link)
    found = [_likeness(host)] if host != ascii_host else []
    if NUMERIC.fullmatch(ascii_host) or ":" in ascii_host:
        found.append(
            _("The link uses an IP address instead of a domain name. Public bodies rarely publish such links.")
        )
    if ascii_host.removeprefix("www.") in SHORTENERS:
        found.append(_("This is a shortened link. It redirects to another address, which isn't visible here."))
    if parts.username is not None:
        found.append(_("The link contains a user name. The part before “@” doesn't say where the link leads."))
    if parts.port is not None:
        found.append(_("The link uses the unusual port %(port)d.") % {"port": parts.port})
    if parts.scheme == "http":
        found.append(_("The connection isn't encrypted. Others can read and change what you see."))
    if PROGRAM.search(parts.path):
        found.append(_("The link downloads a file that can contain a program. Don't open it."))
    if host == ascii_host and "xn--" in ascii_host:
        found.append(_("The domain name isn't valid."))
    return found


def _likeness(host: str) -> str:
    """Return the warning about a host with non-ASCII letters."""
    alike = host.translate(_LOOKALIKES)
    if alike != host and alike.isascii():
        return _(
            "This only looks like “%(host)s”. It contains letters of another alphabet and is a different site."
        ) % {"host": alike}
    return _("The domain name contains letters of other alphabets. They can imitate a name that you know.")
