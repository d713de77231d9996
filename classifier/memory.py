"""Returns the process's free memory to the system."""

import ctypes
import sys
from collections.abc import Callable
from functools import cache

M_ARENA_MAX, ARENAS = -8, 2  # malloc.h


def give_back() -> None:
    """Return free memory to the system. Does nothing unless the C library is glibc. Takes some milliseconds.

    Hundreds of thousands of small objects leave gaps that glibc doesn't release: without this the process stays as
    large as during its largest request.
    """
    if trim := _trim():
        trim(0)


def use_few_arenas() -> None:
    """Limit all threads of this process to two memory arenas. Does nothing unless the C library is glibc.

    glibc creates up to eight arenas per core, and memory that is free in one isn't available to the others: a process
    with 64 threads would occupy more than it uses. Call it before threads start.
    """
    if sys.platform.startswith("linux") and (set_option := getattr(ctypes.CDLL(None), "mallopt", None)):
        set_option(M_ARENA_MAX, ARENAS)


@cache
def _trim() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
