"""Single sign-on against a stand-in for an OpenID Connect provider: who comes in, who doesn't, and what stays."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.core.cache import cache
from django.test import Client
from requests import ConnectionError as Unreachable

from monitoring.models import AuditEvent
from responder import roles
from responder.accounts import profiles, single_sign_on
from responder.accounts.adapters import SingleSignOnAdapter
from responder.errors import InvalidFields
from responder.models import User

pytestmark = pytest.mark.django_db
ISSUER = "https://login.example.org/realms/relief"
CALLBACK = "/login/sso/oidc/callback/"
CLAIMS = {
    "sub": "42", "email": "bea@example.org", "email_verified": True, "name": "Bea Field", "preferred_username": "root-ana",
}  # fmt: skip


class Answer:
    """What the provider answers."""

    status_code = 200
    headers = {"content-type": "application/json"}

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content

    def json(self) -> dict[str, Any]:
        return self.content

    def raise_for_status(self) -> None:
        return None


class Provider:
    """The provider's pages, in place of the network."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = dict(CLAIMS)
        self.is_away = False
        self.sent: list[dict[str, Any]] = []

    def __enter__(self) -> "Provider":
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def get(self, url: str, **_more: Any) -> Answer:
        if self.is_away:
            raise Unreachable
        if url.endswith("/.well-known/openid-configuration"):
            return Answer(
                {
                    "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/auth", "token_endpoint": f"{ISSUER}/token",
                    "userinfo_endpoint": f"{ISSUER}/userinfo", "jwks_uri": f"{ISSUER}/keys",
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                }
            )  # fmt: skip
        assert url == f"{ISSUER}/userinfo"
        return Answer(self.claims)

    def request(self, method: str, url: str, data: Any = None, **_more: Any) -> Answer:
        if self.is_away:
            raise Unreachable
        assert (method, url) == ("POST", f"{ISSUER}/token")
        self.sent.append(dict(data))
        signed = jwt.encode(self.claims | {"iss": ISSUER, "aud": "responder", "exp": 4e9, "iat": 1}, "k" * 32, "HS256")
        return Answer({"access_token": "secret-access-token", "id_token": signed, "token_type": "Bearer"})


@pytest.fixture
def provider(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Provider:
    cache.clear()
    settings.OIDC_NAME = "Relief login"
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "oidc", "name": "Relief login", "client_id": "responder", "secret": "s",
                    "settings": {"server_url": ISSUER, "oauth_pkce_enabled": True},
                }
            ]
        }
    }  # fmt: skip
    # Registered at the start of a site that has single sign-on; others don't import it.
    monkeypatch.setattr(
        registry, "provider_map", registry.provider_map | {OpenIDConnectProvider.id: OpenIDConnectProvider}
    )
    standing_in = Provider()
    monkeypatch.setattr(SingleSignOnAdapter, "get_requests_session", lambda _self: standing_in)
    return standing_in


@pytest.fixture
def come(provider: Provider) -> Callable[..., tuple[Client, Any]]:
    """come(url): the browser of somebody who went to the provider and came back, and the last answer."""

    def go(url: str = "", browser: Client | None = None) -> tuple[Client, Any]:
        browser = browser or Client()
        away = browser.post("/login/sso/", {"next": url})
        assert away.status_code == 302
        query = parse_qs(urlsplit(away.headers["Location"]).query)
        assert query["redirect_uri"] == [f"http://testserver{CALLBACK}"] and query["code_challenge_method"] == ["S256"]
        return browser, browser.get(CALLBACK, {"code": "c", "state": query["state"][0]})

    return go


def is_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def test_the_account_with_the_verified_address_is_found_and_stays_the_same(
    people: dict[str, User], provider: Provider, come: Any
) -> None:
    User.objects.filter(username="reviewer-ana").update(email="Bea@example.org")
    browser, answer = come("/feed/")
    assert answer.status_code == 302 and answer.headers["Location"] == "/feed/" and is_in(browser)
    assert browser.session["_auth_user_id"] == str(people["reviewer"].pk)
    assert provider.sent[0]["code_verifier"]
    provider.claims["email"], provider.claims["email_verified"] = "other@example.com", False
    User.objects.filter(username="reviewer-ana").update(email="")
    again, answer = come()
    assert is_in(again) and again.session["_auth_user_id"] == str(people["reviewer"].pk)
    account = SocialAccount.objects.get()
    assert account.extra_data == {} and not SocialToken.objects.exists()
    assert AuditEvent.objects.filter(action="user.single_sign_on_connected").count() == 1
    assert User.objects.count() == len(people)


@pytest.mark.parametrize(
    ("claims", "case"),
    [
        ({}, "unknown"),
        ({"email_verified": False}, "known"),
        ({"email": None}, "known"),
        ({}, "superuser"),
        ({}, "deactivated"),
        ({}, "two accounts"),
        ({"email": "bea@example.org.evil.example"}, "domain"),
        ({}, "domain"),
    ],
)
def test_others_are_refused_with_one_answer(
    people: dict[str, User], provider: Provider, come: Any, settings: Any, claims: dict[str, Any], case: str
) -> None:
    provider.claims |= claims
    chosen = {"superuser": ["root-ana"], "two accounts": ["lead-ana", "viewer-ana"], "unknown": []}.get(
        case, ["lead-ana"]
    )
    User.objects.filter(username__in=chosen).update(email="bea@example.org", is_active=case != "deactivated")
    if case == "domain":
        settings.OIDC_DOMAINS = ["relief.example"]
        settings.OIDC_CREATE_PEOPLE = True
    before = User.objects.count()
    browser, answer = come()
    assert answer.status_code == 403 and not is_in(browser)
    assert "You can&#x27;t sign in this way." in answer.content.decode()
    assert User.objects.count() == before and not SocialAccount.objects.exists()


