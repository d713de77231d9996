"""Python client of the partner API: typed, synchronous and asynchronous. Imports neither Django nor the model.

from responder.client import Client

with Client("https://responder.example", token="rsp_…") as client:
    for prediction in client.predict_stream(texts, progress=True):
        print(prediction.category.label, prediction.category.probability)
"""

from responder.client.aio import AsyncClient
from responder.client.errors import ApiError, ClientError, NotReachable, RateLimited
from responder.client.shapes import (
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
from responder.client.sync import Client

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
    "Message",
    "ModelInfo",
    "NotReachable",
    "Post",
    "Prediction",
    "RateLimited",
]
