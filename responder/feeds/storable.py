"""What every database can store of a text from outside."""

MAX_ID = 255
MAX_TEXT = 10_000


def clean(text: object, limit: int = MAX_TEXT) -> str:
    """Text that every database can store, cut to `limit` characters."""
    return str(text or "").replace("\0", "").encode("utf-8", "replace").decode("utf-8")[:limit]
