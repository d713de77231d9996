"""What can go wrong between a partner's program and the API.

ClientError
├── ApiError      the API refused; `status` and `errors` say why
│   └── RateLimited   too often, or the day's quota is used up; `retry_after_s` says when to come back
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


class RateLimited(ApiError):
    """Too many requests (429), also after waiting, or more than the client would wait: a day's quota is used up.

    `retry_after_s`: seconds to wait, None where the server did not say.
    """

    def __init__(self, title: str, detail: str, retry_after_s: float | None) -> None:
        super().__init__(429, title, detail)
        self.retry_after_s = retry_after_s


class NotReachable(ClientError):
    """No answer came: no connection, a time-out, or a line that broke, also when asked again."""
