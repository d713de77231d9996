"""Collecting and compressing static files, only when one of them has changed."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from responder import __version__

STAMP = ".collected"


def collect() -> bool:
    """Collect static files into STATIC_ROOT; False if they are up to date."""
    stamp, key = Path(settings.STATIC_ROOT) / STAMP, _key()
    if stamp.exists() and stamp.read_text() == key:
        return False
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(key)
    return True


def _key() -> str:
    """A cache key that changes with our version and with any static file's name, size or time."""
    digest = hashlib.sha256(__version__.encode())
    for folder in map(Path, settings.STATICFILES_DIRS):
        for path in sorted(folder.rglob("*")):
            status = path.stat()
            digest.update(f"{path.relative_to(folder)}:{status.st_size}:{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
