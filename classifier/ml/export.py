"""Export of a trained network to the serving format: ONNX with int8 weights per channel."""

import tempfile
import warnings
from pathlib import Path

import torch

from classifier.ml import serving_graph
from classifier.ml.network import LABELS, Network

OUTPUTS = [*LABELS, "embedding", "location"]


def export(network: Network, path: Path) -> None:
    """Write the int8 ONNX file.

    Arguments:
        network: in any mode; left in evaluation mode.
        path: of the file to write.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter warns that it is deprecated
        full = Path(folder) / "model.onnx"
        export_float(network, full)
        # Per channel, 98.5 % of labels agree with fp32; per tensor, 97 %. The answer layers stay fp32: they are a
        # thousandth of the work, and their errors change answers directly. The word vectors are integers already.
        # No graph optimiser before: its fused attention is slower once quantised.
        quantize_dynamic(full, path, per_channel=True, weight_type=QuantType.QInt8, nodes_to_exclude=kept_nodes(full))


def export_float(network: Network, path: Path) -> None:
    """Write the fp32 ONNX file, with dynamic batch size and length."""
    network.eval()
    served = serving_graph.ServingNetwork(network) if serving_graph.fits(network) else network
    served.eval()
    ids = torch.ones(2, 8, dtype=torch.long)
    axes = {0: "batch", 1: "tokens"}
    torch.onnx.export(
        served,
        (ids, ids),
        str(path),
        input_names=["input_ids", "attention_mask"],
        output_names=OUTPUTS,
        dynamic_axes={
            "input_ids": axes,
            "attention_mask": axes,
            "location": axes,
            **{name: {0: "batch"} for name in OUTPUTS if name != "location"},
        },
        opset_version=17,
        dynamo=False,
    )


def kept_nodes(path: Path) -> list[str]:
    """The nodes of heads, tagger and words, as named by the quantiser, which first turns each Gemm into a MatMul."""
    import onnx

    graph = onnx.load(str(path), load_external_data=False).graph
    parts = ("heads.", "tagger.", "words.")
    named = [n for n in graph.node if "/tagger" in n.name or any(i.startswith(parts) for i in n.input)]
    return [name for node in named for name in (node.name, f"{node.name}_MatMul")]
