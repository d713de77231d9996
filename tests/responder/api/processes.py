"""Run by test_processes in a process of its own: issues a token, asks two servers with it, revokes it, asks again."""

import json
import os
import subprocess
import sys
import time

import django
import httpx

STARTS_WITHIN_S = 120


def main() -> None:
    django.setup()

    from responder import roles, tokens
    from responder.models import Organisation, User
    from tests.services import free_port

    partner = User.objects.create_user("partner")
    roles.grant(user=partner, role="partner")
    token, secret = tokens.issue(owner=partner, organisation="Relief", name="Two", scopes=["predict"], by=partner)
    ports = [free_port(), free_port()]
    servers = [
        subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "--port", str(port), "--log-level", "error", "responder.asgi:application"],
            env=os.environ, stdout=sys.stderr,
        )
        for port in ports
    ]  # fmt: skip
    try:
        for port in ports:
            _until_it_answers(port)
        before = [_ask(port, secret) for port in ports * 2]
        Organisation.objects.update(is_active=False)
        closed = [_ask(port, secret) for port in ports * 2]
        Organisation.objects.update(is_active=True)
        opened = [_ask(port, secret) for port in ports * 2]
        tokens.revoke(token=token, by=partner)
        after = [_ask(port, secret) for port in ports * 2]
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait(20)
    told = {"before": before, "closed": closed, "opened": opened, "after": after}
    json.dump(told | {"processes": len({s.pid for s in servers})}, sys.stdout)


def _ask(port: int, secret: str) -> int:
    headers = {"Authorization": f"Token {secret}"}
    return httpx.get(f"http://localhost:{port}/api/v1/categories", headers=headers, timeout=60).status_code


def _until_it_answers(port: int) -> None:
    end = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            httpx.get(f"http://localhost:{port}/healthz", timeout=30)
            return
        except httpx.TransportError:
            if time.monotonic() > end:
                raise
            time.sleep(0.3)


if __name__ == "__main__":
    main()
