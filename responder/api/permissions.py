"""Permissions by token scope. Default deny: a view without declared scopes is refused."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from responder.models import ApiToken


class HasScope(BasePermission):
    """Requires a token with every scope in the view's `required_scopes`."""

    code = "insufficient_scope"
    message = _("This token doesn't have the scope that this endpoint requires.")

    def has_permission(self, request: Request, view: Any) -> bool:
        required = getattr(view, "required_scopes", None)
        token = request.auth
        return isinstance(token, ApiToken) and bool(required) and set(required or ()) <= set(token.scopes)
