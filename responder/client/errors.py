"""What can go wrong between a partner's program and the API.

ClientError
├── ApiError      the API refused; `status` and `errors` say why
└── NotReachable  no answer came, also when asked again
"""

from collections.abc import Sequence


class ClientError(Exception):
    """Anything that keeps a call from being answered."""


class ApiError(ClientError):
    """The API refused.

    Arguments:
        status: HTTP status.
        title, detail: as the problem document (RFC 9457) words them.
        errors: {"field": "messages[3].text", "detail": "…"} for each field that is wrong.
    """

    def __init__(self, status: int, title: str, detail: str, errors: Sequence[dict[str, str]] = ()) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status, self.title, self.detail, self.errors = status, title, detail, list(errors)


class NotReachable(ClientError):
    """No answer came: no connection, a time-out, or a line that broke, also when asked again."""
