"""Benchmark of the serving runtime against torch and `transformers.pipeline`, on the same model in one run.

The torch model is rebuilt from the served int8 file by dequantising its weights, so that all paths really run the same
model; the share of equal labels is part of the result. Needs the training extra.
"""

import json
import os
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from classifier.answers import Answer
from classifier.ml import batches
from classifier.ml.runtime import Runtime
from classifier.ml.served_weights import network_of
from classifier.ml.text import clean

TURNS = 5
COPIES = 0.65  # share of near-duplicates in the stream: 60 to 75 % of crisis posts are (see docs/adr)
_runtimes: dict[bool, Runtime] = {}


@dataclass(frozen=True, slots=True)
class Result:
    """Texts per second of each path in its best round, on the same texts, and the agreement of two paths.

    Arguments:
        ours: `processes` processes of the serving runtime, one thread each, without a cache.
        one_process: a single process.
        stream: the same processes with a cache, each with its own stream in which 65 % are copies of earlier texts.
        torch: float32, sorted by length, in batches, with `torch_threads` threads.
        pipeline: transformers.pipeline, one text at a time, with `pipeline_threads` threads.
        ceiling_share: share of the int8 operations that one core can do, used by one of our processes.
        agreement: share of texts with the same most probable category in ours and the pipeline.
    """

    texts: int
    pipeline_texts: int
    processes: int
    pipeline_threads: int
    torch_threads: int
    ours: float
    one_process: float
    stream: float
    torch: float
    pipeline: float
    ceiling_share: float
    agreement: float

    @property
    def ratio(self) -> float:
        return self.ours / self.pipeline

    @property
    def torch_ratio(self) -> float:
        return self.ours / self.torch

    @property
    def stream_ratio(self) -> float:
        return self.stream / self.pipeline


def run(folder: Path, texts: Sequence[str], *, processes: int = 2, pipeline_texts: int = 400) -> Result:
    """Time every path in alternating rounds, on a part of the texts at a time. The best round of each path counts.

    torch runs each round with one thread and with one per core. On a busy machine many threads slow down to a tenth of
    their speed, so totals would favour our side; the best round shows what a path can do.

    Arguments:
        folder: the model.
        texts: at least `pipeline_texts`; the pipeline gets only the first of them, because it is slow.
        processes: number of processes of the serving path.
    """
    sample = list(texts[:pipeline_texts])
    runtime, network = Runtime.load(folder, remember=False), _network(folder)
    classify = _pipeline(network, folder)
    counts = (1, os.cpu_count() or 1)
    best: dict[Any, float] = {}
    agreed = 0
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_start, initargs=(folder,)
    ) as pool:
        list(pool.map(_chunk, [["warm-up"]] * processes * 4))
        for turn in range(TURNS):
            part, few = list(texts[turn::TURNS]), sample[turn::TURNS]
            _keep(best, "ours", len(part), _timed(pool.map, _chunk, _dealt(part, processes))[0])
            _keep(best, "one", len(part), _timed(map, runtime.predict, [part])[0])
            streams = [with_copies(hand, seed=turn) for hand in _dealt(part, processes)]
            _keep(best, "stream", sum(map(len, streams)), _timed(pool.map, _remembering_chunk, streams)[0])
            for threads in counts:
                _use(threads)
                classify(few[0])
                spent, said = _timed(map, classify, few)
                _keep(best, ("pipeline", threads), len(few), spent)
                _keep(best, ("torch", threads), len(few), _timed(map, _sorted_torch(runtime, network), [few])[0])
            _keep(best, "ceiling", 1, 1 / int8_operations())
            agreed += sum(label == _likeliest(answer) for label, answer in zip(said, runtime.predict(few), strict=True))
    fastest = {name: max(counts, key=lambda n: best[name, n]) for name in ("pipeline", "torch")}
    return Result(
        texts=len(texts),
        pipeline_texts=len(sample),
        processes=processes,
        pipeline_threads=fastest["pipeline"],
        torch_threads=fastest["torch"],
        ours=best["ours"],
        one_process=best["one"],
        stream=best["stream"],
        torch=best["torch", fastest["torch"]],
        pipeline=best["pipeline", fastest["pipeline"]],
        ceiling_share=best["one"] * operations_per_text(runtime, network, texts) / best["ceiling"],
        agreement=agreed / len(sample),
    )


def with_copies(texts: Sequence[str], *, seed: int) -> list[str]:
    """A stream in which 65 % of the texts are copies of an earlier one: retweets, or with another link."""
    rng = random.Random(seed)  # noqa: S311 - a sample, not a secret
    stream: list[str] = []
    for number, text in enumerate(texts):
        stream.append(text)
        while rng.random() < COPIES:
            copied = texts[rng.randrange(number + 1)]
            stream.append(f"RT @relief{rng.randrange(99)}: {copied} https://t.example/{rng.randrange(10**6)}")
    return stream


