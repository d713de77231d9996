"""Run by test_processes in a process of its own: issues a token, asks two servers with it, revokes it, asks again."""

import json
import sys

import httpx

from tests.responder.api.servers import two_servers


def main() -> None:
    with two_servers() as (addresses, token, secret):
        from responder.models import Organisation
        from responder.partners import tokens

        before = [_ask(address, secret) for address in addresses * 2]
        Organisation.objects.update(is_active=False)
        closed = [_ask(address, secret) for address in addresses * 2]
        Organisation.objects.update(is_active=True)
        opened = [_ask(address, secret) for address in addresses * 2]
        tokens.revoke(token=token, by=token.owner)
        after = [_ask(address, secret) for address in addresses * 2]
    answers = {"before": before, "closed": closed, "opened": opened, "after": after}
    json.dump(answers | {"processes": len(set(addresses))}, sys.stdout)


def _ask(address: str, secret: str) -> int:
    headers = {"Authorization": f"Token {secret}"}
    return httpx.get(f"{address}/api/v1/categories", headers=headers, timeout=60).status_code


if __name__ == "__main__":
    main()
