"""The way back from a served file to a network: weights are dequantised, so that both answer alike. Needs torch."""

from pathlib import Path
from typing import Any

import numpy as np


def network_of(folder: Path, dropout: float = 0.1) -> Any:
    """The network that the model in `folder` serves, in evaluation mode."""
    from classifier.ml.network import Network

    network = Network(str(folder), dropout)
    load_served_weights(network, folder / "model.int8.onnx")
    return network.eval()


def load_served_weights(network: Any, path: Path) -> None:
    """Put the dequantised weights of a served ONNX file into `network`, whatever the exporter called them."""
    import onnx
    import torch
    from onnx import numpy_helper

    from classifier.ml import serving_graph

    graph = onnx.load(str(path)).graph
    stored = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    renamed = _linear_names(graph)
    bits = 4 if "words.rows" in stored and stored["words.rows"].dtype == np.uint8 else 8
    served = serving_graph.ServingNetwork(network, word_bits=bits) if serving_graph.fits(network) else network
    state = served.state_dict()
    unused = ("pooler", "position_ids", "token_type_ids", "helpers")  # not on the way to our answers
    for name in state:
        array = _find(stored, renamed.get(name, name))
        if array is None and name.startswith("heads.informative"):  # the exporter keeps equal heads once
            array = _find(stored, name.replace("informative", "emergency"))
        if array is not None:
            # A Gemm that became a MatMul has its matrix turned, under the name that it had.
            array = array.T if array.shape != tuple(state[name].shape) else array
            state[name] = torch.tensor(np.ascontiguousarray(array), dtype=state[name].dtype)
        elif not any(part in name for part in unused):
            raise ValueError(f"the served file lacks {name}")
    served.load_state_dict(state)
    if served is not network:
        served.put_back(network)


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
    """The array as torch keeps it: linear layers are stored as (inputs, outputs), torch keeps (outputs, inputs)."""
    turned = "MatMul" in name or f"{name}_Transposed" in stored or f"{name}_Transposed_quantized" in stored
    for candidate in (name, f"{name}_Transposed"):
        if candidate in stored:
            return stored[candidate].T if turned else stored[candidate]
        if f"{candidate}_quantized" in stored:
            values, scale, zero = (stored[f"{candidate}_{part}"] for part in ("quantized", "scale", "zero_point"))
            array = (values.astype(np.float32) - zero.astype(np.float32)) * scale
            return array.T if turned else array
    return None
