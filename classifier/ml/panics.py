"""Panics of the Rust tokenizer as errors of the classifier.

A panic arrives as a `BaseException`, so that no `except Exception` stops it on its way to the end of the process. Its
class can't be imported: it is known by its module.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from classifier.errors import ArtefactError

PANICS_FROM = "pyo3_runtime"


@contextmanager
def as_artefact_errors(what: str) -> Iterator[None]:
    """Raise ArtefactError, beginning with `what`, where a panic would leave this block."""
    try:
        yield
    except BaseException as error:
        if type(error).__module__ != PANICS_FROM:
            raise
        raise ArtefactError(f"{what} ({str(error)[:200]})") from error
