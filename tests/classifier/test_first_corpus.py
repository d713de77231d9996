"""What a fresh installation retrains on: named and counted in the how-to, free to use, and open about what it can't do."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured

pytest.importorskip("torch", reason="needs the training extra")

from classifier import clock, serving, snapshots, train
from classifier.ml import card, situations
from classifier.models import Label, TrainingRun
from classifier.train import provenance
from tests.classifier import own_labels

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "ml-engineer.md"
OURS = {"site_labels.train", "site_priorities.train", "exercise.train", "situations"}


def _row(source: str) -> list[str]:
    (line,) = (line for line in HOW_TO.read_text(encoding="utf-8").splitlines() if f"(`{source}`)" in line)
    return [cell.strip() for cell in line.strip("|").split("|")]


def _numbers(cell: str) -> list[int]:
    return [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\d|\d", cell)]


def test_the_how_to_counts_what_comes_with_the_package() -> None:
    posts = [json.loads(line) for line in Path(configured.EXERCISE_FILE).read_text(encoding="utf-8").splitlines()]
    own = [post for post in posts if not post["repost_of"]]
    assert (_numbers(_row("exercise.train")[1]), _numbers(_row("exercise.train")[2])) == (
        [len(own)], [len({post["lang"] for post in own})],
    )  # fmt: skip
    languages = Counter(row["lang"] for row in situations.read())
    (each,) = set(languages.values())
    assert _numbers(_row("situations")[1]) == [languages.total(), each]
    assert _numbers(_row("situations")[2]) == [len(languages)]
    assert _numbers(_row("site_labels.train")[1]) == [snapshots.FEWEST_LABELS]


def test_nothing_limits_the_use_of_what_comes_with_the_package() -> None:
    for source in OURS:
        assert not any(word in card.TERMS[source][1] for word in card.RESTRICTED), source
    for source in ("exercise.train", "situations"):
        assert _row(source)[3].startswith(card.TERMS[source][1]) and "Apache 2.0" in _row(source)[3]
    assert "Apache License" in (Path(__file__).parents[2] / "LICENSE").read_text()


@pytest.mark.django_db
def test_a_fresh_installation_with_labels_trains_on_its_own_texts_and_says_what_its_run_cannot_do(
    settings: Any, tmp_path: Path
) -> None:
    settings.CORPUS_DIR, settings.DATA_DIR = None, tmp_path
    live = serving.register_shipped()
    categories = {own_labels.WATER: "requests_or_urgent_needs", own_labels.CATTLE: "other_relevant_information",
                  own_labels.SIGNAL: "infrastructure_and_utility_damage"}  # fmt: skip
    Label.objects.bulk_create(
        Label(subject=f"post:{number}", text=row["text"], text_key=str(number), category=categories[row["label"]],
              event="our drought", lang="en", how=Label.How.TRIAGE)
        for number, row in enumerate(own_labels.rows(snapshots.FEWEST_LABELS))
    )  # fmt: skip
    snapshot = snapshots.take(cutoff=clock.now())
    assert set(snapshot.counts["sources"]) <= OURS and snapshot.counts["sources"]["exercise.train"] > 1_000
    assert {gate["name"]: gate["outcome"] for gate in snapshot.gates}["enough"] == "passed"
    assert "the operator's own" in snapshot.datasheet
    said = provenance.why_not_by_itself(snapshot)
    assert "no imported file has texts of other events" in said and said.endswith(f"{live} stays in production.")
    run, _ = train.freeze(run_key="first week", trigger="early")
    Label.objects.filter(text_key="0").delete()  # one too few
    run = train.work(run.pk)
    assert run.state == TrainingRun.State.REFUSED and f"make {snapshots.FEWEST_LABELS} labels" in run.error
    assert run.error.endswith(f"{live} stays in production.")
