"""Errors of the product, each with an HTTP status.

ResponderError
├── Invalid        the request makes no sense as it stands; repeating it will not help
│   ├── InvalidFields  some of its fields are wrong; a form shows each message beside its field
│   └── Closed         its event is closed, so it takes no posts
├── NotPermitted   somebody may do this, but not this person
├── Missing        what it is about does not exist, or no longer
├── Conflict       somebody else was first; look, then decide again
├── NotReady       it will exist, but not yet
├── TooLarge       more than is taken at once
├── TooMany        allowed, but not so often, or not so much at once
│   └── QuotaUsedUp    not before the next day
├── Unavailable    the server cannot take it at the moment; nothing was stored
├── KeyReused      an Idempotency-Key came with another request than before
└── StillRunning   the first request with this Idempotency-Key has not finished
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _


class ResponderError(Exception):
    """A refused request; the message says what to do. `status` is its HTTP status."""

    status = 400
    title = "Bad request"


class Invalid(ResponderError):
    """The request is invalid."""


class InvalidFields(Invalid):
    """Some fields are invalid; the error's own message is that of the first one.

    Arguments:
        fields: each invalid field's message, by its name; at least one.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(next(iter(fields.values())))
        self.fields = dict(fields)


class Closed(Invalid):
    """The event is closed or archived, so it takes no posts.

    Arguments:
        event: its name.
    """

    def __init__(self, event: str) -> None:
        super().__init__(
            _("The event “%(event)s” is closed and takes no posts. Reopen it, or choose another event.")
            % {"event": event}
        )


class FieldChecks:
    """Parses the fields of one request, and refuses all invalid ones together."""

    def __init__(self) -> None:
        self._errors: dict[str, str] = {}

    def read(self, name: str, parse: Callable[..., Any], *values: Any, **options: Any) -> Any:
        """Return the result of `parse`; None if it raises Invalid, whose message is stored for this field."""
        try:
            return parse(*values, **options)
        except Invalid as error:
            self.refuse(name, str(error))
            return None

    def refuse(self, name: str, message: str) -> None:
        """Keep a message for a field, unless it has one already."""
        self._errors.setdefault(name, message)

    def has(self, name: str) -> bool:
        """Whether this field was refused."""
        return name in self._errors

    def require_valid(self) -> None:
        """Raise InvalidFields unless every field was valid."""
        if self._errors:
            raise InvalidFields(self._errors)


class NotPermitted(ResponderError):
    """The person lacks the permission."""

    status = 403
    title = "Not allowed"


class Missing(ResponderError):
    """The object does not exist, or no longer."""

    status = 404
    title = "Not found"


class Conflict(ResponderError):
    """The record has changed since the person loaded it.

    Arguments:
        by: display name of who was first.
        what: a description of the change.
        at: the time, or None if unknown.
        version: the record's version now.
    """

    status = 409
    title = "Already changed"

    def __init__(self, *, by: str, what: str, at: datetime | None, version: int) -> None:
        super().__init__(
            _("%(by)s saved a change first: %(what)s. Load the latest version and try again.")
            % {"by": by, "what": what}
        )
        self.by, self.what, self.at, self.version = by, what, at, version


class NotReady(ResponderError):
    """The object is not ready yet."""

    status = 409
    title = "Not ready"
    retry_after_s = 5


class TooLarge(ResponderError):
    """The request is larger than allowed."""

    status = 413
    title = "Too large"


class Unavailable(ResponderError):
    """The server can't accept the request at the moment; nothing was stored."""

    status = 503
    title = "Service unavailable"
    retry_after_s = 60


class TooMany(ResponderError):
    """The request exceeds a rate limit."""

    status = 429
    title = "Too many requests"


class QuotaUsedUp(TooMany):
    """The token has used up its daily quota.

    Arguments:
        quota: requests a day.
        retry_after_s: seconds until the day ends.
    """

    title = "Daily quota used up"

    def __init__(self, *, quota: int, retry_after_s: int) -> None:
        super().__init__(
            _(
                "This token has used up its daily quota of %(quota)s requests. "
                "The quota resets at 00:00 UTC, in %(seconds)s seconds. If you need more, ask an administrator."
            )
            % {"quota": quota, "seconds": retry_after_s}
        )
        self.retry_after_s = retry_after_s


class KeyReused(ResponderError):
    """An Idempotency-Key was reused with a different request."""

    status = 422
    title = "Idempotency-Key reused"

    def __init__(self) -> None:
        super().__init__(_("This Idempotency-Key was sent with a different request. Use a new key for each request."))


class StillRunning(ResponderError):
    """The first request with this Idempotency-Key has not finished."""

    status = 409
    title = "Still running"
    retry_after_s = 2

    def __init__(self) -> None:
        super().__init__(_("The first request with this Idempotency-Key is still running. Retry in a moment."))
