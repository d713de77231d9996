"""Authentication of the partner API by `Authorization: Bearer rsp_…` (RFC 6750), or with `Token` as the scheme."""

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from responder.models import ApiToken
from responder.partners import tokens

CHALLENGE = 'Bearer realm="Responder API"'


class TokenAuthentication(BaseAuthentication):
    """Authenticates by token; `request.user` and `request.auth` are both the token."""

    def authenticate(self, request: Request) -> tuple[ApiToken, ApiToken] | None:
        """The token twice; None without a header of our schemes. Raises AuthenticationFailed."""
        secret = _secret_in(request)
        if secret is None:
            return None
        token = tokens.verify(secret)
        if token is None:
            raise AuthenticationFailed(_("This token is unknown, expired or revoked."))
        tokens.note_use(token)
        return token, token

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401. It has an error only if a token was sent, as RFC 6750 demands."""
        return CHALLENGE if _secret_in(request) is None else f'{CHALLENGE}, error="invalid_token"'


def insufficient_scope(scopes: list[str]) -> str:
    """The challenge of a 403: the scopes that the token would need."""
    return f'{CHALLENGE}, error="insufficient_scope", scope="{" ".join(scopes)}"'


def _secret_in(request: Request) -> str | None:
    return tokens.in_header(get_authorization_header(request).decode("latin-1"))
