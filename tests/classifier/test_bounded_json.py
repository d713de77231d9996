"""JSON is counted before it is parsed."""

import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier import bounded_json
from classifier.bounded_json import TooLong, TooManyValues, load, loads

TEXTS = st.text('ab,[]{}"\\:é ', max_size=12)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def values_in(document: object) -> int:
    if isinstance(document, dict):
        return 1 + sum(map(values_in, document.values()))
    return 1 + sum(map(values_in, document)) if isinstance(document, list) else 1


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(DOCUMENTS, st.booleans())
def test_a_document_within_its_limit_is_read_as_json_reads_it(document: object, ascii: bool) -> None:
    text = json.dumps(document, ensure_ascii=ascii).encode()
    assert loads(text, most_values=2 * values_in(document)) == document


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(DOCUMENTS)
def test_a_document_with_twice_as_many_values_as_it_may_hold_is_refused(document: object) -> None:
    values = values_in(document)
    if values > 4:
        with pytest.raises(TooManyValues):
            loads(json.dumps(document).encode(), most_values=values // 2 - 1)


@pytest.mark.parametrize("text", [b"[" + b"{}," * 4_000 + b"{}]", b'"",' * 4_000, b"[" * 4_000, b'{"a":1,' * 4_000])
def test_many_small_values_are_refused_whether_or_not_the_text_is_whole(text: bytes) -> None:
    with pytest.raises(TooManyValues, match="more than 1,000 values"):
        loads(text, most_values=1_000)


def test_commas_and_brackets_in_strings_are_no_values() -> None:
    messages = ['a, [b], {c}, \\" \\\\' * 500] * 10
    assert loads(json.dumps(messages).encode(), most_values=20) == messages


def test_constants_that_are_no_json_are_refused_where_it_is_strict() -> None:
    assert loads(b"[NaN]", most_values=5)[0] != 0
    with pytest.raises(ValueError, match="NaN"):
        loads(b"[NaN]", most_values=5, strict=True)


def test_a_long_string_is_refused_and_many_short_ones_are_read() -> None:
    with pytest.raises(TooLong, match="100 bytes"):
        loads(b'["' + b"x" * 101 + b'"]', most_values=5, longest=100)
    assert len(loads(json.dumps(["x" * 99] * 9).encode(), most_values=20, longest=100)) == 9


def read(text: bytes, **limits: Any) -> Any:
    limits = {"most_values": 5_000, "longest": 10_000, "most_characters": 50_000, "strict": True} | limits
    return load(io.BytesIO(text), **limits)


LONG_TEXTS = st.text('ab"\\é水🌊\n,[{:', max_size=300)
LONG_DOCUMENTS = st.lists(
    st.dictionaries(LONG_TEXTS, LONG_TEXTS | st.lists(LONG_TEXTS, max_size=3), max_size=3), max_size=3
)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(LONG_DOCUMENTS, st.booleans(), st.integers(1, 40), st.booleans(), st.integers(0, 4_000))
def test_a_stream_is_read_as_json_reads_it_wherever_its_pieces_end(
    document: object, ascii: bool, piece: int, marked: bool, cut: int
) -> None:
    text = (bounded_json.BOM if marked else b"") + json.dumps(document, ensure_ascii=ascii).encode()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bounded_json, "PIECE", piece)
        assert read(text) == document
        if cut < len(text):
            with pytest.raises(ValueError):
                read(text[:cut])


@pytest.mark.parametrize(
    ("text", "limits", "error"),
    [
        (b"[" + b"{}," * 4_000 + b"{}]", {}, TooManyValues),
        (b'"",' * 30_000, {}, TooManyValues),
        (b"[" * 6_000, {}, TooManyValues),
        (b'["' + b"x" * 101 + b'"]', {"longest": 100}, TooLong),
        (b'["' + b"x" * 102, {"longest": 100}, TooLong),
        (b"[" + b'"' + b"x" * 99 + b'",' * 1, {"most_characters": 98}, TooLong),
        (json.dumps(["🌊" * 99]).encode(), {"most_characters": 98}, TooLong),
        (b" " * 8_000_001 + b"1", {}, TooLong),
        (b'{"messages":' + b"9" * 8_000_001 + b"}", {}, TooLong),
        (b"[NaN]", {}, ValueError),
        (b'["\xff' + b"x" * 99 + b'"]', {}, UnicodeDecodeError),
        (b"\xff", {}, UnicodeDecodeError),
        (b"[" * 4_000, {}, RecursionError),
    ],
)  # fmt: skip
def test_a_stream_beyond_its_limits_is_refused(text: bytes, limits: dict[str, int], error: type[Exception]) -> None:
    with pytest.raises(error):
        read(text, **limits)


def test_lone_surrogates_and_what_only_looks_escaped_are_read_as_they_stand() -> None:
    for text in ("\ud800" + "x" * 99, "\\u6c34" * 20, '\\"' * 50):
        assert read(json.dumps([text, text]).encode()) == [text, text]
