"""JSON bodies within bounds: size, values, encoding and depth."""

import threading
from contextlib import nullcontext
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

from classifier import bounded_json

MOST_VALUES = 50_000  # ten times what 1,000 messages need
LONGEST_STRING = 240_000  # bytes; 10,000 characters as two escapes each are 120,000
LARGE = 1_000_000  # bytes; bodies beyond it are parsed one after the other, as each takes many times as much meanwhile
_large = threading.Lock()


class TooLarge(APIException):
    """The body exceeds `settings.DATA_UPLOAD_MAX_MEMORY_SIZE`."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("The body is too large. Send fewer messages at a time.")


class BoundedJSONParser(BaseParser):
    """JSON as RFC 8259 wants it exchanged: UTF-8. DRF's own parser reads bodies of any size and depth."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Any = None) -> Any:
        """The parsed body. Raises TooLarge, ParseError."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge
        with _large if len(body) > LARGE else nullcontext():
            return _parsed(body)


def _parsed(body: bytes) -> Any:
    try:
        return bounded_json.loads(body, most_values=MOST_VALUES, longest=LONGEST_STRING, strict=True)
    except (bounded_json.TooManyValues, bounded_json.TooLong) as error:
        raise ParseError(_("The body holds %(error)s. Send fewer messages at a time.") % {"error": error}) from error
    except UnicodeDecodeError as error:
        raise ParseError(_("The body is not UTF-8.")) from error
    except RecursionError as error:
        raise ParseError(_("The body is nested too deeply.")) from error
    except ValueError as error:
        raise ParseError(_("The body is not JSON: %(error)s") % {"error": error}) from error
