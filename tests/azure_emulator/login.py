"""login.microsoftonline.com: the client-credentials flow, and what msal asks before it."""

import time
from urllib.parse import parse_qs

import jwt

from tests.azure_emulator.proxy import Answer, Call, Refused, route
from tests.azure_emulator.state import CLIENT, SECRET, TENANT, state

HOST = r"login\.microsoftonline\.com"
KEY = "the stand-in's own key, which signs nothing of worth"


@route("GET", HOST, "/common/discovery/instance")
def discovery(call: Call) -> Answer:
    known = {"preferred_network": "login.microsoftonline.com", "preferred_cache": "login.windows.net",
             "aliases": ["login.microsoftonline.com", "login.windows.net"]}  # fmt: skip
    return Answer(200, {
        "tenant_discovery_endpoint": f"https://login.microsoftonline.com/{TENANT}/v2.0/.well-known/openid-configuration",
        "api-version": "1.1", "metadata": [known],
    })  # fmt: skip


@route("GET", HOST, "/{tenant}/v2.0/.well-known/openid-configuration")
def configuration(call: Call) -> Answer:
    base = f"https://login.microsoftonline.com/{TENANT}"
    return Answer(200, {
        "issuer": f"{base}/v2.0", "token_endpoint": f"{base}/oauth2/v2.0/token",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
    })  # fmt: skip


@route("POST", HOST, "/{tenant}/oauth2/v2.0/token")
def token(call: Call) -> Answer:
    form = {key: values[0] for key, values in parse_qs(call.body.decode()).items()}
    if (call.match["tenant"], form.get("client_id"), form.get("client_secret")) != (TENANT, CLIENT, SECRET):
        return Answer(401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret."})
    audience = form["scope"].removesuffix("/.default").removesuffix("/")
    claims = {"aud": audience, "tid": TENANT, "oid": CLIENT, "exp": int(time.time()) + 3600}
    made = jwt.encode(claims, KEY, "HS256")
    state().tokens.add(made)
    return Answer(200, {"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": made})


def require(call: Call, *audiences: str) -> None:
    """A bearer token of ours for one of these audiences, else 401."""
    given = call.headers.get("authorization", "").removeprefix("Bearer ")
    if given not in state().tokens:
        raise Refused(401, "InvalidAuthenticationToken", "The access token is missing or invalid.")
    found = jwt.decode(given, KEY, ["HS256"], options={"verify_aud": False})["aud"]
    if found.rstrip("/") not in audiences:
        raise Refused(401, "InvalidAuthenticationTokenAudience", f"The token is for {found}, not for {audiences}.")
