"""Writes the tables of docs/reference/capacity.md from the files of the runs that measured them; `--check` exits 1 where they differ.

Runs: docs/figures/benchmark.json (`responder benchmark --output`), event-streams.json (benchmarks/event_streams.py),
operations-room.json (benchmarks/operations_room.py), restore.json (benchmarks/restore.py), ingest-load.json
(benchmarks/ingest_load.py), api-scaling.json (benchmarks/api_scaling.py), million-posts.json (benchmarks/million_posts.py).
Proofs, which write their file into the folder that FIGURES names (`FIGURES=docs/figures pytest -m slow …`):
prediction-job.json (tests/responder/prediction_jobs/test_by_real_processes.py), webhooks-10000.json
(tests/responder/webhooks/test_delivery.py), generated-requests-28.json (tests/responder/api/test_schema.py),
racing-pairs.json (tests/responder/api/test_race.py).
"""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "capacity.md"
MACHINES = (1, 10, 100)
HOUR = 3600
ROWS = (1_000_000, 10_000_000, 100_000_000)


def main() -> int:
    text = updated = PAGE.read_text()
    for name, table in (
        ("measured", measured()),
        ("machines", machines()),
        ("restores", restores()),
        ("proofs", proofs()),
    ):
        begin, end = f"<!-- {name}: written by scripts/capacity.py -->\n", f"<!-- end of {name} -->"
        before, rest = updated.split(begin)
        updated = before + begin + table + end + rest.split(end)[1]
    if "--check" in sys.argv:
        return int(updated != text)
    PAGE.write_text(updated)
    return 0


def measured() -> str:
    """What was measured on one machine of two cores, and by which run."""
    speed, streams, room, restore = (
        _read(name) for name in ("benchmark", "event-streams", "operations-room", "restore")
    )
    load, api, million = (_read(name) for name in ("ingest-load", "api-scaling", "million-posts"))
    one, two = (api["one message, 8 clients"][name] for name in ("one process", "two processes"))
    live, map_ = room["live"], room["first_map"]["at 9 Mb/s, 85 ms, CPU ÷2"]
    postgresql = restore["postgresql"]
    return _table(
        ("What", "Measured", "Run"),
        [
            ("different texts read, two processes", f"{speed['ours']:.0f} a second", "benchmark.json"),
            ("… one process", f"{speed['one_process']:.0f} a second", "benchmark.json"),
            ("texts of a stream with 65 % copies", f"{speed['stream']:.0f} a second", "benchmark.json"),
            ("posts from the feed to the page, all processes on the two cores",
             f"{load['saturated_per_s']} a second at most; at {load['offered_per_s']:.0f} a second, on the page after "
             f"{load['steady_post_to_screen_s']['p95']} s (p95)", "ingest-load.json"),
            ("predictions over the API, one message each, one / two web processes",
             f"{one['requests_per_s']:.0f} / {two['requests_per_s']:.0f} a second; p99 {one['p99_ms']:.0f} / {two['p99_ms']:.0f} ms",
             "api-scaling.json"),
            (f"map and list of {million['posts']:,} posts, whole event", f"{million['p95_ms']['map']['whole event']:.0f} ms and "
             f"{million['p95_ms']['list, most urgent first']['whole event']:.0f} ms (p95)", "million-posts.json"),
            ("pages that listen, one web process", f"{streams['clients']:,} at once; 99 of 100 messages within "
             f"{streams['delivery_p99_s']:.2f} s, none lost; other requests take {streams['ratio_of_p95']:.2f} times as "
             f"long (p95), on a machine busy with other work", "event-streams.json"),
            ("first map with " + f"{room['posts']:,} posts", f"{map_['marks_ms'] / 1000:.1f} s at 9 Mb/s", "operations-room.json"),
            ("a decision by keyboard", f"answered in {room['keyboard']['response_p95_ms']} ms (p95)", "operations-room.json"),
            ("a new post until it is on an open page", f"{live['p95_s']:.2f} s (p95)", "operations-room.json"),
            *((f"{label}, {part['rows']:,} rows", " / ".join(f"{part['seconds'][key]} s" for key in (
                "backup_under_the_stream", "restore_after_destruction", "restore_over_what_is_there")), "restore.json")
              for label, part in (("backup under a stream / restore / restore over what is there, SQLite", restore["sqlite"]),
                                  ("… PostgreSQL", postgresql))),
        ],
    )  # fmt: skip


