"""Spans and places are measured as the product answers them, in the card and by `responder evaluate`."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from classifier.ml import as_served
from classifier.ml.runtime import Runtime
from classifier.ml.sources import Example
from classifier.predict import Message, classify

TEXT = "People are trapped in Port-au-Prince, Haiti, and need water"
ROWS: list[dict[str, Any]] = [
    {
        "event": "haiti", "text": TEXT, "location_mentions": [
            {"text": "Port-au-Prince", "start": 22, "end": 36, "lat": 18.54, "lon": -72.34, "country_code": "ht"},
            {"text": "Haiti", "start": 38, "end": 43, "lat": 19.0, "lon": -72.4, "country_code": "ht"},
        ],
    },
    {"event": "haiti", "text": "Please send water to us", "location_mentions": []},
]  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def evaluate(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    call_command("evaluate", *arguments)
    return json.loads(capsys.readouterr().out)


def test_spans_are_those_of_the_answer(shipped_runtime: Runtime) -> None:
    texts = [row["text"] for row in ROWS]
    answers = classify([Message(text, text) for text in texts], runtime=shipped_runtime)
    found = as_served.spans(shipped_runtime, texts)
    assert found == [{(place["start"], place["end"]) for place in answer["places"]} for answer in answers]
    figures = as_served.score_spans(found, [Example(TEXT, ((22, 36), (38, 43))), Example(texts[1], ())])
    assert figures == {"n": 2, "precision": 1.0, "recall": 1.0, "f1": 1.0, "spans": 2}


def test_places_are_those_of_the_answer(shipped_runtime: Runtime) -> None:
    figures = as_served.score_places(shipped_runtime, ROWS)
    assert figures["n"] == 2 and figures["right_of_all"] == 1.0 and figures["wrong_continent"] == 0.0


def test_files_of_coordinates_are_measured_on_the_events_that_were_not_learnt(
    tmp_path: Path, shipped_runtime: Runtime
) -> None:
    rows = [ROWS[0], ROWS[0] | {"event": "learnt"}]
    (tmp_path / "idrisi_lmd.train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (name,) = as_served.score_files(shipped_runtime, tmp_path, events={}).keys()
    assert as_served.score_files(shipped_runtime, tmp_path, events={})[name]["texts"] == 2
    held = as_served.score_files(shipped_runtime, tmp_path, events={name: frozenset({"haiti"})})
    assert held[name]["texts"] == 1 and held[name]["n"] == 2


@pytest.mark.django_db
def test_the_command_measures_what_is_answered(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(capsys, str(file), "--task", "spans")["spans"]["f1"] == 1.0
    places = evaluate(capsys, str(file), "--task", "places")
    assert places["as answered"]["right_of_all"] == 1.0
    assert places["with marked mentions, the event's countries known"]["n"] == 2


@pytest.mark.django_db
def test_rows_without_mentions_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.ndjson"
    path.write_text(json.dumps({"event": "e", "text": "Water", "location_mentions": None}) + "\n")
    with pytest.raises(CommandError, match="location_mentions"):
        call_command("evaluate", str(path), "--task", "places")
