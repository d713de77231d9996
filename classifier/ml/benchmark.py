"""Speed, side by side in one run: the runtime that serves against `transformers.pipeline` on the same model.

The torch model is rebuilt from the served int8 file by dequantising its weights, so that both sides really run the
same model; the share of equal labels is part of the result. Needs the training extra.
"""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from classifier.ml.runtime import Answer, Runtime
from classifier.ml.text import clean

TURNS = 5
_runtime: Runtime | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """Texts per second of each path in its best turn, on the same texts, and how often both pick the same category.

    Arguments:
        ours: `processes` processes of the serving runtime, one thread each.
        one_process: a single one of them.
        pipeline: transformers.pipeline, one text at a time, with `pipeline_threads` threads.
        agreement: share of texts with the same most probable category.
    """

    texts: int
    pipeline_texts: int
    processes: int
    pipeline_threads: int
    ours: float
    one_process: float
    pipeline: float
    agreement: float

    @property
    def ratio(self) -> float:
        return self.ours / self.pipeline


def run(folder: Path, texts: Sequence[str], *, processes: int = 2, pipeline_texts: int = 400) -> Result:
    """Time every path in turns, a part of the texts at a time; each is worth its best turn.

    The pipeline takes each turn with one thread and with one a core. On a busy machine many threads collapse to a
    tenth of their speed, so sums over time would flatter the other side; the best turn is what it can do.

    Arguments:
        folder: the model.
        texts: at least `pipeline_texts`; the pipeline gets the first of them, as it is slow.
        processes: how many the serving path uses.
    """
    sample = list(texts[:pipeline_texts])
    runtime, classify = Runtime.load(folder), _pipeline(folder)
    best = {"ours": 0.0, "one": 0.0}
    pipeline: dict[int, float] = dict.fromkeys((1, os.cpu_count() or 1), 0.0)
    agreed = 0
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_start, initargs=(folder,)
    ) as pool:
        list(pool.map(_chunk, [["warm-up"]] * processes * 4))
        for turn in range(TURNS):
            part, few = texts[turn::TURNS], sample[turn::TURNS]
            chunks = [part[start::processes] for start in range(processes)]
            best["ours"] = max(best["ours"], len(part) / _timed(pool.map, _chunk, chunks)[0])
            best["one"] = max(best["one"], len(part) / _timed(map, runtime.predict, [part])[0])
            for threads, rate in pipeline.items():
                _use(threads)
                classify(few[0])
                spent, said = _timed(map, classify, few)
                pipeline[threads] = max(rate, len(few) / spent)
            agreed += sum(label == _likeliest(answer) for label, answer in zip(said, runtime.predict(few), strict=True))
    threads = max(pipeline, key=pipeline.__getitem__)
    return Result(
        texts=len(texts),
        pipeline_texts=len(sample),
        processes=processes,
        pipeline_threads=threads,
        ours=best["ours"],
        one_process=best["one"],
        pipeline=pipeline[threads],
        agreement=agreed / len(sample),
    )


def _timed(mapping: Callable[..., Any], *arguments: Any) -> tuple[float, list[Any]]:
    """Wall time of a map until its last result, and the results."""
    started = time.perf_counter()
    results = list(mapping(*arguments))
    return time.perf_counter() - started, results


def _use(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)


def _likeliest(answer: Answer) -> str:
    return max(answer.categories, key=answer.categories.__getitem__)


def _start(folder: Path) -> None:
    global _runtime
    _runtime = Runtime.load(folder)


def _chunk(texts: list[str]) -> int:
    assert _runtime is not None
    return len(_runtime.predict(texts))


def _pipeline(folder: Path) -> Callable[[str], str]:
    """Text → label by transformers' pipeline, over a BertForSequenceClassification-like model of the served weights."""
    import torch
    from transformers import AutoTokenizer, pipeline
    from transformers.modeling_outputs import SequenceClassifierOutput
    from transformers.models.bert import BertConfig, BertPreTrainedModel
    from transformers.utils import logging

    from classifier.ml.network import LABELS, Network, packaged_base

    class Classifier(BertPreTrainedModel):
        """The category answer of our network, in the shape that the pipeline expects."""

        config_class = BertConfig

        def __init__(self, config: BertConfig, network: Network) -> None:
            super().__init__(config)
            self.network = network

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, **_: Any) -> SequenceClassifierOutput:
            return SequenceClassifierOutput(logits=self.network(input_ids, attention_mask)[0])

    logging.set_verbosity(logging.CRITICAL)  # it complains that our class is not in its list
    network = Network(packaged_base())
    load_served_weights(network, folder / "model.int8.onnx")
    network.eval()
    config = network.encoder.config
    config.id2label = dict(enumerate(LABELS["category"]))
    config.label2id = {label: index for index, label in config.id2label.items()}
    config.num_labels = len(config.id2label)
    tokenizer: Any = AutoTokenizer.from_pretrained(packaged_base())
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    tokenizer.model_max_length = 96
    classify = pipeline("text-classification", model=Classifier(config, network), tokenizer=tokenizer, device="cpu")
    return lambda text: classify(clean(text), truncation=True)[0]["label"]


def load_served_weights(network: Any, path: Path) -> None:
    """Put the dequantised weights of a served ONNX file into `network`, whatever the exporter called them."""
    import onnx
    import torch
    from onnx import numpy_helper

    graph = onnx.load(str(path)).graph
    stored = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    renamed = _linear_names(graph)
    state = network.state_dict()
    for name in state:
        array = _find(stored, renamed.get(name, name))
        if array is not None:
            # Linear layers are stored as (inputs, outputs), torch keeps (outputs, inputs); embeddings agree.
            turned = array if array.ndim < 2 or "embeddings" in name else array.T
            state[name] = torch.tensor(np.ascontiguousarray(turned), dtype=torch.float32)
    unused = ("pooler", "position_ids", "token_type_ids")  # in the encoder, not on the way to our answers
    wanted = [name for name in state if not any(part in name for part in unused)]
    missing = [name for name in wanted if _find(stored, renamed.get(name, name)) is None]
    if missing:
        raise ValueError(f"the served file lacks {missing[:3]}")
    network.load_state_dict(state)


def _linear_names(graph: Any) -> dict[str, str]:
    """Parameter name of each linear layer → name of its stored matrix, which the exporter calls onnx::MatMul_123."""
    names = {}
    for node in graph.node:
        if node.op_type in ("MatMul", "MatMulInteger", "DynamicQuantizeMatMul", "Gemm"):
            weight = next((i for i in node.input if "MatMul" in i or i.endswith(".weight_quantized")), "")
            scope = node.name.removesuffix("_quant").removeprefix("/").rsplit("/", 1)[0]
            if weight and scope:
                names[scope.replace("/", ".") + ".weight"] = weight.removesuffix("_quantized")
    return names


def _find(stored: dict[str, np.ndarray], name: str) -> np.ndarray | None:
    if name in stored:
        return stored[name]
    name = name if f"{name}_quantized" in stored else f"{name}_Transposed"
    if f"{name}_quantized" not in stored:
        return None
    values, scale, zero = (stored[f"{name}_{part}"] for part in ("quantized", "scale", "zero_point"))
    return (values.astype(np.float32) - zero.astype(np.float32)) * scale
