"""Adapters for django-allauth: our sign-in and sessions, encrypted secrets, and who may use single sign-on."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest
from django.shortcuts import render

from responder.accounts import single_sign_on
from responder.errors import ResponderError
from responder.privacy import secrets
from responder.web import client_addresses

BACKEND = "django.contrib.auth.backends.ModelBackend"


class AccountAdapter(DefaultAccountAdapter):
    """Signs in through Django's own backend. Nobody signs up, and allauth sends no email and shows no message of its own."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_stages(self) -> list[str]:
        return ["responder.accounts.stages.TwoFactorStage"]

    def login(self, request: HttpRequest, user: Any) -> None:
        user.backend = BACKEND
        super().login(request, user)

    def add_message(self, *_arguments: Any, **_more: Any) -> None:
        return None

    def send_mail(self, *_arguments: Any, **_more: Any) -> None:
        return None

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_addresses.of_request(request) or client_addresses.UNKNOWN


class TwoFactorAdapter(DefaultMFAAdapter):
    """Stores the secrets of authenticator apps and recovery codes encrypted."""

    def encrypt(self, text: str) -> str:
        return secrets.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.decrypt(encrypted_text)

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)

    def get_totp_issuer(self) -> str:
        return f"Responder ({self._get_site_name()})"


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Decides who may come in through the identity provider. allauth itself never creates an account."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        try:
            single_sign_on.connect(sociallogin)
        except ResponderError as error:
            page = render(request, "accounts/sign_in_refused.html", {"detail": str(error)}, status=error.status)
            raise ImmediateHttpResponse(page) from error

    def on_authentication_error(self, request: HttpRequest, *_arguments: Any, **_more: Any) -> None:
        detail = single_sign_on.failed_message()
        raise ImmediateHttpResponse(render(request, "accounts/sign_in_refused.html", {"detail": detail}, status=401))

    def send_notification_mail(self, *_arguments: Any, **_more: Any) -> None:
        return None
