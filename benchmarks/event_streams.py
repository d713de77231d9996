"""Five hundred event streams at one process: how late changes arrive, and what other requests lose by them.

    python benchmarks/event_streams.py [docs/figures/event-streams.json]

Starts the product itself. Each run asks for the map's data without streams and with them; the ratio of the 95th
percentiles is the run's, and the median of the runs is the figure.
"""

import asyncio
import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import httpx
from served import PASSWORD, arrive, percentile, running

CLIENTS, RUNS, EVENTS, REQUESTS = 500, 5, 12, 60
OPENED_AT_ONCE = 25


def cookie(address: str) -> str:
    """The session of somebody who signed in."""
    with httpx.Client(base_url=address, follow_redirects=False) as session:
        session.get("/login/")
        form = {"username": "lead-ana", "password": PASSWORD, "csrfmiddlewaretoken": session.cookies["csrftoken"]}
        session.post("/login/", data=form, headers={"Referer": address})
        return f"sessionid={session.cookies['sessionid']}"


class Stream:
    """One client: what it was told, and when."""

    def __init__(self) -> None:
        self.shown_at: dict[int, float] = {}
        self.open = False

    async def run(self, address: str, session: str) -> None:
        host, port = address.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        request = f"GET /live/stream?event=flood HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {session}\r\nAccept: text/event-stream\r\n\r\n"
        writer.write(request.encode())
        self.open = (await reader.readline()).split()[1] == b"200"
        try:
            while line := await reader.readline():
                if line.startswith(b"data: ") and b'"posts"' in line:
                    at = time.time()
                    for post in json.loads(line[6:])["posts"]:
                        self.shown_at.setdefault(post["id"], at)
        finally:
            writer.close()


async def requests(address: str, session: str) -> list[float]:
    """Seconds of each of some requests for the map's data, one after the other."""
    spent = []
    async with httpx.AsyncClient(base_url=address, headers={"Cookie": session}, timeout=60) as client:
        for _request in range(REQUESTS):
            started = time.perf_counter()
            (await client.get("/map/data?event=flood&bbox=32,-22,37,-16&z=7")).raise_for_status()
            spent.append(time.perf_counter() - started)
    return spent[5:]


async def one_run(address: str, session: str, number: int) -> dict[str, Any]:
    without = await requests(address, session)
    streams = [Stream() for _client in range(CLIENTS)]
    tasks = []
    for start in range(0, CLIENTS, OPENED_AT_ONCE):
        tasks += [asyncio.create_task(one.run(address, session)) for one in streams[start : start + OPENED_AT_ONCE]]
        await asyncio.sleep(0.2)
    end = time.monotonic() + 60
    while not all(one.open for one in streams) and time.monotonic() < end:
        await asyncio.sleep(0.2)
    await asyncio.sleep(3)
    written: dict[int, float] = {}

    async def write() -> None:
        for event in range(EVENTS):
            at = time.time()
            written[await asyncio.to_thread(arrive, number * 1000 + event)] = at
            await asyncio.sleep(0.93)

    writing = asyncio.create_task(write())
    beside = await requests(address, session)
    await writing
    await asyncio.sleep(4)
    waits = [one.shown_at[post] - at for one in streams for post, at in written.items() if post in one.shown_at]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(2)
    return {
        "open": sum(one.open for one in streams), "delivered": len(waits), "of": CLIENTS * EVENTS,
        "delivery_p50_s": round(statistics.median(waits), 3), "delivery_p99_s": round(percentile(waits, 0.99), 3),
        "requests_p95_ms_without": round(percentile(without, 0.95) * 1e3, 1),
        "requests_p95_ms_with": round(percentile(beside, 0.95) * 1e3, 1),
        "ratio": round(percentile(beside, 0.95) / percentile(without, 0.95), 2),
    }  # fmt: skip


async def all_runs(address: str) -> list[dict[str, Any]]:
    session = await asyncio.to_thread(cookie, address)
    found = []
    for number in range(RUNS):
        found.append(await one_run(address, session, number))
        print(json.dumps(found[-1]), file=sys.stderr)
    return found


def main() -> None:
    with running() as address:
        load = round(os.getloadavg()[0], 2)
        runs = asyncio.run(all_runs(address))
    figures = {
        "machine": {"cores": os.cpu_count(), "load_before": load}, "clients": CLIENTS, "runs": runs,
        "delivery_p99_s": statistics.median(run["delivery_p99_s"] for run in runs),
        "ratio_of_p95": statistics.median(run["ratio"] for run in runs),
    }  # fmt: skip
    text = json.dumps(figures, indent=1)
    print(text)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text + "\n")


if __name__ == "__main__":
    main()
