"""Sessions of ONNX Runtime, and texts as their inputs."""

from collections.abc import Sequence

import numpy as np
import onnxruntime


def session_options(threads: int) -> onnxruntime.SessionOptions:
    """The options of every session: so many threads for one batch, and none that wait busily."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Spinning threads would burn the core that the web process needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def padded(ids: Sequence[Sequence[int]]) -> dict[str, np.ndarray]:
    """Token ids of texts as the graph's inputs, padded to the longest."""
    width = max(len(row) for row in ids)
    tokens = np.zeros((len(ids), width), dtype=np.int64)
    mask = np.zeros((len(ids), width), dtype=np.int64)
    for i, row in enumerate(ids):
        tokens[i, : len(row)] = row
        mask[i, : len(row)] = 1
    return {"input_ids": tokens, "attention_mask": mask}
