"""The stage of signing in after the password or single sign-on: the code of the second factor."""

from typing import Any

from allauth.account.stages import LoginStage
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from responder.accounts import two_factor


class TwoFactorStage(LoginStage):
    """Leads people who have set up two-factor authentication to the page that asks for a code."""

    key = "two-factor"
    urlname = "login-two-factor"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """The redirect to the page, or no response where no code is needed."""
        user: Any = self.login.user
        if user is None or not two_factor.is_set_up(user):
            return None, True
        # Changing the password in the meantime cancels this sign-in, as it ends sessions.
        self.state["password"] = user.get_session_auth_hash()
        return HttpResponseRedirect(reverse(self.urlname)), True

    @property
    def is_current(self) -> bool:
        """Whether the person is still active and has the same password as when signing in began."""
        user: Any = self.login.user
        return bool(user and user.is_active and self.state.get("password") == user.get_session_auth_hash())
