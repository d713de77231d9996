"""Signatures of backup manifests, so that write access to the backups isn't enough to forge one.

The key, the first that there is: RESPONDER_BACKUP_KEY, RESPONDER_SECRET_KEY, else a key of this installation's own in the
data directory, which no backup contains. A key is never used as it is: each purpose has one derived from it.
"""

import hashlib
import hmac
from pathlib import Path

from django.conf import settings

from responder.settings.paths import local_key

KEY_FILE = "backup_key"
PURPOSE = b"responder backup manifest 2\n"


def sign(manifest: bytes, *, purpose: bytes = PURPOSE) -> str:
    """The signature of a manifest's bytes, as hexadecimal digits.

    Arguments:
        purpose: separates signatures of one kind of document from all others.
    """
    return hmac.new(_key(), purpose + manifest, hashlib.sha256).hexdigest()


def is_ours(manifest: bytes, signature: bytes, *, purpose: bytes = PURPOSE) -> bool:
    """Whether `signature` was made with our key."""
    return hmac.compare_digest(sign(manifest, purpose=purpose).encode(), signature.strip())


def key_file() -> Path | None:
    """The file that a restore on another machine needs; None where the key comes from the environment."""
    return None if settings.BACKUP_KEY else Path(settings.DATA_DIR) / KEY_FILE


def _key() -> bytes:
    given = settings.BACKUP_KEY or local_key(Path(settings.DATA_DIR), KEY_FILE)
    return hmac.digest(given.encode(), b"responder backup key", "sha256")
