"""Spans and places as the product answers them: through `predictions.classify`, with the gazetteer and its rules.

What the tagger alone finds says little about that: spans are joined to whole words, unknown ones may be dropped, and in
other languages the gazetteer's own matches are taken.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from classifier.ml import evaluation, sources
from classifier.ml.predictions import Message, classify
from classifier.ml.runtime import Runtime
from classifier.places import Context
from classifier.places.find import Place
from classifier.places.measure import measure

CHUNK = 500
PLACES = ("idrisi_lmd.train", "idrisi_lmd_ar.train")  # files with the coordinates of mentions
Row = Mapping[str, Any]


def predictions(runtime: Runtime, texts: Sequence[str], *, context: Context | None = None) -> list[dict[str, Any]]:
    """The contract's "One prediction" about each text, in order; the language is read from the text.

    Arguments:
        context: where the event is, if known.
    """
    found: list[dict[str, Any]] = []
    for start in range(0, len(texts), CHUNK):
        messages = [Message(str(start + i), text) for i, text in enumerate(texts[start : start + CHUNK])]
        found += classify(messages, context=context, runtime=runtime)
    return found


def spans(runtime: Runtime, texts: Sequence[str]) -> list[set[tuple[int, int]]]:
    """Start and end of every place that the product names in each text, resolved or not."""
    return [{(place["start"], place["end"]) for place in one["places"]} for one in predictions(runtime, texts)]


def score_places(runtime: Runtime, rows: Sequence[Row], *, with_context: bool = False) -> dict[str, Any]:
    """Return how often mentions are located correctly. `rows` and the result are those of `classifier.places.measure.measure`."""

    def find(row: Row, context: Context | None) -> list[Place]:
        (answer,) = classify([Message("", row["text"])], context=context, runtime=runtime)
        return [Place(**place) for place in answer["places"]]

    return measure(rows, finder=find, with_context=with_context)


def score_files(runtime: Runtime, folder: Path, *, events: Mapping[str, frozenset[str]]) -> dict[str, Any]:
    """File → figures of `score_places`, for each file of PLACES that `folder` holds.

    Arguments:
        events: file → the events to measure on; a file that is missing is measured whole.
    """
    figures = {}
    for name in PLACES:
        path = next((path for suffix in sources.SUFFIXES if (path := folder / f"{name}{suffix}").exists()), None)
        if path is None:
            continue
        rows = [row for row in sources.read_table(path) if not events.get(name) or row.get("event") in events[name]]
        figures[name] = score_places(runtime, rows) | {"texts": len(rows)}
    return figures


def score_spans(given: Sequence[set[tuple[int, int]]], rows: Sequence[sources.Example]) -> dict[str, Any]:
    """Precision, recall and F1 of whole spans: both start and end must be right."""
    return {"n": len(rows)} | evaluation.span_f1(given, [set(row.target) for row in rows])
