"""What the rules that raise a priority find, and what they cost.

    python benchmarks/priority_rules.py [FILE] [--unknown-language]

FILE holds one JSON object a line with `text`, `lang` and `urgent` (default: classifier/ml/parallel.jsonl). Prints per
language: the share of urgent posts that the rules alone raise to High or Critical, the share of the others that they
raise, and microseconds of CPU time a post (best of five rounds). The first line is the time to load all languages.
"""

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from classifier import priority
from classifier.urgency import lexicon

POSTS = Path(__file__).parents[1] / "classifier" / "ml" / "parallel.jsonl"
ROUNDS = 5


def main() -> None:
    """Print the figures as a table."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    arguments.add_argument("file", nargs="?", type=Path, default=POSTS)
    arguments.add_argument("--unknown-language", action="store_true", help="as if nobody named the posts' language")
    chosen = arguments.parse_args()
    start = time.process_time()
    lexicon.lexicon()
    print(f"load: {(time.process_time() - start) * 1000:.0f} ms")
    by_language: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in chosen.file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        by_language[row["lang"]].append(row)
    print("lang  urgent raised  others raised  µs a post")
    for language, rows in sorted(by_language.items()):
        stated = None if chosen.unknown_language else language
        urgent = [_is_raised(row["text"], stated) for row in rows if row["urgent"]]
        others = [_is_raised(row["text"], stated) for row in rows if not row["urgent"]]
        found, wrong = f"{sum(urgent)}/{len(urgent)}", f"{sum(others)}/{len(others)}"
        print(f"{language:4}  {found:>13}  {wrong:>13}  {_microseconds(rows, stated):9.0f}")


def _is_raised(text: str, lang: str | None) -> bool:
    return next(priority.rules(text, lang), None) is not None


def _microseconds(rows: list[dict[str, Any]], lang: str | None) -> float:
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for row in rows:
            _is_raised(row["text"], lang)
        rounds.append((time.process_time() - start) / len(rows) * 1e6)
    return min(rounds)


if __name__ == "__main__":
    main()
