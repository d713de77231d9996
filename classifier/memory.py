"""Memory that is free within the process, given back to the system."""

import ctypes
import sys
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Return free memory to the system; nothing where the C library isn't glibc. Takes some milliseconds.

    Hundreds of thousands of small objects leave holes that glibc keeps: without this the process stays as large as it was
    under its largest request.
    """
    if trim := _trim():
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
