"""Speed, side by side in one run: the runtime that serves against `transformers.pipeline` on the same model.

The torch model is rebuilt from the served int8 file by dequantising its weights, so that both sides really run the
same model; the share of equal labels is part of the result. Needs the training extra.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from classifier.ml.runtime import Runtime
from classifier.ml.text import clean

CHUNK = 256
_runtime: Runtime | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """Texts per second of each path, on the same texts, and how often both pick the same category.

    Arguments:
        ours: `processes` processes of the serving runtime, one thread each.
        one_process: a single one of them.
        pipeline: transformers.pipeline, one text at a time, on all cores.
        agreement: share of texts with the same most probable category.
    """

    texts: int
    pipeline_texts: int
    processes: int
    ours: float
    one_process: float
    pipeline: float
    agreement: float

    @property
    def ratio(self) -> float:
        return self.ours / self.pipeline


def run(folder: Path, texts: Sequence[str], *, processes: int = 2, pipeline_texts: int = 400) -> Result:
    """Time both paths.

    Arguments:
        folder: the model.
        texts: at least `pipeline_texts`; the pipeline gets the first of them, as it is slow.
        processes: how many the serving path uses.
    """
    sample = list(texts[:pipeline_texts])
    runtime = Runtime.load(folder)
    one = _rate(lambda: runtime.predict(texts), len(texts))
    ours = _ours(folder, texts, processes)
    classify = _pipeline(folder)
    classify(sample[0])
    said: list[str] = []
    slow = _rate(lambda: said.extend(classify(text)[0]["label"] for text in sample), len(sample))
    served = [max(a.categories, key=a.categories.__getitem__) for a in runtime.predict(sample)]
    agreement = float(np.mean([a == b for a, b in zip(said, served, strict=True)]))
    return Result(len(texts), len(sample), processes, ours, one, slow, agreement)


def _rate(work: Any, count: int) -> float:
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def _ours(folder: Path, texts: Sequence[str], processes: int) -> float:
    chunks = [list(texts[i : i + CHUNK]) for i in range(0, len(texts), CHUNK)]
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_start, initargs=(folder,)
    ) as pool:
        list(pool.map(_chunk, [["warm-up"]] * processes * 4))
        return _rate(lambda: list(pool.map(_chunk, chunks)), len(texts))


def _start(folder: Path) -> None:
    global _runtime
    _runtime = Runtime.load(folder)


def _chunk(texts: list[str]) -> int:
    assert _runtime is not None
    return len(_runtime.predict(texts))


def _pipeline(folder: Path) -> Any:
    """transformers' pipeline over a BertForSequenceClassification-like model with the served weights."""
    import torch
    from transformers import AutoTokenizer, pipeline
    from transformers.modeling_outputs import SequenceClassifierOutput
    from transformers.models.bert import BertConfig, BertPreTrainedModel

    from classifier.ml.network import LABELS, Network, packaged_base

    class Classifier(BertPreTrainedModel):
        """The category answer of our network, in the shape that the pipeline expects."""

        config_class = BertConfig

        def __init__(self, config: BertConfig, network: Network) -> None:
            super().__init__(config)
            self.network = network

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, **_: Any) -> SequenceClassifierOutput:
            return SequenceClassifierOutput(logits=self.network(input_ids, attention_mask)[0])

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
    return lambda text: classify(clean(text), truncation=True)


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
