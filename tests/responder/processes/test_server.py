"""uvicorn's options, and whose word about addresses is taken."""

import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError
from uvicorn.config import Config

from responder.processes import server
from responder.settings.schema import Environment
from responder.web import client_addresses


def test_the_server_names_every_limit_that_uvicorn_knows(settings: Any) -> None:
    limits = server.limits()
    assert limits["forwarded_allow_ips"] == settings.TRUSTED_PROXIES == ["127.0.0.1/32", "::1/128"]
    assert limits["timeout_keep_alive"] == 5 and limits["limit_concurrency"] > settings.LIVE_MAX_CLIENTS
    config = Config("responder.asgi:application", log_config=None, **limits)
    assert config.ws == "none" and config.http is limits["http"]


def test_the_server_says_how_to_start_it() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "responder.processes.server", "--help"], capture_output=True, text=True, check=True
    )
    assert "--graceful-seconds" in ran.stdout


@pytest.mark.parametrize("value", ["*", "proxy.example.org", "10.0.0.0/99"])
def test_a_trusted_proxy_is_an_address_or_a_network(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("RESPONDER_TRUSTED_PROXIES", value)
    with pytest.raises(ValidationError, match="RESPONDER_TRUSTED_PROXIES"):
        Environment()


def test_networks_of_proxies_are_trusted_and_nobody_else(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["10.1.0.0/16", "::1"]
    client_addresses.is_trusted_proxy.cache_clear()
    trusted = [
        client_addresses.is_trusted_proxy(one) for one in ("10.1.2.3", "::ffff:10.1.2.3", "::1", "10.2.0.1", "", "unix")
    ]
    client_addresses.is_trusted_proxy.cache_clear()
    assert trusted == [True, True, True, False, False, False]


def test_an_address_of_ipv6_counts_by_its_network() -> None:
    assert (
        client_addresses.counted_as("2001:db8:1:2:3:4:5:6")
        == client_addresses.counted_as("2001:db8:1:2::9")
        == "2001:db8:1:2::"
    )
    assert client_addresses.counted_as("::ffff:192.0.2.1") == client_addresses.counted_as("192.0.2.1") == "192.0.2.1"
    assert client_addresses.counted_as("") == client_addresses.counted_as("nonsense") == "unknown"
