"""The model, its training, its releases and the prediction API."""

import os

# The ONNX runtime's wheel sends telemetry unless disabled; a relief operation's data must not leave unasked.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
