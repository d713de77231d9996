"""Files of the explain app: read within bounds, bad rows told, no cell that runs in a spreadsheet."""

import io
import subprocess
import sys

import pytest
import python_calamine

from classifier.tables import UnusableInput
from responder.client import Prediction
from responder.explain_app import charts, rows
from responder.spreadsheets import BOM


def prediction(category: str = "requests_or_urgent_needs", place: bool = True) -> Prediction:
    return Prediction.model_validate(
        {
            "id": "0", "category": {"label": category, "probability": 0.8, "abstained": False}, "categories": {category: 0.8},
            "emergency": {"label": True, "probability": 0.9}, "needs": {"water": 0.7}, "needs_detected": ["water"],
            "priority": {"label": "High", "probability": 0.5, "score": 0.6, "reasons": []},
            "places": [{"text": "Beira", "start": 0, "end": 5, "name": "Beira", "type": "city", "country_code": "MZ",
                        "latitude": -19.8, "longitude": 34.8, "radius_km": 9, "score": 0.9}] if place else [],
            "model": {"name": "m", "version": "1", "sha256": "a"},
        }
    )  # fmt: skip


def test_good_rows_come_with_all_columns_and_bad_ones_are_named() -> None:
    upload = rows.read_file("a.csv", b'id,text,lang\n1,"We need, water",en\n2\n3, ,en\n', text_column="text")
    assert upload.rows == [{"id": "1", "text": "We need, water", "lang": "en"}]
    assert upload.bad == ["line 3: The row has 1 cell, but the header has 3.", "line 4: The text is empty."]
    lines = rows.read_file("a.ndjson", b'{"body": "x", "n": null}\nnope\n', text_column="body")
    assert lines.rows == [{"body": "x", "n": "None"}] and len(lines.bad) == 1
    with pytest.raises(UnusableInput, match="no column 'text'"):
        rows.read_file("a.csv", b"id,body\n1,x\n", text_column="text")


def test_no_more_rows_are_taken_than_the_app_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 3)
    assert rows.read_file("a.csv", b"text\n" + b"x\n" * 5, text_column="text").cut
    assert rows.read_paste("a\n\n b \nc\nd").rows == [{"text": "a"}, {"text": "b"}, {"text": "c"}]
    assert not rows.read_paste("a\nb").cut


def test_downloads_hold_every_row_and_no_formula() -> None:
    given = [{"text": "=cmd()", "@who": "+1"}, {"text": "water", "@who": "x"}]
    found = [prediction(), prediction("not_humanitarian", place=False)]
    table = rows.as_table(given, found, "text")
    content = rows.as_csv(table).decode()
    assert "'=cmd()" in content and "'+1" in content and content.count("\n") == 3
    assert content.startswith(BOM)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(rows.as_xlsx(table)))
    head, first, _second = book.get_sheet_by_index(0).to_python()
    assert (head[0], first[0], first[-1]) == ("text", "=cmd()", "+1")
    assert rows.as_ndjson(found).count(b"\n") == 2
    assert charts.place_map(table) is not None and charts.place_map(table[1:]) is None


def test_charts_hold_their_data_and_ask_nobody_for_more() -> None:
    table = rows.as_table([{"text": "a"}], [prediction()], "text")
    drawn = charts.place_map(table)
    assert drawn is not None
    for chart in (drawn, charts.categories(table), charts.confidence(table)):
        content = chart.to_json()
        assert "http" not in content.replace("https://vega.github.io/schema", "") and '"url"' not in content
    assert len(charts.countries()) > 150


def test_the_app_imports_neither_django_nor_the_model() -> None:
    code = "import sys, responder.explain_app.charts, responder.explain_app.rows; print([m for m in ('django', 'torch', 'onnxruntime') if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert ran.stdout.strip() == "[]"
