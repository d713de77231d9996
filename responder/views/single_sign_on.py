"""Single sign-on with the identity provider of the settings: the way there, and the way back."""

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base import AuthProcess
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from responder.accounts import single_sign_on
from responder.errors import TooMany
from responder.partners import counters
from responder.views.session import safe_next, too_many
from responder.web import client_addresses

PROVIDER = "oidc"
WINDOW_S, PER_ADDRESS = 900, 120


@login_not_required
@require_POST
@never_cache
def begin(request: HttpRequest) -> HttpResponse:
    """Send the browser to the identity provider."""
    from requests import RequestException  # only sites with single sign-on need it

    if not single_sign_on.is_on():
        raise Http404
    try:
        _limit(request)
        provider = get_adapter().get_provider(request, provider=PROVIDER)
        response: HttpResponse = provider.redirect(
            request, process=AuthProcess.LOGIN, next_url=safe_next(request) or None
        )
    except TooMany as error:
        return too_many(request, str(error), WINDOW_S)
    except (RequestException, ValueError, KeyError):
        return _unavailable(request)
    return response


@login_not_required
@require_safe
@never_cache
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Continue after the identity provider as after a correct password: with the second factor, or signed in."""
    from allauth.socialaccount.providers.openid_connect import views as openid_connect
    from requests import RequestException

    if not single_sign_on.is_on() or provider_id != PROVIDER:
        raise Http404
    try:
        _limit(request)
        response: HttpResponse = openid_connect.callback(request, provider_id)
    except TooMany as error:
        return too_many(request, str(error), WINDOW_S)
    except (RequestException, ValueError, KeyError):
        return _unavailable(request)
    return response


def _limit(request: HttpRequest) -> None:
    """Count a request that makes this site call the identity provider. Raises TooMany."""
    address = client_addresses.of_request(request) or client_addresses.UNKNOWN
    if counters.increment(f"single-sign-on:{address}", seconds=WINDOW_S) > PER_ADDRESS:
        raise TooMany(_("Too many sign-in attempts. Try again in a quarter of an hour."))


def _unavailable(request: HttpRequest) -> HttpResponse:
    detail = _(
        "The identity provider can't be reached, or its answer isn't valid. Try again, or sign in with your password."
    )
    response = render(request, "accounts/sign_in_refused.html", {"detail": detail}, status=503)
    response["Retry-After"] = "30"
    return response
