"""Authentication of the partner API by `Authorization: Token rsp_…`."""

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from responder.models import ApiToken
from responder.partners import tokens


class TokenAuthentication(BaseAuthentication):
    """Authenticates by token; `request.user` and `request.auth` are both the token."""

    def authenticate(self, request: Request) -> tuple[ApiToken, ApiToken] | None:
        """The token twice; None without a header of our scheme. Raises AuthenticationFailed."""
        scheme, *rest = get_authorization_header(request).decode("latin-1").split() or [""]
        if scheme.lower() != tokens.SCHEME.lower():
            return None
        token = tokens.verify(rest[0]) if len(rest) == 1 else None
        if token is None:
            raise AuthenticationFailed(_("This token is unknown, expired or revoked."))
        tokens.note_use(token)
        return token, token

    def authenticate_header(self, request: Request) -> str:
        """The challenge that makes a refusal 401."""
        return f'{tokens.SCHEME} realm="Responder API"'