def operations_per_text(runtime: Runtime, network: Any, texts: Sequence[str]) -> float:
    """Multiplications and additions of the encoder's matrices for a text of mean length."""
    config = network.encoder.config
    per_token = (
        2 * config.num_hidden_layers * (4 * config.hidden_size**2 + 2 * config.hidden_size * config.intermediate_size)
    )
    encodings = runtime.tokenizer.encode_batch_fast([runtime.clean(text) for text in texts])
    return per_token * float(np.mean([len(encoding.ids) for encoding in encodings]))


def int8_operations(rounds: int = 40) -> float:
    """Int8 operations per second of one core in a matrix product of the encoder's largest shape."""
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper

    rows, inner, columns = 480, 384, 1536
    rng = np.random.default_rng(0)
    weight = rng.integers(-127, 127, (inner, columns), dtype=np.int8)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["a", "b"], ["y"])],
        "ceiling",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, [rows, inner])],
        [helper.make_tensor_value_info("y", TensorProto.INT32, [rows, columns])],
        [helper.make_tensor("b", TensorProto.INT8, weight.shape, weight.tobytes(), raw=True)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    given = {"a": rng.integers(0, 255, (rows, inner), dtype=np.uint8)}
    session.run(None, given)
    started = time.perf_counter()
    for _ in range(rounds):
        session.run(None, given)
    return 2.0 * rows * inner * columns * rounds / (time.perf_counter() - started)


def _keep(best: dict[Any, float], name: Any, count: int, spent: float) -> None:
    best[name] = max(best.get(name, 0.0), count / spent)


def _dealt(texts: Sequence[str], hands: int) -> list[list[str]]:
    return [list(texts[start::hands]) for start in range(hands)]


def _timed(mapping: Callable[..., Any], *arguments: Any) -> tuple[float, list[Any]]:
    """Run a map to its last result. Returns the wall time and the results."""
    started = time.perf_counter()
    results = list(mapping(*arguments))
    return time.perf_counter() - started, results


def _use(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)


def _likeliest(answer: Answer) -> str:
    return max(answer.categories, key=answer.categories.__getitem__)


def _start(folder: Path) -> None:
    for remember in (False, True):
        _runtimes[remember] = Runtime.load(folder, remember=remember)


def _chunk(texts: list[str]) -> int:
    return len(_runtimes[False].predict(texts))


def _remembering_chunk(texts: list[str]) -> int:
    runtime = _runtimes[True]
    return sum(len(runtime.predict(texts[start : start + 100])) for start in range(0, len(texts), 100))


def _network(folder: Path) -> Any:
    network = network_of(folder)
    network.encoder.set_attn_implementation("sdpa")  # what transformers itself would choose
    return network


def _sorted_torch(runtime: Runtime, network: Any) -> Callable[[list[str]], int]:
    """A function that runs texts through torch in float32, sorted by length, in batches as ours."""
    import torch

    def answer(texts: list[str]) -> int:
        encodings = runtime.tokenizer.encode_batch_fast([runtime.clean(text) for text in texts])
        rows: batches.Tokenised = [(encoding.ids, 0, None) for encoding in encodings]
        with torch.inference_mode():
            for batch in batches.batched(rows, 16, shuffle=False):
                ids, mask, _ = batches.to_tensors([rows[i] for i in batch], "category")
                network(ids, mask)
        return len(texts)

    return answer


def peer(folder: Path) -> Callable[[str], str]:
    """`transformers.pipeline` over the model of `folder`: text → its most probable category."""
    return _pipeline(_network(folder), folder)


def _pipeline(network: Any, folder: Path) -> Callable[[str], str]:
    """A function from text to label, by transformers' pipeline over a BERT classifier with the served weights."""
    import torch
    from transformers import pipeline
    from transformers.modeling_outputs import SequenceClassifierOutput
    from transformers.models.bert import BertConfig, BertPreTrainedModel
    from transformers.utils import logging

    from classifier.ml.network import LABELS, Network
    from classifier.ml.training import tokenizer_of

    class Classifier(BertPreTrainedModel):
        """The category head of our network, in the form that the pipeline expects."""

        config_class = BertConfig

        def __init__(self, config: BertConfig, network: Network) -> None:
            super().__init__(config)
            self.network = network

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, **_: Any) -> SequenceClassifierOutput:
            return SequenceClassifierOutput(logits=self.network(input_ids, attention_mask)[0])

    logging.set_verbosity(logging.CRITICAL)  # the pipeline warns that our class isn't in its list
    config = network.encoder.config
    config.id2label = dict(enumerate(LABELS["category"]))
    config.label2id = {label: index for index, label in config.id2label.items()}
    config.num_labels = len(config.id2label)
    tokenizer: Any = tokenizer_of(str(folder))
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    tokenizer.model_max_length = 96
    classify = pipeline("text-classification", model=Classifier(config, network), tokenizer=tokenizer, device="cpu")
    split = bool(json.loads((folder / "config.json").read_text()).get("split_hashtags", False))
    return lambda text: classify(clean(text, split_hashtags=split), truncation=True)[0]["label"]
