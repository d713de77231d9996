"""Uploaded files of labels: a draft is looked at, then its labels are stored; both are bounded to fit a request.

Larger files are for the command line: `responder labels import`.
"""

from responder.label_uploads.accepting import (
    MOST_BYTES,
    MOST_ROWS,
    Unreadable,
    accept,
    change,
    discard,
    find,
    preview,
    store,
)

__all__ = ["MOST_BYTES", "MOST_ROWS", "Unreadable", "accept", "change", "discard", "find", "preview", "store"]
