"""The benchmark compares like with like; its speeds are no test's business."""

from pathlib import Path

import pytest

pytest.importorskip("transformers", reason="needs the training extra")

from classifier.ml import benchmark


def test_both_paths_run_the_same_model_on_the_same_texts(shipped: Path) -> None:
    texts = [f"{text} number {n}" for n in range(6) for text in (
        "The bridge has collapsed", "We need drinking water", "Praying for everybody hit", "Watching the match tonight",
    )]  # fmt: skip
    result = benchmark.run(shipped, texts, processes=1, pipeline_texts=24)
    assert (result.texts, result.pipeline_texts, result.processes) == (24, 24, 1)
    assert result.agreement >= 0.9
    assert result.ratio == pytest.approx(result.ours / result.pipeline)
    assert min(result.ours, result.one_process, result.pipeline) > 0