def test_unknown_people_get_an_account_without_roles_where_the_settings_say_so(
    people: dict[str, User], provider: Provider, come: Any, settings: Any
) -> None:
    settings.OIDC_CREATE_PEOPLE, settings.OIDC_DOMAINS = True, ["example.org"]
    User.objects.create_user("bea")
    browser, _answer = come()
    person = User.objects.get(email="bea@example.org")
    assert is_in(browser) and person.username == "bea-2" and person.display_name == "Bea Field"
    assert roles.role_names(person) == frozenset() and not person.is_superuser and not person.has_usable_password()
    assert browser.get("/map/").status_code == 403
    come()
    assert User.objects.filter(email="bea@example.org").count() == 1
    User.objects.filter(pk=person.pk).update(is_active=False)
    _browser, answer = come()
    assert answer.status_code == 403


def test_a_second_factor_is_asked_for_here_too(people: dict[str, User], come: Any) -> None:
    User.objects.filter(username="reviewer-ana").update(email="bea@example.org")
    Authenticator.objects.create(user=people["reviewer"], type="totp", data={"secret": "x"})
    browser, answer = come("/feed/")
    assert answer.headers["Location"] == "/login/two-factor/" and not is_in(browser)


def test_answers_that_nobody_asked_for_open_nothing(provider: Provider, come: Any) -> None:
    for query in (
        {},
        {"code": "c"},
        {"code": "c", "state": "x"},
        {"error": "access_denied", "state": "x"},
        {"state": "\0"},
    ):
        browser = Client()
        answer = browser.get(CALLBACK, query)
        assert answer.status_code in (401, 403) and not is_in(browser), query
    assert Client().get("/login/sso/other/callback/").status_code == 404
    assert Client().get("/login/sso/").status_code == 405


def test_a_provider_that_is_away_is_said(provider: Provider) -> None:
    provider.is_away = True
    answer = Client().post("/login/sso/")
    assert answer.status_code == 503 and answer["Retry-After"] == "30"


def test_no_next_page_leads_to_another_site(people: dict[str, User], come: Any) -> None:
    User.objects.filter(username="reviewer-ana").update(email="bea@example.org")
    _browser, answer = come("https://evil.example/")
    assert answer.headers["Location"] == "/"


def test_without_settings_there_is_no_single_sign_on() -> None:
    assert "/login/sso/" not in Client().get("/login/").content.decode()
    assert Client().post("/login/sso/").status_code == 404
    assert Client().get(CALLBACK, {"code": "c"}).status_code == 404


@pytest.mark.parametrize(
    ("stored", "verified", "is_same"),
    [
        ("Mike@example.org", "mike@Example.org", True),
        ("mıke@example.org", "mıke@example.org", True),
        ("mike@example.org", "mıke@example.org", False),
        ("mike@example.org", "mi\u212ae@example.org", False),  # the Kelvin sign
        ("mike@example.org", "mikey@example.org", False),
    ],
)
def test_an_address_that_only_looks_the_same_is_another_one(stored: str, verified: str, is_same: bool) -> None:
    """PostgreSQL compares in upper case, where an ı without a dot becomes an I."""
    assert single_sign_on.is_same(stored, verified) is is_same


def test_an_account_that_the_database_takes_for_the_same_is_not_opened(
    people: dict[str, User], provider: Provider, come: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite compares otherwise, so the query's answer is put in its place."""
    User.objects.filter(username="lead-ana").update(email="mike@example.org")
    provider.claims["email"] = "mıke@example.org"
    found = User.objects.filter(username="lead-ana")
    there = User.objects.filter
    monkeypatch.setattr(
        User.objects, "filter", lambda *given, **more: found if "email__iexact" in more else there(*given, **more)
    )
    browser, answer = come()
    assert answer.status_code == 403 and not is_in(browser) and not SocialAccount.objects.exists()


def test_nobody_takes_a_colleagues_address_and_with_it_their_sign_in(settings: Any, people: dict[str, User]) -> None:
    person = people["reviewer"]
    given: dict[str, Any] = {
        "person": person, "name": "Ana", "email": "boss@example.org", "language": "en", "time_zone": "UTC",
        "current_password": "correct horse battery", "address": "127.0.0.1",
    }  # fmt: skip
    settings.OIDC_NAME = "Relief login"
    with pytest.raises(InvalidFields) as refused:
        profiles.change(**given)
    assert set(refused.value.fields) == {"email"}
    person.refresh_from_db()
    assert person.email == ""
    settings.OIDC_NAME = ""
    profiles.change(**given)
    person.refresh_from_db()
    assert person.email == "boss@example.org"
