"""Addresses that Azure's answers name are Azure's own, and a token does not leave with a redirect."""

from urllib.request import Request

import pytest

from classifier.azure import hosts, jobs, scoring
from classifier.registry.errors import Refused
from tests.fakes.inside import INSIDE, listening

ELSEWHERE = [
    "http://blue.westeurope.inference.ml.azure.com/score", "https://evil.example/score",
    "https://inference.ml.azure.com.evil.example/score", "https://a.inference.ml.azure.com@evil.example/score",
    "https://a.inference.ml.azure.com:8443/score", "file:///etc/passwd",
]  # fmt: skip


def test_no_inside_address_is_reached() -> None:
    with listening() as inside:
        for host in INSIDE:
            for scheme in ("http", "https"):
                address = f"{scheme}://{inside.authority(host)}/x"
                with pytest.raises(Refused):
                    jobs._tail(address, 0)
                with pytest.raises(Refused):
                    scoring.ask(address, [])
        assert inside.opened == [] and inside.accepted == 0


@pytest.mark.parametrize("address", ELSEWHERE)
def test_other_hosts_are_refused_before_a_token_is_made(address: str) -> None:
    with listening() as inside:
        with pytest.raises(Refused, match="is not a host of Azure"):
            scoring.ask(address, [])
        assert inside.opened == []


def test_a_redirect_is_an_answer_not_a_way() -> None:
    request = Request("https://a.inference.ml.azure.com/score")
    assert hosts._NoRedirects().redirect_request(request, None, 302, "Found", {}, "http://127.0.0.1/") is None
