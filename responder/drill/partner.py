"""A partner that calls the API during a drill and records the responses."""

import threading
import time
from collections import Counter

import httpx

PAUSE_S = 0.3


class Partner:
    """Reads posts and asks for predictions in turn, until it is stopped."""

    def __init__(self, port: int, secret: str) -> None:
        self._base, self._secret = f"http://127.0.0.1:{port}", secret
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self.answers: Counter[int] = Counter()
        self.unanswered = 0  # while the web process itself is dead

    def start(self) -> None:
        """Start calling the API."""
        self._thread.start()

    def stop(self) -> None:
        """Stop calling the API."""
        self._stop.set()
        self._thread.join(30)

    @property
    def wrong(self) -> dict[int, int]:
        """Responses other than 2xx, 429 and 503."""
        return {status: n for status, n in self.answers.items() if status // 100 != 2 and status not in (429, 503)}

    def _ask(self) -> None:
        headers = {"Authorization": f"Token {self._secret}"}
        with httpx.Client(base_url=self._base, headers=headers, timeout=30) as http:
            number = 0
            while not self._stop.is_set():
                number += 1
                try:
                    self.answers[self._one(http, number)] += 1
                except httpx.HTTPError:
                    self.unanswered += 1
                time.sleep(PAUSE_S)

    @staticmethod
    def _one(http: httpx.Client, number: int) -> int:
        if number % 2:
            return http.get("/api/v1/posts?limit=20").status_code
        messages = {"messages": [{"id": str(number), "text": f"Water needed at house {number}"}]}
        return http.post("/api/v1/predictions", json=messages).status_code
