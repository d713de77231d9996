"""A large CSV through the import page of a real server: progress, memory, a queue that is killed, an import that is cancelled.

    python benchmarks/import_file.py [--rows 1500000] [--kill-at 33] [--output docs/figures/import-file.json]

1. A web process and a queue on SQLite, in a folder that goes away. No worker: classification is measured elsewhere.
2. A lead signs in, uploads the file by the form, looks at its preview and starts the import.
   Before that, the same file is imported under another name and cancelled: it stops, and what it imported stays.
3. When a third is imported, the queue's processes get SIGKILL; a new queue goes on when the dead one's lease is over.
4. At the end every row is stored and counted once.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.services import free_port  # noqa: E402

PASSWORD = "correct horse battery"
STARTS_WITHIN_S, ENDS_WITHIN_S, SAMPLE_S, LOOK_S = 180, 7_200, 0.5, 2.0
PREPARE = f"""
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from responder import roles
from responder.models import Event, User
lead = User.objects.create_user("lead", password={PASSWORD!r}, toured=True)
roles.grant(user=lead, role="lead")
print(Event.objects.create(ref="flood", name="Flood", time_zone="Africa/Maputo").pk)
"""
WAKE = "import django; django.setup(); from responder import imports; print(imports.wake())"
STORED = """
import django; django.setup()
import json
from responder.models import Post
imported = Post.objects.filter(source="wire")
print(json.dumps([imported.count(), imported.values("source_id").distinct().count()]))
"""
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
PERCENT = re.compile(r'<progress max="100" value="(\d+)"')
COUNT = re.compile(r"<dt>([^<]+)</dt><dd class=\"num\">([\d,]+)")
REPLIES = ("Water is rising at the bridge of town {}", "Two families wait on a roof in street {}", "The road to farm {} is cut",
           "We need insulin at clinic {} before the night", "School {} has beds and food for a hundred people")  # fmt: skip


class Memory(threading.Thread):
    """Samples the resident memory of each process of some trees; `peak_mb` holds the largest of each kind."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.trees: dict[str, int] = {}
        self.peak_mb: dict[str, int] = defaultdict(int)
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(SAMPLE_S):
            for kind, pid in list(self.trees.items()):
                with suppress(psutil.Error):
                    root = psutil.Process(pid)
                    sizes = []
                    for process in (root, *root.children(recursive=True)):
                        with suppress(psutil.Error):
                            sizes.append(process.memory_info().rss)
                    self.peak_mb[kind] = max(self.peak_mb[kind], max(sizes, default=0) // 2**20)


class Site:
    """A web process and a queue with a folder of their own."""

    def __init__(self, folder: Path, memory: Memory) -> None:
        self.folder, self.memory, self.port = folder, memory, free_port()
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("RESPONDER_", "DJANGO_"))}
        for name in ("DATABASE_URL", "REDIS_URL"):
            kept.pop(name, None)
        self.environment = kept | {
            "RESPONDER_DATA_DIR": str(folder / "data"), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1",
            "DJANGO_SETTINGS_MODULE": "responder.settings",
        }  # fmt: skip
        self.log = (folder / "log").open("wb")
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def python(self, code: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-c", code], env=self.environment, cwd=ROOT, capture_output=True, text=True, check=True
        )
        return ran.stdout.strip().splitlines()[-1]

    def start(self, kind: str) -> None:
        command = {
            "web": ["-m", "responder.processes.server", "--port", str(self.port)], "queue": ["-m", "responder.cli", "qcluster"],
        }[kind]  # fmt: skip
        self.running[kind] = subprocess.Popen(
            [sys.executable, *command],
            env=self.environment,
            cwd=ROOT,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        self.memory.trees[kind] = self.running[kind].pid

    def kill(self, kind: str) -> None:
        process = self.running.pop(kind)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)

    def wait(self) -> None:
        end = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < end:
            with suppress(httpx.HTTPError):
                httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=5)
                return
            time.sleep(0.5)
        raise RuntimeError((self.folder / "log").read_text()[-2000:])


class Lead:
    """A lead at the pages."""

    def __init__(self, port: int, event: str) -> None:
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=900, headers={"Accept": "text/html"})
        self.event = event
        page = self.client.get("/login/").text
        given = {"username": "lead", "password": PASSWORD, "csrfmiddlewaretoken": _token(page)}
        assert self.client.post("/login/", data=given).status_code == 302

    def upload(self, path: Path, source: str) -> str:
        """The address of the draft."""
        form = {
            "source": source,
            "event": self.event,
            "new_event": "",
            "time_zone": "",
            "csrfmiddlewaretoken": self._csrf(),
        }
        with path.open("rb") as file:
            answer = self.client.post("/import/send", data=form, files={"file": (path.name, file, "text/csv")})
        assert answer.status_code == 302, answer.text[:2000]
        return answer.headers["Location"]

    def post(self, address: str) -> None:
        answer = self.client.post(address, data={"csrfmiddlewaretoken": self._csrf()})
        assert answer.status_code == 302, answer.text[:2000]

    def progress(self, address: str) -> tuple[bool, int, dict[str, int]]:
        """(whether it is over, percent, counts by their labels)."""
        part = self.client.get(f"{address}progress").text
        counts = {label: int(number.replace(",", "")) for label, number in COUNT.findall(part)}
        found = PERCENT.search(part)
        return 'data-over="yes"' in part, int(found[1]) if found else 100, counts

    def _csrf(self) -> str:
        return _token(self.client.get("/import/").text)


