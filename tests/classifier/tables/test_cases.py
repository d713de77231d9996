"""Each file of tests/cases is read as people would read it."""

from pathlib import Path
from typing import Any

import pytest

from classifier.tables import BadRow, Row, open_table

CASES = Path(__file__).parents[2] / "cases"
EAU = "Besoin d'eau à l'école de Jérémie, toits arrachés"
PONT = "Pont coupé à Petit-Goâve, secours bloqués"
# File → form, encoding, delimiter, number of rows.
READINGS = {
    "c01_twarc_v11.jsonl": ("ndjson", "utf-8", "", 3),
    "c01b_twarc_v11_full_text.jsonl": ("ndjson", "utf-8", "", 3),
    "c02_twarc2_pages.jsonl": ("ndjson", "utf-8", "", 2),
    "c02b_twarc2_flat.jsonl": ("ndjson", "utf-8", "", 3),
    "c03_twarc_csv.csv": ("csv", "utf-8", ",", 2),
    "c04_excel_ids.csv": ("csv", "utf-8", ",", 5),
    "c05_dates.csv": ("csv", "utf-8", ",", 12),
    "c06_humaid_quotes.tsv": ("tsv", "utf-8", "\t", 8),
    "c07_semicolon_utf8bom.csv": ("csv", "utf-8", ";", 2),
    "c07b_cp1252.csv": ("csv", "windows-1252", ",", 2),
    "c07c_utf16.csv": ("csv", "utf-16", ",", 2),
    "c07f_sep.csv": ("csv", "utf-8", ";", 1),
    "c08_crisislext26.csv": ("csv", "utf-8", ",", 2),
    "c08b_crisislext6.csv": ("csv", "utf-8", ",", 2),
    "c09_labelstudio.json": ("json", "utf-8", "", 2),
    "c09b_labelstudio_min.json": ("json", "utf-8", "", 2),
    "c09d_doccano.jsonl": ("ndjson", "utf-8", "", 2),
    "c14_times.ndjson": ("ndjson", "utf-8", "", 8),
    "c16_json_values.ndjson": ("ndjson", "utf-8", "", 8),
    "c16b_nan_ids.csv": ("csv", "utf-8", ",", 5),
    "c24_naive.csv": ("csv", "utf-8", ",", 2),
    "c26b_ragged.csv": ("csv", "utf-8", ",", 3),
    "c26d_unclosed.csv": ("csv", "utf-8", ",", 5),
    "c28_indic_copies.ndjson": ("ndjson", "utf-8", "", 8),
    "c29_simple_places.ndjson": ("ndjson", "utf-8", "", 150),
    "c30_latlon.csv": ("csv", "utf-8", ",", 1),
    "c31_hxl_in.csv": ("csv", "utf-8", ",", 1),
    "c31c_title_rows.csv": ("csv", "utf-8", ",", 1),
    "c32_unknown_script.ndjson": ("ndjson", "utf-8", "", 8),
}
REPAIRED = {
    "c06_humaid_quotes.tsv": [(3, "quote"), (7, "quote")],
    "c16_json_values.ndjson": [(1, "not_a_number"), (5, "not_a_number"), (6, "not_a_number")],
    "c26b_ragged.csv": [(5, "delimiter")],
    "c26d_unclosed.csv": [(4, "quote"), (4, "delimiter")],
}


def read(name: str) -> tuple[Any, list[tuple[int, Row | BadRow]]]:
    with open_table(str(CASES / name)) as table:
        return table.reading, list(table.rows())


def column(name: str, key: str) -> list[Any]:
    return [row[key] for _, row in read(name)[1] if isinstance(row, Row)]


def test_every_case_is_listed() -> None:
    assert {path.name for path in CASES.iterdir()} == set(READINGS)


@pytest.mark.parametrize("name", READINGS)
def test_each_row_is_read_and_each_repair_is_named(name: str) -> None:
    reading, rows = read(name)
    assert (reading.form, reading.encoding, reading.delimiter, len(rows)) == READINGS[name]
    assert all(isinstance(row, Row) for _, row in rows)
    repairs = [(one.line, one.kind) for _, row in rows if isinstance(row, Row) for one in row.repairs]
    assert repairs == REPAIRED.get(name, [])
    assert not any(one.lossy for _, row in rows if isinstance(row, Row) for one in row.repairs)


@pytest.mark.parametrize("name", ["c07_semicolon_utf8bom.csv", "c07b_cp1252.csv", "c07c_utf16.csv"])
def test_the_same_posts_in_three_encodings_are_the_same(name: str) -> None:
    rows = [row for _, row in read(name)[1]]
    assert rows == [{"id": "1", "text": EAU, "date": "2016-10-05"}, {"id": "2", "text": PONT, "date": "2016-10-05"}]


def test_an_open_quotation_mark_swallows_no_row() -> None:
    assert column("c06_humaid_quotes.tsv", "tweet_id") == list("12345678")
    assert column("c06_humaid_quotes.tsv", "tweet_text")[1] == '"They told us to wait for boats, nobody came'
    assert column("c06_humaid_quotes.tsv", "tweet_text")[5:] == [
        '"Never seen such rain" says the driver',
        "We take blankets at the hall",
        '5" of rain in an hour here',
    ]
    assert column("c26d_unclosed.csv", "text") == [
        'Mother said "come now" and then, nothing',
        'He wrote "help" and no more',
        '"unclosed, and the rest',
        "Bridge at Dondo is gone",
        "Clinic is full",
    ]


def test_a_cell_of_two_lines_and_an_unquoted_comma_stay_whole() -> None:
    reading, _ = read("c26b_ragged.csv")
    assert reading.header == ("id", "text")
    assert column("c26b_ragged.csv", "text") == [
        "Line one\nline two, with comma",
        "No water in Buzi",
        "No water in Buzi, and no bread",
    ]


def test_titles_tags_and_spaces_around_the_header_are_passed_over() -> None:
    reading, rows = read("c31c_title_rows.csv")
    assert (reading.header, reading.skipped, len(reading.notes)) == (("id", "text", "date"), 2, 1)
    assert rows == [(4, {"id": "1", "text": "No water in Buzi", "date": "2023-02-06"})]
    reading, rows = read("c31_hxl_in.csv")
    assert reading.hxl == {"id": "#meta+id", "text": "#description", "place": "#loc+name"}
    assert rows == [(3, {"id": "1", "text": "No water in Buzi", "place": "Buzi"})]
    assert read("c08_crisislext26.csv")[0].header[:2] == ("Tweet ID", "Tweet Text")
    assert read("c07f_sep.csv")[0].skipped == 1


def test_what_is_no_number_in_json_is_empty_and_never_an_id() -> None:
    assert column("c16_json_values.ndjson", "id")[4:7] == [None, None, None]
    assert column("c16_json_values.ndjson", "text")[0] is None


def test_elements_of_an_array_come_with_the_line_they_begin_on() -> None:
    _, rows = read("c09_labelstudio.json")
    assert [line for line, _ in rows] == [2, 27]
    assert rows[1][1]["data"]["text"] == "My thoughts are with Nepal"  # type: ignore[index]
