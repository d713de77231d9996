"""Conversion of the Rust tokenizer's panics to the classifier's errors.

A panic is raised as a `BaseException`, so no `except Exception` catches it and it would end the process. Its class
can't be imported and is recognised by its module.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from classifier.errors import ArtefactError

PANICS_FROM = "pyo3_runtime"


@contextmanager
def as_artefact_errors(what: str) -> Iterator[None]:
    """Raise ArtefactError, beginning with `what`, instead of a panic in this block."""
    try:
        yield
    except BaseException as error:
        if type(error).__module__ != PANICS_FROM:
            raise
        raise ArtefactError(f"{what} ({str(error)[:200]})") from error
