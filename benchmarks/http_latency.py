"""One message over HTTP with eight clients, beside the bare runtime in the same run.

    RESPONDER_TOKEN=… python benchmarks/http_latency.py http://127.0.0.1:8000 [texts.csv]

Against a server of your own on this machine only, started with RESPONDER_PREDICT_RATE=1000000/min; WEB_CONCURRENCY=2
gives it two web processes. Prints the runtime's median, the clients' median and 99th percentile, the ratio of the
latter to the former, and requests a second.
"""

import os
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from classifier import tables
from classifier.ml.runtime import Runtime

CLIENTS, MESSAGES = 8, 100
MODEL = max((Path(__file__).parents[1] / "classifier" / "shipped").glob("*/manifest.json")).parent


def texts() -> list[str]:
    if len(sys.argv) > 2:
        rows = (row for _, row in tables.read_rows(sys.argv[2]) if isinstance(row, dict))
        return [str(row["text"]) for row, _ in zip(rows, range(CLIENTS * MESSAGES + 200), strict=False)]
    return [f"The bridge over river {n} is down, {n % 90} families need water and food" for n in range(1_000)]


def bare(messages: list[str]) -> float:
    """Median seconds of one message without HTTP."""
    runtime, spent = Runtime.load(MODEL, remember=False), []
    for message in messages:
        started = time.perf_counter()
        runtime.predict([message])
        spent.append(time.perf_counter() - started)
    return statistics.median(spent)


def client(messages: list[str]) -> list[float]:
    headers = {"Authorization": f"Token {os.environ['RESPONDER_TOKEN']}"}
    spent = []
    with httpx.Client(base_url=sys.argv[1], headers=headers, timeout=60) as session:
        for message in messages:
            started = time.perf_counter()
            session.post("/api/v1/predictions", json={"messages": [{"id": "1", "text": message}]}).raise_for_status()
            spent.append(time.perf_counter() - started)
    return spent[5:]  # the first few open connections


def main() -> None:
    messages = texts()
    median = bare(messages[-200:])
    shares = [messages[start : CLIENTS * MESSAGES : CLIENTS] for start in range(CLIENTS)]
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        spent = sorted(second for seconds in pool.map(client, shares) for second in seconds)
    rate = CLIENTS * MESSAGES / (time.perf_counter() - started)
    p50, p99 = spent[len(spent) // 2], spent[int(len(spent) * 0.99)]
    print(f"bare runtime p50 {median * 1e3:.1f} ms; {CLIENTS} clients p50 {p50 * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms")
    print(f"p99 over bare p50: {p99 / median:.1f}; {rate:.0f} requests/s")


if __name__ == "__main__":
    main()
