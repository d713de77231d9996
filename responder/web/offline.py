"""What the service worker keeps on a device for use without a network, and the version that changes with it."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from django.templatetags.static import static
from django.urls import reverse

from responder import __version__
from responder.settings.paths import packaged

KEPT = (
    "js/*.js", "css/*.css", "img/*", "vendor/leaflet/leaflet.*", "vendor/inter/*.woff2", "vendor/lucide/sprite.svg",
    "vendor/world/*.json", "vendor/world/waters/*.json", "vendor/protomaps-leaflet/*.js",
)  # fmt: skip
LEFT_OUT = frozenset({"js/admin-theme.js", "js/push-worker.js", "js/worker.js"})
WORLD = "vendor/world"
PAGES = {"map": "map", "triage": "triage", "response": "response", "report": "field-report-new", "device": "offline"}
# Never intercepted: files to download, the API, the administration, and public addresses that carry a secret.
PASSED = ("/api/", "/admin/", "/export", "/report/", "/correct/", "/sso/", "/static/", "/first-run/link/", "/records/")
KEPT_H = 12  # as long as a session: see SESSION_COOKIE_AGE
MAP_BYTES = 30_000_000
CARDS = {"map": 15, "triage": 30}  # posts of each list whose cards are kept


@cache
def assets() -> tuple[str, ...]:
    """The addresses of the scripts, styles, fonts and pictures that the kept pages need."""
    return tuple(static(name) for name in _names(KEPT) if name not in LEFT_OUT)


@cache
def version() -> str:
    """A digest that changes with our version, and with any of the files that a browser keeps or runs as the worker."""
    names = [*_names(KEPT), *sorted(LEFT_OUT)]
    return _digest(__version__, [packaged("static") / name for name in names])


@cache
def world_version() -> str:
    """A digest of the base map, which a device keeps across versions of everything else."""
    return _digest("", sorted((packaged("static") / WORLD).rglob("*.json")))


def settings() -> dict[str, Any]:
    """What static/js/worker.js has to know, as JSON."""
    return {
        "version": version(),
        "assets": assets(),
        "pages": {key: reverse(name) for key, name in PAGES.items()},
        "cards": {
            reverse("map"): {"url": reverse("map-item", args=[0]), "count": CARDS["map"]},
            reverse("triage"): {"url": reverse("triage-item", args=[0]), "count": CARDS["triage"]},
        },
        "data": reverse("map-data"),
        "away": reverse("offline-away"),
        "login": reverse("login"),
        "logout": reverse("logout"),
        "texts": "/texts/",
        "fixed": static(""),
        "world": {"url": f"{static(WORLD)}/", "version": world_version()},
        "passed": PASSED,
        "hours": KEPT_H,
        "map_bytes": MAP_BYTES,
    }


def _names(patterns: tuple[str, ...]) -> list[str]:
    root = packaged("static")
    return [str(path.relative_to(root)) for pattern in patterns for path in sorted(root.glob(pattern))]


def _digest(start: str, paths: list[Path]) -> str:
    digest = hashlib.sha256(start.encode())
    for path in paths:
        digest.update(f"{path.name}:".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
