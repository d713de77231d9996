"""How many English messages the detected language would set apart, of every set of labelled messages.

    python benchmarks/language_study.py CORPUS_DIR

CORPUS_DIR holds files *.csv.gz with columns `text` and `lang`. Prints each set's English messages, how many of them count as
untested without a tag, and how many lose their tag `en`. Exit code 1: more than five in a thousand of some set. Some 45
seconds on one core for 195,000 messages.
"""

import argparse
import csv
import gzip
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from classifier import detection
from classifier.languages import is_measured

MOST = 0.005


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    options.add_argument("corpus", type=Path)
    files = sorted(options.parse_args().corpus.glob("*.csv.gz"))
    if not files:
        raise SystemExit("There are no files *.csv.gz in that folder.")
    worst = 0.0
    for path in files:
        texts = english(path)
        apart = sum(
            not is_measured(one.code, one.script, chances=one.chances)
            for one in detection.read([""] * len(texts), texts)
        )
        untagged = sum(code != "en" for code in detection.settle(["en"] * len(texts), texts))
        print(f"{path.name}: {len(texts):,} English messages, {apart} set apart, {untagged} without their tag")
        worst = max(worst, apart / max(1, len(texts)), untagged / max(1, len(texts)))
    return int(worst > MOST)


def english(path: Path) -> list[str]:
    """The texts of a set that it calls English."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [row["text"] for row in csv.DictReader(file) if row["lang"] == "en"]


if __name__ == "__main__":
    raise SystemExit(main())
