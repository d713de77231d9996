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

from classifier.ml.runtime import Runtime
from classifier.ml.text import clean

TURNS = 5
TRIAL = 40
_runtime: Runtime | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """Texts per second of each path, on the same texts, and how often both pick the same category.

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
    """Time every path in turns, a few texts at a time, so that a busy machine slows them alike.

    The pipeline runs with one thread or all of them, whichever a trial finds faster: on a busy machine many threads
    collapse, and the comparison must not live on that.

    Arguments:
        folder: the model.
        texts: at least `pipeline_texts`; the pipeline gets the first of them, as it is slow.
        processes: how many the serving path uses.
    """
    sample = list(texts[:pipeline_texts])
    runtime, classify = Runtime.load(folder), _pipeline(folder)
    threads = _faster_threads(classify, sample[:TRIAL])
    said: list[str] = []
    spent = dict.fromkeys(("ours", "one", "pipeline"), 0.0)
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_start, initargs=(folder,)
    ) as pool:
        list(pool.map(_chunk, [["warm-up"]] * processes * 4))
        for turn in range(TURNS):
            part, few = texts[turn::TURNS], sample[turn::TURNS]
            chunks = [part[start::processes] for start in range(processes)]
            spent["ours"] += _seconds(pool.map, _chunk, chunks)
            spent["one"] += _seconds(map, runtime.predict, [part])
            spent["pipeline"] += _seconds(map, classify, few, into=said)
    served = [
        max(answer.categories, key=answer.categories.__getitem__)
        for turn in range(TURNS)
        for answer in runtime.predict(sample[turn::TURNS])
    ]
    return Result(
        texts=len(texts),
        pipeline_texts=len(sample),
        processes=processes,
        pipeline_threads=threads,
        ours=len(texts) / spent["ours"],
        one_process=len(texts) / spent["one"],
        pipeline=len(sample) / spent["pipeline"],
        agreement=float(np.mean([a == b for a, b in zip(said, served, strict=True)])),
    )


def _seconds(mapping: Callable[..., Any], *arguments: Any, into: list[Any] | None = None) -> float:
    """Wall time of a map until its last result; the results go `into` a list."""
    started = time.perf_counter()
    results = list(mapping(*arguments))
    spent = time.perf_counter() - started
    if into is not None:
        into += results
    return spent


def _faster_threads(classify: Callable[[str], str], texts: Sequence[str]) -> int:
    """Set, and return, the number of torch threads with which the pipeline is faster: one, or one a core."""
    import torch

    spent = {}
    for threads in {1, os.cpu_count() or 1}:
        torch.set_num_threads(threads)
        classify(texts[0])
        spent[threads] = _seconds(map, classify, texts)
    best = min(spent, key=spent.__getitem__)
    torch.set_num_threads(best)
    return best


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

    logging.set_verbosity_error()  # it warns that our class is not in its list
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
