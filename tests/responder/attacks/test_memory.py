"""A web process under small requests that become large in memory; each from a caller with a usable token."""

import gzip
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.responder.attacks.conftest import Web

# A process at rest has 420: 107 of them the words of 20 languages, 60 the weights, 73 the detection of languages.
MOST_MEGABYTES = 500
MOST_MEGABYTES_OF_BATCH = 620  # with 40 MB of texts, and the model's own memory for 16 long rows, about 45 MB
TWELVE_MEGABYTES = 12_000_000


def json_of(values: bytes) -> Callable[[], bytes]:
    return lambda: b'{"messages":[' + values * (TWELVE_MEGABYTES // len(values)) + b"1]}"


PREDICTIONS = {
    "objects": json_of(b"{},"),
    "lists": json_of(b"[],"),
    "members": lambda: b'{"messages":[{' + b'"a":{},' * (TWELVE_MEGABYTES // 7) + b'"b":1}]}',
    "strings": json_of(b'"",'),
    "numbers": json_of(b"1e9,"),
    "depth": lambda: b"[" * TWELVE_MEGABYTES,
    "digits": lambda: b'{"messages":' + b"9" * TWELVE_MEGABYTES + b"}",
    "one long text": lambda: b'{"messages":[{"text":"' + "🌊".encode() + b"x" * TWELVE_MEGABYTES + b'"}]}',
}
FILES = {
    "one line": ("application/x-ndjson", lambda: b'{"text":"' + b"x" * 63_000_000 + b'"}'),
    "one line of values": ("application/x-ndjson", lambda: b'{"text":[' + b"{}," * 21_000_000 + b"1]}"),
    "columns": ("text/csv", lambda: b"c," * 1_000_000 + b"text\n" + b"1," * 1_000_000 + b"x\n"),
    "one cell": ("text/csv", lambda: b'text\n"' + b"x\n" * 1_200_000),
    "one row of many lines": ("text/csv", lambda: b'id,text\n1,"' + b"\n" * 1_200_000 + b'"\n' + b'"\n",' * 90_000),
}

WORDS = {
    "Chinese": "贝拉港有一家人被困在屋顶请派船来。",
    "Arabic": "عائلة محاصرة فوق سطح في بيرا أرسلوا القوارب ",
    "emoji": "🌊🏠🆘🚤",
}


@pytest.fixture(autouse=True)
def _peak_of_this_test(web: Web) -> None:
    web.forget_peak()


@pytest.mark.parametrize("name", PREDICTIONS)
def test_json_that_becomes_large_is_refused_in_little_memory(web: Web, name: str) -> None:
    headers = web.authorized | {"Content-Type": "application/json"}
    answer = httpx.post(f"{web.address}/api/v1/predictions", content=PREDICTIONS[name](), headers=headers, timeout=120)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert web.predicts()
    assert web.peak_megabytes() <= MOST_MEGABYTES


@pytest.mark.parametrize("name", FILES)
def test_files_that_become_large_are_refused_in_little_memory(web: Web, name: str) -> None:
    media_type, content = FILES[name]
    headers = web.authorized | {"Content-Type": media_type}
    address = f"{web.address}/api/v1/prediction-jobs"
    answer = httpx.post(address, content=content(), headers=headers, timeout=120)
    assert 400 <= answer.status_code < 500, answer.text
    assert web.predicts()
    assert web.peak_megabytes() <= MOST_MEGABYTES


def test_many_at_once_stay_within_the_same_memory_and_others_are_answered(web: Web) -> None:
    bomb = PREDICTIONS["objects"]()
    headers = web.authorized | {"Content-Type": "application/json"}

    def throw(_number: int) -> int:
        return httpx.post(f"{web.address}/api/v1/predictions", content=bomb, headers=headers, timeout=120).status_code

    with ThreadPoolExecutor(8) as pool:
        thrown = pool.map(throw, range(8))
        answered = web.predicts()
        statuses = set(thrown)
    assert answered and statuses <= {400, 429, 503}, statuses
    assert web.peak_megabytes() <= MOST_MEGABYTES


def test_files_within_a_form_wait_on_the_disk(web: Web) -> None:
    many = [("file", (f"{number}.csv", b"x" * 2_000_000, "text/csv")) for number in range(30)]
    address = f"{web.address}/api/v1/prediction-jobs"
    answer = httpx.post(address, files=many, headers=web.authorized, timeout=120)
    assert 400 <= answer.status_code < 500, answer.text
    assert web.predicts()
    assert web.peak_megabytes() <= MOST_MEGABYTES


def test_a_body_that_says_it_is_packed_is_no_json(web: Web) -> None:
    packed = gzip.compress(json.dumps({"messages": [{"text": "water"}]}).encode())
    headers = web.authorized | {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = httpx.post(f"{web.address}/api/v1/predictions", content=packed, headers=headers, timeout=60)
    assert answer.status_code == 400


# Each takes the model half a minute of processor time; the one in every run is the one that held most memory.
BATCHES = [
    pytest.param(script, escaped, id=f"{script}-{'escaped' if escaped else 'as UTF-8'}", marks=marks)
    for script in WORDS
    for escaped in (False, True)
    for marks in ([] if (script, escaped) == ("emoji", False) else [pytest.mark.slow],)
]


# The last of these tests: what a large batch needed stays with the process in part.
@pytest.mark.parametrize(("script", "escaped"), BATCHES)
def test_the_longest_batch_in_any_script_is_answered_in_bounded_memory(web: Web, script: str, escaped: bool) -> None:
    text = (WORDS[script] * 5_000)[:9_995]
    messages = [{"id": f"{number}{'水' * 200}", "text": f"{number:04} {text}"} for number in range(1_000)]
    body = json.dumps({"messages": messages}, ensure_ascii=escaped).encode()
    headers = web.authorized | {"Content-Type": "application/json", "Idempotency-Key": f"{script}-{escaped}"}
    answer = httpx.post(f"{web.address}/api/v1/predictions", content=body, headers=headers, timeout=600)
    assert answer.status_code == 200, answer.text[:500]
    assert [one["id"] for one in answer.json()["predictions"]] == [one["id"] for one in messages]
    assert web.peak_megabytes() <= MOST_MEGABYTES_OF_BATCH