def machines() -> str:
    """On paper: the measured machine, so many times."""
    texts, clients = _read("benchmark")["ours"], _read("event-streams")["clients"]
    posts = _read("ingest-load")["saturated_per_s"]
    calls = _read("api-scaling")["one message, 8 clients"]["two processes"]["requests_per_s"]
    rows = []
    for count in MACHINES:
        how = "measured, each by itself" if count == 1 else "on paper"
        figures = (posts * count, posts * count * HOUR, texts * count, calls * count, clients * count)
        rows.append((f"{count}", *(f"{one:,.0f}" for one in figures), how))
    head = ("Machines of two cores", "Posts a second, feed to page", "… an hour", "Texts read a second", "API calls a second",
            "Pages that listen", "")  # fmt: skip
    return _table(head, rows)


def restores() -> str:
    part = _read("restore")["postgresql"]
    rate = part["rows"] / part["seconds"]["restore_after_destruction"]
    rows = [(f"{part['rows']:,}", f"{part['seconds']['restore_after_destruction']:.1f} s", "measured")]
    rows += [(f"{count:,}", f"{count / rate / 60:,.0f} min", "on paper, in proportion") for count in ROWS]
    return _table(("Rows", "Restore on PostgreSQL", ""), rows)


def proofs() -> str:
    """What was proved once by hand, because it takes minutes, and what came of it."""
    job, sent, asked, raced = (
        _read(name) for name in ("prediction-job", "webhooks-10000", "generated-requests-28", "racing-pairs")
    )
    statuses = ", ".join(f"{count:,} × {status}" for status, count in asked["statuses"].items())
    rows = [
        ("prediction job", f"{job['rows']:,} rows; the queue killed {job['kills']} times in the middle",
         f"done in {job['seconds'] / 60:.0f} minutes, complete and in order; largest process {job['largest_process_mb']} MB; "
         f"{job['different_readings_of_progress']} readings of progress; bad row told: line {job['bad_rows'][0]['line']:,}", job),
        ("webhooks", f"{sent['events']:,} events to a receiver that answers 500, 302, 503 for three days, hangs up, keeps and "
         "hangs up, says nothing, and once 410",
         f"{sent['missing']} missing after {sent['tries']:,} tries; {sent['came_twice']:,} came twice, under the same id; "
         f"{sent['forged_refused']} of {sent['forged']} forged, changed or old ones refused", sent),
        ("OpenAPI", f"{asked['requests']:,} generated requests to {asked['operations']} operations, valid and not",
         f"none undocumented, none 5xx, none granted without a token: {statuses}", asked),
        ("Idempotency-Key", f"{raced['pairs']} pairs that race on two web processes over PostgreSQL",
         f"{raced['effects']} effects, {raced['pairs_with_different_answers']} pairs with different answers; "
         f"{raced['statuses'].get('409', 0)} were told to repeat it, and got the first one's answer", raced),
    ]  # fmt: skip
    head = ("What", "Run once by hand", "What came of it", "On")
    return _table(head, [(*cells, figures["date"]) for *cells, figures in rows])


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, tuple("---" for _ in head), *rows)]
    return "\n".join(lines) + "\n"


def _read(name: str) -> Any:
    return json.loads((ROOT / "docs" / "figures" / f"{name}.json").read_text())


if __name__ == "__main__":
    sys.exit(main())
