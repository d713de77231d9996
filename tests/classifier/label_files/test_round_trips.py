"""What is written in any format is read again as it was: nothing is lost on the way to another tool and back."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.label_files import LabelFile, LabelledText, Options, argilla, doccano, label_studio, prodigy, writing

SETTINGS = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
RESERVED = {
    "text", "label", "event", "split", "lang", "weight", "id", "data", "labels", "category", "categories", "message", "tweet_text",
    "content", "body",
}  # fmt: skip
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.text(CHARACTERS, min_size=1, max_size=40).filter(str.strip)
WORDS = st.text(CHARACTERS, min_size=1, max_size=10).filter(lambda word: word == word.strip())
NAMES = WORDS.filter(lambda name: name not in RESERVED)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(CHARACTERS, max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(CHARACTERS, max_size=5), inner, max_size=3),
    max_leaves=6,
)
META = st.dictionaries(NAMES, VALUES, max_size=3)
RECORDS = st.builds(
    LabelledText, text=TEXTS, label=WORDS, event=st.just("") | WORDS, split=st.sampled_from(["", "train", "dev", "test"]),
    lang=st.just("") | WORDS, weight=st.just(1.0) | st.floats(0.001, 1), id=st.just("") | WORDS, meta=META,
)  # fmt: skip


def plain(one: Any) -> LabelledText:
    """A labelled text without what only one format knows about it."""
    assert isinstance(one, LabelledText), one
    return replace(one, extra={}, line=0)


@pytest.mark.parametrize("tool", [label_studio, doccano, prodigy, argilla], ids=lambda tool: tool.KEY)
@SETTINGS
@given(record=RECORDS)
def test_our_records_come_back_from_each_tool_s_rows(tool: Any, record: LabelledText) -> None:
    row = json.loads(json.dumps(tool.row_of(record)))
    (found,) = tool.items(1, row)
    assert plain(found) == record


@pytest.mark.parametrize("form", ["label-studio", "doccano", "prodigy", "argilla", "ndjson"])
@SETTINGS
@given(records=st.lists(RECORDS, min_size=1, max_size=4))
def test_files_of_our_records_come_back(tmp_path: Path, form: str, records: list[LabelledText]) -> None:
    if form == "ndjson":  # an empty value is no value in a table
        records = [
            replace(one, meta={key: value for key, value in one.meta.items() if value not in (None, "")})
            for one in records
        ]
    path = tmp_path / "labels.json"
    path.write_text("".join(writing.lines(form, records)), encoding="utf-8")
    with LabelFile(str(path), Options(form=form)) as file:
        assert [plain(one) for one in file.items()] == records


CHOICE = st.fixed_dictionaries(
    {"type": st.just("choices"), "from_name": NAMES, "to_name": NAMES, "value": st.fixed_dictionaries({"choices": st.lists(WORDS, min_size=1, max_size=1)})},
    optional={"id": WORDS, "origin": st.just("manual")},
)  # fmt: skip
OTHER_RESULT = st.fixed_dictionaries(
    {"type": st.just("textarea"), "value": st.fixed_dictionaries({"text": st.lists(WORDS, max_size=2)})}
)
RESULTS = st.tuples(st.lists(OTHER_RESULT, max_size=1), CHOICE, st.lists(OTHER_RESULT, max_size=1)).map(
    lambda parts: [*parts[0], parts[1], *parts[2]]
)
ANNOTATION = st.fixed_dictionaries(
    {"result": RESULTS},
    optional={"id": st.integers(1, 10**9), "completed_by": st.integers(1, 99), "was_cancelled": st.just(False), "lead_time": st.floats(0, 1e6)},
)  # fmt: skip
FIELD_VALUES = {"event": VALUES, "split": VALUES, "lang": VALUES, "weight": VALUES | st.floats(0.1, 1), "id": VALUES}
DATA = st.tuples(META, st.fixed_dictionaries({"text": TEXTS}, optional=FIELD_VALUES)).map(
    lambda parts: parts[0] | parts[1]
)
TASK = st.fixed_dictionaries(
    {"id": st.integers(1, 10**9), "data": DATA, "annotations": st.lists(ANNOTATION, min_size=1, max_size=3)},
    optional={"predictions": st.lists(VALUES, max_size=1), "meta": st.dictionaries(NAMES, VALUES, max_size=2), "inner_id": st.integers(1, 99)},
)  # fmt: skip


def same(found: Any, expected: Any) -> bool:
    """Whether two values of JSON are the same, where a weight may be written as a text."""
    return bool(json.dumps(found, sort_keys=True) == json.dumps(expected, sort_keys=True))


@SETTINGS
@given(task=TASK)
def test_a_task_of_label_studio_comes_back_whole(task: dict[str, Any]) -> None:
    found = list(label_studio.items(1, task))
    good = [one for one in found if isinstance(one, LabelledText)]
    if len(good) < len(found):
        return  # a value that we refuse and name, such as a weight of 7
    (written,) = label_studio.joined([label_studio.row_of(one) for one in good])
    assert same(without_default_weight(written), without_default_weight(task))


def without_default_weight(task: dict[str, Any]) -> dict[str, Any]:
    data = {key: value for key, value in task["data"].items() if not is_default(key, value)}
    return task | {
        "data": {key: float(value) if key == "weight" and is_number(value) else value for key, value in data.items()}
    }


def is_default(key: str, value: Any) -> bool:
    """Whether the value says what is taken for granted: an empty id, or a weight of 1."""
    return (key == "id" and value == "") or (
        key == "weight" and (value == "" or (is_number(value) and float(value) == 1))
    )


def is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return not isinstance(value, bool)


@SETTINGS
@given(row=st.tuples(META, st.fixed_dictionaries({"text": TEXTS, "label": st.lists(WORDS, min_size=1, max_size=1)}, optional={"id": st.integers(0, 9**9), "Comments": st.lists(WORDS, max_size=2)})).map(lambda parts: parts[0] | parts[1]))  # fmt: skip
def test_a_row_of_doccano_comes_back_whole(row: dict[str, Any]) -> None:
    (found,) = doccano.items(1, row)
    assert isinstance(found, LabelledText)
    assert same(doccano.row_of(found), row)


def test_the_names_of_label_studio_s_annotators_are_left_out() -> None:
    task = {
        "id": 1, "data": {"text": "The bridge fell"},
        "annotations": [{"completed_by": {"id": 4, "email": "ana@relief.example", "first_name": "Ana"}, "result": [{"type": "choices", "value": {"choices": ["damage"]}}]}],
    }  # fmt: skip
    (found,) = label_studio.items(1, task)
    written = json.dumps(label_studio.row_of(found))  # type: ignore[arg-type]
    assert "ana" not in written.lower() and '"completed_by": {"id": 4}' in written
