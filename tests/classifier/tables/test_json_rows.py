"""JSON as tools write it: a line each, an array, or an object around an array."""

import json
from pathlib import Path
from typing import Any

import pytest

from classifier.tables import BadRow, Row, open_table

POSTS = [{"id": str(number), "text": f'Bridge {number} is down [at {{the}} river], "now"'} for number in range(3)]
TWEETS = [{"tweet": one} for one in POSTS]
FEATURES = [
    {"type": "Feature", "properties": one, "geometry": {"type": "Point", "coordinates": [1, 2]}} for one in POSTS
]
FLAT = [{"geometry": one["geometry"], **one["properties"]} for one in FEATURES]
PAGE = {"data": POSTS, "includes": {"users": [{"id": "1"}]}, "meta": {"result_count": 3}}


def read(tmp_path: Path, content: str, name: str = "a.json") -> tuple[str, list[tuple[int, Any]]]:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with open_table(str(path)) as table:
        return table.reading.form, list(table.rows())


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (json.dumps(POSTS), POSTS),
        (json.dumps(POSTS, indent=2), POSTS),
        ("\n\n  " + json.dumps(POSTS, indent=2) + "\n", POSTS),
        ("[\n" + ",\n".join(map(json.dumps, POSTS)) + "\n]", POSTS),
        ("[\n" + ",\n".join(map(json.dumps, POSTS)) + ",\n]", POSTS),
        ("window.YTD.tweets.part0 = " + json.dumps(TWEETS, indent=2), TWEETS),
        ("window.YTD.tweet.part0 = [ " + ",\n".join(map(json.dumps, TWEETS)) + " ]", TWEETS),
        (json.dumps({"posts": POSTS}, indent=1), POSTS),
        (json.dumps({"posts": POSTS}), POSTS),
        (json.dumps({"type": "FeatureCollection", "features": FEATURES}), FLAT),
        (json.dumps({"type": "FeatureCollection", "features": FEATURES}, indent=4), FLAT),
        (json.dumps(PAGE, indent=2), [PAGE]),
        (json.dumps(PAGE), [PAGE]),
        ("\n".join(json.dumps(one, indent=2) for one in POSTS), POSTS),
        ("".join(json.dumps(one, indent=2) for one in POSTS), POSTS),
        (json.dumps(POSTS[0], indent=2), POSTS[:1]),
    ],
)
@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.csv"])
def test_objects_that_span_lines_are_found(tmp_path: Path, content: str, expected: list[Any], name: str) -> None:
    form, rows = read(tmp_path, content, name)
    assert form == "json" and [row for _, row in rows] == expected


def test_the_content_decides_between_lines_and_an_array(tmp_path: Path) -> None:
    lines = "\n".join(map(json.dumps, POSTS))
    assert read(tmp_path, lines) == ("ndjson", list(enumerate(POSTS, 1)))
    assert [line for line, _ in read(tmp_path, json.dumps(POSTS, indent=2), "a.ndjson")[1]] == [2, 6, 10]
    form, rows = read(tmp_path, '{"text": "cut\n' + lines)
    assert form == "ndjson" and isinstance(rows[0][1], BadRow) and [row for _, row in rows[1:]] == POSTS


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize(
    "form", ['{{"id": {0}, "text": "a"}}\n{{"text": "b"}}', '[{{"id": {0}, "text": "a"}}, {{"text": "b"}}]']
)
def test_constants_that_are_no_json_are_empty_and_told(tmp_path: Path, constant: str, form: str) -> None:
    _, rows = read(tmp_path, form.format(constant))
    assert [row for _, row in rows] == [{"id": None, "text": "a"}, {"text": "b"}]
    assert [one.kind for one in rows[0][1].repairs] == ["not_a_number"] and rows[1][1].repairs == ()


@pytest.mark.parametrize(
    ("content", "good", "reasons"),
    [
        ('[{"a": 1}, {"a": nope}, {"a": 3}]', [1, 3], ["This is not valid JSON"]),
        ('[{"a": 1}, 7, "x", [2], null, {"a": 3}]', [1, 3], ["This is not a JSON object."] * 4),
        ('[{"a": 1}, {"a": 2', [1], ["The file ends in the middle of this object."]),
        ('[{"a": 1}, {"a": 2},', [1, 2], ["The file ends before"]),
        ('[{"a": 1}, {"a": "' + "x" * 1_200_000 + '"}, {"a": 3}]', [1, 3], ["more than 1,000,000 characters"]),
        ('[{"a": 1}, {"a": [' + "1," * 9_000 + '1]}, {"a": 3}]', [1, 3], ["more than 5,000 values"]),
        ('[{"a": 1}, {"a": ' + "[" * 3_000 + "]" * 3_000 + '}, {"a": 3}]', [1, 3], ["This is not valid JSON"]),
        ('[{"a": 1}, {"b": 1e999, "a": 2}]', [1, 2], []),
    ],
    ids=[
        "no JSON",
        "no objects",
        "breaks off inside",
        "breaks off between",
        "long",
        "many values",
        "deep",
        "huge number",
    ],
)
def test_one_bad_element_does_not_take_the_others_along(
    tmp_path: Path, content: str, good: list[int], reasons: list[str]
) -> None:
    _, rows = read(tmp_path, content)
    assert [row["a"] for _, row in rows if isinstance(row, Row)] == good
    bad = [row.reason for _, row in rows if isinstance(row, BadRow)]
    assert len(bad) == len(reasons) and all(reason in one for reason, one in zip(reasons, bad, strict=True))


def test_a_long_page_of_posts_is_one_row(tmp_path: Path) -> None:
    page = {"data": [{"id": str(number), "text": "x" * 2_000} for number in range(1_000)], "meta": {}}
    form, rows = read(tmp_path, json.dumps(page) + "\n" + json.dumps(page) + "\n", "a.jsonl")
    assert form == "ndjson" and [len(row["data"]) for _, row in rows] == [1_000, 1_000]


@pytest.mark.parametrize("start", ["[", '{"posts": ['])
def test_a_list_on_one_long_line_is_read(tmp_path: Path, start: str) -> None:
    posts = ",".join(json.dumps({"id": number, "text": "x" * 90_000}) for number in range(300))
    _, rows = read(tmp_path, start + posts + ("]" if start == "[" else "]}"))
    assert [row["id"] for _, row in rows if isinstance(row, Row)] == list(range(300)) and len(rows) == 300


def test_strings_across_pieces_are_read_whole(tmp_path: Path) -> None:
    posts = [{"text": f'{number} \\ " é ' + "y" * 997} for number in range(2_000)]
    _, rows = read(tmp_path, json.dumps(posts, ensure_ascii=False, indent=1))
    assert [row for _, row in rows] == posts


def test_nothing_but_an_empty_list_has_no_rows(tmp_path: Path) -> None:
    assert [row for _, row in read(tmp_path, "[]")[1]] == []
    assert [row for _, row in read(tmp_path, "")[1]] == []
