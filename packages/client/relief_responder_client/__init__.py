"""Python client of the Responder API, typed, synchronous and asynchronous; and its model without the server.

from relief_responder_client import Client

with Client("https://responder.example", token="rsp_…") as client:
    print(client.predict("We need water in Beira").category.label)

`LocalModel` classifies on this machine, and `Model` answers the classes of a model alone, as scikit-learn's classifiers do.
Both need `pip install 'relief-responder-client[model]'` and a model's folder.
"""

from typing import TYPE_CHECKING, Any

from relief_responder_client.aio import AsyncClient
from relief_responder_client.errors import ApiError, ClientError, NotReachable, RateLimited
from relief_responder_client.shapes import (
    Comment,
    Explanation,
    Feedback,
    Incident,
    Job,
    Message,
    ModelInfo,
    Post,
    Prediction,
)
from relief_responder_client.sync import Client

if TYPE_CHECKING:
    from relief_responder_client.local import LocalModel, Model

__all__ = [
    "ApiError",
    "AsyncClient",
    "Client",
    "ClientError",
    "Comment",
    "Explanation",
    "Feedback",
    "Incident",
    "Job",
    "LocalModel",
    "Message",
    "Model",
    "ModelInfo",
    "NotReachable",
    "Post",
    "Prediction",
    "RateLimited",
]


def __getattr__(name: str) -> Any:
    """Import the model only for those who use it: the client alone needs neither onnxruntime nor numpy."""
    if name in ("LocalModel", "Model"):
        from relief_responder_client import local

        return getattr(local, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
