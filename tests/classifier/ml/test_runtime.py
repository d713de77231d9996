"""The runtime on the shipped model: any text, in order, from any thread, without torch."""

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.answers import Answer
from classifier.categories import CATEGORY_IDS, NEEDS, PRIORITIES
from classifier.ml.artefact import MANIFEST, file_sha256
from classifier.ml.runtime import Runtime

# The activations of a batch share one int8 scale, so a text's figures move a little with its neighbours.
NEIGHBOURS = 0.1
TEXTS = [
    "Families are trapped on the roof in the flooded street, please send boats and drinking water",
    "Praying for everybody hit by the earthquake",
    "The main bridge has collapsed and power is out in the whole town",
    "This new album is fire",
    "Shelters are open at the school, evacuate the coast now",
]


def assert_whole(answer: Answer) -> None:
    """Every answer has every label, probabilities that are some, and labels that follow from them."""
    assert tuple(answer.categories) == CATEGORY_IDS and tuple(answer.priorities) == PRIORITIES
    assert tuple(answer.needs) == NEEDS
    assert sum(answer.categories.values()) == pytest.approx(1, abs=1e-4)
    assert sum(answer.priorities.values()) == pytest.approx(1, abs=1e-4)
    single = (answer.emergency_probability, answer.priority_score, *answer.needs.values())
    assert all(0 <= value <= 1 for value in single)
    assert answer.probability == answer.categories[answer.category]
    assert answer.priority_probability == answer.priorities[answer.priority]
    assert set(answer.needs_detected) <= set(NEEDS)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(st.characters(), max_size=200), max_size=6))
def test_any_strings_are_answered(runtime: Runtime, texts: list[str]) -> None:
    answers = runtime.predict(texts)
    assert len(answers) == len(texts)
    for answer in answers:
        assert_whole(answer)


@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "\ud83d", "\u200b" * 50, "a" * 50_000, "🌊" * 5_000, "&amp;" * 9_000, "नमस्ते مرحبا 你好"]
)
def test_strange_texts_are_answered(runtime: Runtime, text: str) -> None:
    assert_whole(runtime.predict([text])[0])


def test_nothing_gives_nothing(runtime: Runtime) -> None:
    assert runtime.predict([]) == []


def test_answers_come_in_the_order_of_the_texts(runtime: Runtime) -> None:
    texts = [text + " really" * (n % 7) for n in range(20) for text in TEXTS]  # lengths mixed, several batches
    together = runtime.predict(texts)
    for text, answer in zip(texts, together, strict=True):
        alone = runtime.predict([text])[0]
        assert list(answer.categories.values()) == pytest.approx(list(alone.categories.values()), abs=NEIGHBOURS)


def test_the_model_says_what_a_reader_would(runtime: Runtime) -> None:
    request, prayer, damage, album, advice = runtime.predict(TEXTS)
    assert request.category == "requests_or_urgent_needs" and {"request", "water"} <= set(request.needs_detected)
    assert prayer.category == "sympathy_and_support" and not prayer.needs_detected
    assert damage.category == "infrastructure_and_utility_damage" and damage.emergency
    assert not album.emergency
    assert advice.category in {"caution_and_advice", "displaced_people_and_evacuations"}
    assert request.priority_score > max(prayer.priority_score, album.priority_score)


def test_the_same_call_gives_the_same_figures(runtime: Runtime) -> None:
    assert runtime.predict(TEXTS) == runtime.predict(TEXTS)


def test_threads_share_one_runtime(runtime: Runtime) -> None:
    expected, found = runtime.predict(TEXTS), {}

    def work(name: int) -> None:
        found[name] = [runtime.predict(TEXTS) for _ in range(5)]

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {name: [expected] * 5 for name in range(4)}


def test_the_embedding_has_one_row_a_text_and_copies_are_closest(runtime: Runtime) -> None:
    vectors = runtime.logits([*TEXTS, TEXTS[2] + "!"])["embedding"]
    assert vectors.shape[0] == 6
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert int((unit[:5] @ unit[5]).argmax()) == 2


def test_the_model_names_itself_by_the_hash_of_its_manifest(runtime: Runtime, shipped: Path) -> None:
    assert runtime.info.name == "responder-tweets"
    assert f"{runtime.info.name}-{runtime.info.version}" == shipped.name
    assert runtime.info.sha256 == file_sha256(shipped / MANIFEST)


def test_serving_imports_no_training_library(shipped: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from classifier.ml.runtime import Runtime\n"
        f"Runtime.load(Path({str(shipped)!r})).predict(['Bridge down'])\n"
        "print([m for m in ('torch', 'transformers', 'sklearn', 'onnx', 'django') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
