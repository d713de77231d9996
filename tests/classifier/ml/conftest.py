"""A corpus of a few hand-written rows."""

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from classifier.ml.runtime import Runtime

COLUMNS = ("event", "orig_split", "id", "lang", "text", "label")
Row = tuple[str, str, str, str]  # event, official split, text, label


@pytest.fixture(scope="session")
def runtime(shipped_runtime: Runtime) -> Runtime:
    return shipped_runtime


@pytest.fixture(scope="session")
def write_rows() -> Callable[[Path, list[Row]], None]:
    """Writes a label file as the public sets have them."""

    def write(path: Path, rows: list[Row]) -> None:
        with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows((event, split, i, "en", text, label) for i, (event, split, text, label) in enumerate(rows))

    return write


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory, write_rows: Callable[[Path, list[Row]], None]) -> Path:
    """A folder of label files for every task, with a few rows each."""
    folder = tmp_path_factory.mktemp("corpus")
    texts = {
        "requests_or_urgent_needs": "We need water and food in district",
        "sympathy_and_support": "Prayers for everybody in district",
        "infrastructure_and_utility_damage": "The bridge fell and power is out in district",
        "not_humanitarian": "Watching the match tonight in district",
    }
    rows = [("flood", split, f"{text} {n}", label) for label, text in texts.items()
            for split, n in (("train", 1), ("train", 2), ("train", 3), ("dev", 4))]  # fmt: skip
    write_rows(folder / "humaid_humanitarian.train.csv.gz", rows)
    write_rows(folder / "humaid_humanitarian.test.csv.gz",
               [("flood", "test", f"{text} 5", label) for label, text in texts.items()])  # fmt: skip
    binary = [("storm", "train", f"House number {n} is burning", "1") for n in range(20)]
    binary += [("storm", "train", f"This mixtape number {n} is fire", "0") for n in range(20)]
    write_rows(folder / "kaggle_binary.train.csv.gz", binary)
    levels = ("Critical", "High", "Medium", "Low")
    reports = [(f"event{e}", "train", f"Report {level} {e}", level) for e in range(8) for level in levels]
    write_rows(folder / "trec_is_priority.train.csv.gz", reports)
    needs = [("quake", "train", f"Send water and tents to camp {n}", "request|water|shelter") for n in range(20)]
    needs += [("quake", "train", f"The weather of day {n} is mild", "") for n in range(20)]
    write_rows(folder / "disaster_response_messages.train.csv.gz", needs)
    types = ("injured_or_dead_people", "sympathy_and_emotional_support", "treatment")
    others = [(f"place{e}", "train", f"{label} told in place {e}", label) for e in range(4) for label in types]
    write_rows(folder / "crisisnlp_crowdflower.train.csv.gz", others)
    write_locations(folder / "idrisi_lmr.train.jsonl.gz")
    return folder


def write_locations(path: Path) -> None:
    """Five events with posts that name a town, that name none, and that nobody looked at."""
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for event, town in enumerate(("Beira", "Dondo", "Chimoio", "Quelimane", "Buzi")):
            for number in range(4):
                text = f"Roads to {town} are closed &amp; wet, report {number}"
                start = text.index(town)
                mention = {"text": town, "type": "City", "start_offset": start, "end_offset": start + len(town)}
                row = {"event": f"event{event}", "split": "train", "tweet_id": str(number), "text": text}
                file.write(json.dumps(row | {"location_mentions": [mention]}) + "\n")
            unread = {"event": f"event{event}", "split": "test_unlabeled", "text": f"Nobody looked at {town}"}
            file.write(json.dumps(unread) + "\n")
