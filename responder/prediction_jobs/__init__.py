"""Prediction jobs: uploaded files of texts that the queue classifies in chunks.

How a file travels:
1. `accept` writes it to the disk, then its row and the queue's message in one transaction.
2. `run` claims the row for a while and answers chunk after chunk. A chunk's answers become a file under the chunk's
   number; then its row says so. What is done twice gives the same file again, so a kill costs one chunk.
3. After some chunks it lets others have their turn, and is woken again; `wake` finds rows whose message or process died.
4. `results` streams the chunks' files in order; `forget` removes what has expired.
"""

from responder.prediction_jobs.accepting import FORMATS, accept, bounds
from responder.prediction_jobs.keeping import delete, find, forget, owned_by
from responder.prediction_jobs.results import CONTENT_TYPES, response, results
from responder.prediction_jobs.running import run, wake

__all__ = [
    "CONTENT_TYPES",
    "FORMATS",
    "accept",
    "bounds",
    "delete",
    "find",
    "forget",
    "owned_by",
    "response",
    "results",
    "run",
    "wake",
]
