"""The benchmark compares like with like; its speeds are no test's business."""

from pathlib import Path

import pytest

pytest.importorskip("transformers", reason="needs the training extra")

from classifier.ml import benchmark
from classifier.ml.identity import text_key


def test_both_paths_run_the_same_model_on_the_same_texts(shipped: Path) -> None:
    texts = [f"{text} number {n}" for n in range(6) for text in (
        "The bridge has collapsed", "We need drinking water", "Praying for everybody hit", "Watching the match tonight",
    )]  # fmt: skip
    result = benchmark.run(shipped, texts, processes=1, pipeline_texts=24)
    assert (result.texts, result.pipeline_texts, result.processes) == (24, 24, 1)
    assert result.agreement >= 0.9
    assert result.ratio == pytest.approx(result.ours / result.pipeline)
    assert result.torch_ratio == pytest.approx(result.ours / result.torch)
    assert min(result.ours, result.one_process, result.stream, result.pipeline, result.torch) > 0
    assert 0 < result.ceiling_share < 1


def test_the_stream_holds_every_text_and_its_share_of_copies() -> None:
    texts = [f"Bridge {n} is down" for n in range(400)]
    stream = benchmark.with_copies(texts, seed=1)
    assert set(texts) <= set(stream)
    assert len(texts) / len(stream) == pytest.approx(1 - benchmark.COPIES, abs=0.05)
    assert {text_key(text) for text in stream} == {text_key(text) for text in texts}
