"""The model, its training, its releases and the prediction API."""

import os

# The ONNX runtime's wheel reports to its maker unless told not to: nothing of a relief operation leaves by itself.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