def write(path: Path, rows: int) -> None:
    """A CSV of about 133 bytes a row: an id, a time without a zone, a text, an author, a language."""
    with path.open("w", encoding="utf-8") as file:
        file.write("id,created_at,text,author,lang\n")
        for number in range(rows):
            text = REPLIES[number % len(REPLIES)].format(number)
            file.write(
                f'{1_700_000_000_000_000_000 + number},2026-03-{1 + number % 28:02d} 10:{number % 60:02d}:00,"{text}, '
                f'says neighbour {number % 997}; please send somebody today",user_{number % 50_000},en\n'
            )


def measure(rows: int, folder: Path, kill_at: int = 33) -> dict[str, Any]:
    """Import a file of so many rows; kills the queue when `kill_at` percent are imported."""
    memory = Memory()
    memory.start()
    site, path = Site(folder, memory), folder / "posts.csv"
    write(path, rows)
    event = site.python(PREPARE)
    site.start("web")
    site.wait()
    site.start("queue")
    try:
        lead = Lead(site.port, event)
        time.sleep(2 * SAMPLE_S)
        before = dict(memory.peak_mb)
        cancelled = _cancel(site, lead, path)
        figures = _import(site, lead, path, rows, kill_at)
        stored = json.loads(site.python(STORED))
        return {
            "date": f"{datetime.now(UTC):%Y-%m-%d}", "rows": rows, "megabytes": round(path.stat().st_size / 1e6, 1),
            **figures, "posts_stored": stored[0], "distinct_posts": stored[1], "memory_mb_before": before,
            "memory_mb_at_most": dict(memory.peak_mb), "cancelled": cancelled, "processors": os.cpu_count(),
        }  # fmt: skip
    finally:
        memory.over.set()
        for kind in list(site.running):
            site.kill(kind)


def _import(site: Site, lead: Lead, path: Path, rows: int, kill_at: int) -> dict[str, Any]:
    began = time.monotonic()
    address = lead.upload(path, "wire")
    uploaded = time.monotonic()
    preview = lead.client.get(address).text
    previewed = time.monotonic()
    assert f"about {rows:,} rows" in preview or f"Import {rows:,} rows" in preview, "the preview says how many rows"
    lead.post(f"{address}start")
    started = time.monotonic()
    is_over, seen, killed_at, woken, killed, waited = False, list[int](), None, started, started, 0.0
    while not is_over:
        time.sleep(LOOK_S)
        is_over, percent, counts = lead.progress(address)
        seen.append(percent)
        if len(seen) % 20 == 0:
            print(
                f"{time.monotonic() - started:.0f} s, {percent} %, {counts}, {dict(site.memory.peak_mb)} MB",
                file=sys.stderr,
            )
        if killed_at is None and percent >= kill_at:
            killed_at = counts["Rows read"]
            site.kill("queue")
            killed = time.monotonic()
            site.start("queue")
        if killed_at is not None and time.monotonic() - woken > 15:  # beat's task does this every minute
            woken = time.monotonic()
            site.python(WAKE)
        if killed_at is not None and counts["Rows read"] == killed_at:
            waited = time.monotonic() - killed
        assert time.monotonic() - started < ENDS_WITHIN_S, counts
    seconds = time.monotonic() - started
    assert killed_at is not None
    assert counts["Rows read"] == counts["New posts"] == rows, counts
    assert seen == sorted(seen), "progress goes forward"
    return {
        "upload_s": round(uploaded - began, 1), "preview_s": round(previewed - uploaded, 1), "import_s": round(seconds),
        "rows_a_second": round(rows / (seconds - waited)), "killed_at_row": killed_at, "waited_after_kill_s": round(waited),
        "readings_of_progress": len(set(seen)), "counts": counts,
    }  # fmt: skip


def _cancel(site: Site, lead: Lead, path: Path) -> dict[str, int]:
    address = lead.upload(path, "second")
    lead.post(f"{address}start")
    counts: dict[str, int] = {}
    while counts.get("Rows read", 0) == 0:
        time.sleep(LOOK_S)
        is_over, _percent, counts = lead.progress(address)
        assert not is_over
    lead.post(f"{address}cancel")
    is_over, _percent, at_once = lead.progress(address)
    time.sleep(5 * LOOK_S)
    _over, _percent, later = lead.progress(address)
    left = list((site.folder / "data" / "imports").glob("*/input*"))
    assert is_over and at_once == later and not left, (at_once, later, left)
    return {"rows_when_cancelled": at_once["Rows read"], "rows_ten_seconds_later": later["Rows read"]}


def _token(page: str) -> str:
    found = TOKEN.search(page)
    assert found, page[:500]
    return found[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_500_000)
    parser.add_argument("--kill-at", type=int, default=33, help="percent that are imported when the queue is killed")
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # its processes end with it
    with tempfile.TemporaryDirectory(prefix="responder-import-") as folder:
        figures = json.dumps(measure(given.rows, Path(folder), given.kill_at), indent=2)
    print(figures)
    if given.output:
        given.output.write_text(f"{figures}\n")


if __name__ == "__main__":
    main()
