"""Memory that is free within the process, given back to the system."""

import ctypes
import sys
from collections.abc import Callable
from functools import cache

M_ARENA_MAX, ARENAS = -8, 2  # malloc.h


def give_back() -> None:
    """Return free memory to the system; nothing where the C library isn't glibc. Takes some milliseconds.

    Hundreds of thousands of small objects leave holes that glibc keeps: without this the process stays as large as it was
    under its largest request.
    """
    if trim := _trim():
        trim(0)


def use_few_arenas() -> None:
    """Have all threads of this process share two pools of memory; nothing where the C library isn't glibc.

    glibc gives up to eight pools to each core, and what is free in one does not serve the others: a process with 64 threads
    keeps more than it uses. Call it before threads begin.
    """
    if sys.platform.startswith("linux") and (set_option := getattr(ctypes.CDLL(None), "mallopt", None)):
        set_option(M_ARENA_MAX, ARENAS)


@cache
def _trim() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
