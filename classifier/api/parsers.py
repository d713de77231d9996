"""Parsers of JSON bodies with limits on size, number of values, encoding and depth."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

from classifier import bounded_json

MOST_VALUES = 50_000  # ten times the need of 1,000 messages
LONGEST_STRING = 240_000  # bytes; 10,000 characters as two escapes each are 120,000
MOST_CHARACTERS = 12_600_000  # of all texts: 1,000 messages of 10,000 characters each, and the rest of the body
LARGE = 1_000_000  # bytes; larger bodies are parsed one at a time, because parsing takes many times as much memory
_large = threading.Lock()


class TooLarge(APIException):
    """The body exceeds the parser's limit."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("The body is too large. Send fewer messages at a time.")


class BoundedJSONParser(BaseParser):
    """Parses JSON in UTF-8, as RFC 8259 requires. DRF's own parser accepts bodies of any size and depth."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Any = None) -> Any:
        """Parse the body. Raises TooLarge, ParseError."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge
        with _large if len(body) > LARGE else nullcontext():
            return _parsed(body)


class BatchJSONParser(BoundedJSONParser):
    """Parses JSON with many long texts: up to `settings.PREDICTIONS_BODY_BYTES`, read from disk in pieces."""

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Any = None) -> Any:
        """Parse the body. Raises TooLarge, ParseError."""
        first = stream.read(LARGE + 1)
        if len(first) <= LARGE:
            return _parsed(first)
        with _large, _refused_where_wrong():
            return bounded_json.load(
                _Limited(first, stream, settings.PREDICTIONS_BODY_BYTES), most_values=MOST_VALUES, longest=LONGEST_STRING,
                most_characters=MOST_CHARACTERS, strict=True,
            )  # fmt: skip


class _Limited:
    """A stream whose beginning was already read. Raises TooLarge if it is longer than its limit."""

    def __init__(self, first: bytes, rest: IO[bytes], limit: int) -> None:
        self._first, self._rest, self._left = first, rest, limit

    def read(self, size: int) -> bytes:
        piece, self._first = self._first or self._rest.read(size), b""
        self._left -= len(piece)
        if self._left < 0:
            raise TooLarge
        return piece


def _parsed(body: bytes) -> Any:
    with _refused_where_wrong():
        return bounded_json.loads(body, most_values=MOST_VALUES, longest=LONGEST_STRING, strict=True)


@contextmanager
def _refused_where_wrong() -> Iterator[None]:
    """Convert the errors of invalid JSON to ParseErrors that explain them."""
    try:
        yield
    except (bounded_json.TooManyValues, bounded_json.TooLong) as error:
        raise ParseError(_("The body has %(error)s. Send fewer messages at a time.") % {"error": error}) from error
    except UnicodeDecodeError as error:
        raise ParseError(_("The body is not UTF-8.")) from error
    except RecursionError as error:
        raise ParseError(_("The body is nested too deeply.")) from error
    except ValueError as error:
        raise ParseError(_("The body is not valid JSON: %(error)s") % {"error": error}) from error
