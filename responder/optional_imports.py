"""Keeps third-party packages from loading libraries that they can use, and that we don't."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hidden(*names: str) -> Iterator[None]:
    """Make imports of the modules `names` fail within the block, as if they were not installed.

    Only for the first import of a package that checks for them, in the main thread: other threads would miss them too.
    A module that is loaded already stays visible.
    """
    missing = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(missing))  # type: ignore[arg-type]  # None: an import raises ImportError
    try:
        yield
    finally:
        for name in missing:
            del sys.modules[name]
