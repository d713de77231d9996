"""The served file: an encoder in int8 with a linear layer for the classes on its normalised embedding.

The layer is added to the encoder's own graph. A frozen encoder of the product keeps its other answers this way, to the
bit, and the classes cost nothing beside them.
"""

import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

EMBEDDING, CLASSES = "embedding", "classes"
EPSILON = 1e-12  # of the normalisation, which has neither scale nor bias

Floats = NDArray[np.floating[Any]]


def normalised(embeddings: Floats) -> Floats:
    """Embeddings with mean 0 and variance 1 each, as the layer reads them; shape (n, width) in and out."""
    centred = embeddings.astype(np.float64) - embeddings.mean(1, keepdims=True, dtype=np.float64)
    return np.asarray(centred / np.sqrt(centred.var(1, keepdims=True) + EPSILON), dtype=np.float32)


def add_classes(source: Path, target: Path, weight: Floats, bias: Floats) -> None:
    """Write the graph of `source` with the output `classes`: logits of the linear layer.

    Arguments:
        source: a graph with the output `embedding`.
        weight, bias: shapes (classes, width) and (classes,).
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(str(source))
    graph = model.graph
    _drop(graph, CLASSES)
    width = weight.shape[1]
    constants = {"classes.weight": weight.T, "classes.bias": bias, "classes.ones": np.ones(width)}
    graph.initializer.extend(
        numpy_helper.from_array(np.ascontiguousarray(values, dtype=np.float32), name)
        for name, values in constants.items()
    )
    graph.node.extend(
        [
            helper.make_node(
                "LayerNormalization", [EMBEDDING, "classes.ones"], ["classes.normalised"], name="/classes/normalise",
                axis=-1, epsilon=EPSILON,
            ),
            helper.make_node("MatMul", ["classes.normalised", "classes.weight"], ["classes.product"], name="/classes/multiply"),
            helper.make_node("Add", ["classes.product", "classes.bias"], [CLASSES], name="/classes/add"),
        ]
    )  # fmt: skip
    graph.output.append(helper.make_tensor_value_info(CLASSES, TensorProto.FLOAT, ["batch", len(bias)]))
    onnx.checker.check_model(model)
    onnx.save(model, str(target))


def _drop(graph: Any, output: str) -> None:
    """Remove the classes of an earlier training from a graph that is built on again."""
    for kind in ("node", "initializer", "output"):
        items = getattr(graph, kind)
        kept = [item for item in items if not _is_of(item, output, kind)]
        del items[:]
        items.extend(kept)


def _is_of(item: Any, output: str, kind: str) -> bool:
    name = item.name or ""
    return name.startswith(f"/{output}/") if kind == "node" else name == output or name.startswith(f"{output}.")


def export_encoder(network: Any, target: Path) -> None:
    """Write an encoder as int8 with the single output `embedding`. Needs torch.

    Arguments:
        network: a `classifier.ml.network.Network`; its heads are left out.
    """
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    from classifier.ml import export, serving_graph
    from classifier.ml.network import LABELS

    network.eval()
    whole: Any = serving_graph.ServingNetwork(network) if serving_graph.fits(network) else network
    whole.eval()
    answers = whole.forward
    whole.forward = lambda ids, mask: answers(ids, mask)[len(LABELS)]
    ids = torch.ones(2, 8, dtype=torch.long)
    axes = {0: "batch", 1: "tokens"}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter warns that it is deprecated
        full = Path(folder) / "model.onnx"
        torch.onnx.export(
            whole, (ids, ids), str(full), input_names=["input_ids", "attention_mask"], output_names=[EMBEDDING],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, EMBEDDING: {0: "batch"}}, opset_version=17, dynamo=False,
        )  # fmt: skip
        kept = export.kept_nodes(full)
        quantize_dynamic(full, target, per_channel=True, weight_type=QuantType.QInt8, nodes_to_exclude=kept)
    whole.forward = answers
