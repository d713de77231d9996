"""Run by test_race in a process of its own: several threads send one request with one Idempotency-Key.

SQLite in memory, which tests share, does not let threads wait for each other; a database in a file does.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import django

THREADS = 6


def main() -> None:
    django.setup()
    from django.db import connection
    from rest_framework.test import APIClient

    from classifier.models import Prediction
    from responder import roles
    from responder.models import User
    from responder.partners import tokens

    partner = User.objects.create_user("partner")
    roles.grant(user=partner, role="partner")
    _, secret = tokens.issue(owner=partner, organisation="Relief", name="Race", scopes=["predict"], by=partner)
    together = Barrier(THREADS)

    def send(racing: bool) -> tuple[int, str]:
        client = APIClient(headers={"Authorization": f"Token {secret}", "Idempotency-Key": "race", "Host": "localhost"})
        if racing:
            together.wait(30)
        try:
            response = client.post("/api/v1/predictions", {"messages": [{"text": "Help in Beira"}]}, format="json")
            return response.status_code, response.content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(send, [True] * THREADS))
    answers.append(send(False))  # once more, when all is over
    json.dump({"answers": answers, "effects": Prediction.objects.count()}, sys.stdout)


if __name__ == "__main__":
    main()
