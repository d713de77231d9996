"""Run by test_race in a process of its own: pairs of one request with one Idempotency-Key race on two web processes."""

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx

from tests.responder.api.servers import two_servers

PAIRS = 100


def main() -> None:
    with two_servers() as (addresses, _token, secret), ThreadPoolExecutor(2) as pool:
        from classifier.models import Prediction
        from responder.models import IdempotencyRecord

        together = Barrier(2)
        clients = [httpx.Client(base_url=address, timeout=60) for address in addresses]

        def ask(client: httpx.Client, number: int) -> tuple[int, str]:
            headers = {"Authorization": f"Token {secret}", "Idempotency-Key": f"pair-{number}"}
            result = {"messages": [{"text": f"Help in Beira, house {number}"}]}
            answer = client.post("/api/v1/predictions", json=result, headers=headers)
            return answer.status_code, answer.text

        def race(client: httpx.Client, number: int) -> tuple[int, str]:
            together.wait(60)
            return ask(client, number)

        first, different = Counter[int](), 0
        for number in range(PAIRS):
            raced = list(pool.map(race, clients, [number] * 2))
            first.update(status for status, _body in raced)
            late = [ask(client, number) for client in clients]  # whoever was told to repeat it does
            bodies = {body for status, body in raced + late if status == 200}
            different += len(bodies) != 1 or any(status != 200 for status, _body in late)
        result = {"pairs": PAIRS, "statuses": first, "pairs_with_different_answers": different}
        result |= {"effects": Prediction.objects.count(), "records": IdempotencyRecord.objects.count()}
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
