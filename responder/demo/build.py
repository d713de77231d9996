"""Writes the bundled exercise from the phrase banks, the same bytes on every machine.

`python -m responder.demo.build` rewrites `exercise.ndjson`; `--describe` prints the composition instead.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from responder.demo.banks import wave_of
from responder.demo.compose import Draft, compose
from responder.demo.exercise import FILE, distinct_text, near_duplicates, posts
from responder.demo.scripts import script_of


def _gold(draft: Draft) -> dict[str, Any]:
    line, place = draft.line, draft.place
    spot = None
    if place:
        spot = {
            "name": place.name,
            "country_code": place.country_code,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "type": place.type,
        }
    return {
        "category": line.category,
        "emergency": line.emergency,
        "priority": line.priority,
        "needs": sorted(line.needs),
        "place": spot,
        "rumour": line.rumour,
    }


def rows(drafts: Sequence[Draft]) -> list[dict[str, Any]]:
    """Return the posts in order of time, as in the file; numbered by wave, then by time."""
    by_wave = sorted(drafts, key=lambda draft: wave_of(draft.line.lang))
    ids = {draft: f"ex-{number:06d}" for number, draft in enumerate(by_wave, start=1)}
    return [_row(draft, ids) for draft in drafts]


def _row(draft: Draft, ids: dict[Draft, str]) -> dict[str, Any]:
    parent = ids[draft.parent] if draft.parent else None
    answers = draft.kind in ("thread", "reply")
    return {
        "id": ids[draft],
        "created_at_offset_s": draft.offset,
        "author": draft.author.handle,
        "author_name": draft.author.name,
        "text": draft.text,
        "lang": draft.line.lang,
        "reply_to": parent if answers else None,
        "repost_of": None if answers else parent,
        "gold": _gold(draft),
    }


def encode(entries: Iterable[dict[str, Any]]) -> bytes:
    """One JSON object a line. Plain, not gzip: compressed bytes differ between builds of zlib."""
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries).encode()


def _shares(title: str, values: Iterable[str]) -> list[str]:
    counts = Counter(values)
    total = sum(counts.values())
    body = [f"| {name} | {count} | {100 * count / total:.1f} % |" for name, count in sorted(counts.items())]
    return [f"| {title} | Posts | Share |", "|---|---:|---:|", *body, ""]


def describe() -> str:
    """The composition of the file on disk, as Markdown tables."""
    every = list(posts())
    golds = [post.gold for post in every]
    facts = {
        "Posts": len(every),
        "Authors": len({post.author for post in every}),
        "Distinct texts": len({distinct_text(post.text) for post in every}),
        "Reposts and quotes": sum(post.repost_of is not None for post in every),
        "Near-duplicates of an earlier post": f"{100 * near_duplicates(every) / len(every):.1f} %",
        "Replies and thread posts": sum(post.reply_to is not None for post in every),
        "With a resolved place": f"{100 * sum(g.place is not None for g in golds) / len(every):.1f} %",
        "About a real emergency": f"{100 * sum(g.emergency for g in golds) / len(every):.1f} %",
        "Rumours": sum(g.rumour for g in golds),
    }
    out = ["| Fact | Value |", "|---|---:|", *(f"| {name} | {value} |" for name, value in facts.items()), ""]
    out += _shares("Category", (g.category for g in golds))
    out += _shares("Priority", (g.priority for g in golds))
    out += _shares("Language", (post.lang for post in every))
    out += _shares("Script", (script_of(post.text) for post in every))
    out += _shares("Need", (need for g in golds for need in g.needs))
    out += _shares("Country of the place", (g.place.country_code if g.place else "none" for g in golds))
    out += _shares("Hour", (f"{post.offset_s // 3600:02d}" for post in every))
    return "\n".join(out)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m responder.demo.build", description="Rebuild the bundled exercise.")
    parser.add_argument("--describe", action="store_true", help="print the composition of the file and write nothing")
    parser.add_argument("--output", type=Path, default=FILE, help="where to write (default: the bundled file)")
    options = parser.parse_args(arguments)
    if options.describe:
        sys.stdout.write(describe())
        return 0
    options.output.write_bytes(encode(rows(compose())))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
