"""Copies of a text are answered as the text was, with their own offsets."""

import numpy as np

from classifier.ml import answer_cache
from classifier.ml.answer_cache import AnswerCache, Remembered, found_again, key_of
from classifier.ml.runtime import Runtime


def test_copies_have_one_key() -> None:
    assert key_of("RT @a: Bridge down in Beira https://x.org/1") == key_of("bridge down in #Beira")
    assert key_of("!!!") != key_of("???")


def test_the_oldest_answers_are_forgotten() -> None:
    cache, answer = AnswerCache(size=2), Remembered(np.zeros(1), ())
    for key in (b"a", b"b"):
        cache.put(key, answer)
    cache.get(b"a")
    cache.put(b"c", answer)
    assert [cache.get(key) is not None for key in (b"a", b"b", b"c")] == [True, False, True]


def test_locations_are_found_again_where_a_copy_writes_them() -> None:
    places = (("Beira", 8, 0.9), ("Dondo", 18, 0.8))
    (first, second) = found_again("RT @a: Flood in BEIRA and Dondo", places)
    assert (first.start, second.start) == (16, 26)
    assert [m.start for m in found_again("Flood in Dondo", places)] == [9]


def test_a_location_is_never_found_again_inside_a_word() -> None:
    (found,) = found_again("#Idai: Idaho, Ida’s roof", (("Ida", 0, 0.9),))
    assert found.start == 14
    assert found_again("RT @ida: Idaho", (("Ida", 5, 0.9),)) == []


def test_a_copy_costs_no_run_of_the_model(shipped_runtime: Runtime) -> None:
    runtime = shipped_runtime
    ran: list[int] = []
    batches = runtime._batches
    try:
        runtime._batches = lambda rows: ran.append(len(rows)) or batches(rows)  # type: ignore[assignment,func-returns-value]
        first, copy, other = runtime.predict(["Fire in Kitwe!", "RT @x: fire in kitwe https://x.org", "Snow in Ulm"])
        again = runtime.predict(["FIRE in Kitwe"])[0]
    finally:
        runtime._batches = batches
    assert ran == [2]
    assert first.categories == copy.categories == again.categories != other.categories


def test_a_measurement_remembers_nothing(shipped_runtime: Runtime) -> None:
    assert shipped_runtime.calibrated(shipped_runtime.calibration)._cache is None
    assert answer_cache.SIZE >= 1_000
