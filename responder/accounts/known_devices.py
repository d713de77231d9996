"""Known devices, whose owners can still sign in while someone at the same address guesses passwords.

A signed cookie holds a random id of the device and a digest of each of the last names; it opens nothing by itself. The
password is asked for as ever, and a device has few tries at it (see `sign_in`).
"""

import secrets
import unicodedata
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE, PATH = "known_device", "/login/"
AGE_S = 90 * 24 * 3600
MOST_NAMES = 5  # people who share a device
SALT = "responder.known_devices"


def normalised(username: str) -> str:
    """The normalised user name that limits are counted by."""
    return unicodedata.normalize("NFKC", username[:1_000]).casefold()


def device_of(request: HttpRequest, username: str) -> str:
    """The id of the device if this name has signed in on it before, otherwise empty."""
    device, name_digests = _read(request)
    return device if _digest(username) in name_digests else ""


def remember(request: HttpRequest, response: HttpResponse, username: str) -> None:
    """Set the cookie that says that this name has signed in on this device."""
    device, name_digests = _read(request)
    digest = _digest(username)
    kept = [digest, *(one for one in name_digests if one != digest)][:MOST_NAMES]
    value = signing.dumps({"device": device or secrets.token_hex(16), "names": kept}, salt=SALT)
    response.set_cookie(
        COOKIE, value, max_age=AGE_S, path=PATH, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )


def is_exempt(request: HttpRequest | None, credentials: dict[str, Any] | None) -> bool:
    """Whether django-axes skips this attempt, so that an attacker at the same address can't lock the owner out."""
    username = (credentials or {}).get("username")
    return request is not None and isinstance(username, str) and bool(device_of(request, username))


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    try:
        held = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=AGE_S)
        return str(held["device"]), [str(one) for one in held["names"]]
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return "", []


def _digest(username: str) -> str:
    return salted_hmac(SALT, normalised(username).encode(errors="replace"), algorithm="sha256").hexdigest()[:32]
