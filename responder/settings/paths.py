"""Where files lie: packaged templates and static files, the data directory, the embedded Redis socket."""

import hashlib
import os
import secrets
import tempfile
from pathlib import Path

from responder.installation import UnusableSettings

PACKAGE = Path(__file__).resolve().parent.parent
REPOSITORY = PACKAGE.parent
SHORTEST_KEY = 32
UNIX_SOCKET_LIMIT = 100  # Linux allows 108 bytes in a socket's path


def packaged(folder: str) -> Path:
    """`templates` or `static`: inside the package in a wheel, at the top of the repository in a checkout."""
    inside = PACKAGE / folder
    return inside if inside.is_dir() else REPOSITORY / folder


def redis_socket(data_dir: Path) -> Path:
    """The embedded Redis's socket; a private temporary folder where the data directory's path is too long."""
    preferred = data_dir / "redis" / "redis.sock"
    if len(os.fsencode(preferred)) <= UNIX_SOCKET_LIMIT:
        return preferred
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"responder-{os.getuid()}-{digest}" / "redis.sock"


def local_secret_key(data_dir: Path) -> str:
    """The installation's own secret key."""
    return local_key(data_dir, "secret_key")


def local_key(data_dir: Path, name: str) -> str:
    """Return a key of this installation, created on first use and readable only by its owner."""
    path = data_dir / name
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.touch(mode=0o600)
        with temporary.open("w") as file:
            file.write(secrets.token_urlsafe(50))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)  # fails if another process was first: one key wins
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    key = path.read_text().strip()
    if len(key) < SHORTEST_KEY:
        raise UnusableSettings(
            [f"{path} holds no key. Restore it from your copy, or remove it: a new one is then made."]
        )
    return key
