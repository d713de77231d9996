"""What every database can store of a text from outside."""

MAX_ID = 255
MAX_TEXT = 10_000
MAX_NUMBER = 2**63 - 1  # the largest id that any source counts to, and that a database compares

TOO_LARGE = 10**MAX_ID  # of more digits than an id has; Python does not even write one of 5,000


def clean(text: object, limit: int = MAX_TEXT) -> str:
    """Text that every database can store, cut to `limit` characters; empty for anything but a text or a number.

    An object or a list is never made into a text: nobody wrote that.
    """
    if isinstance(text, int | float) and not isinstance(text, bool) and abs(text) < TOO_LARGE:
        text = str(text or "")
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")[:limit] if isinstance(text, str) else ""
