"""Exports: posts that pass a filter, as files with the same masked rows as the list.

`prepare` streams an export at once; `ask` queues a long one, which `owned_by`, `find`, `response` and `delete` handle.
"""

from responder.exports.background import ask, run, wake
from responder.exports.keeping import delete, find, forget, owned_by, response, rewrite, size_of, take_out
from responder.exports.kinds import INCIDENT_KINDS, KINDS, Kind
from responder.exports.limits import TooManyExports, respond
from responder.exports.stream import Export, TooLong, prepare, prepare_incidents

__all__ = [
    "INCIDENT_KINDS",
    "KINDS",
    "Export",
    "Kind",
    "TooLong",
    "TooManyExports",
    "ask",
    "delete",
    "find",
    "forget",
    "owned_by",
    "prepare",
    "prepare_incidents",
    "respond",
    "response",
    "rewrite",
    "run",
    "size_of",
    "take_out",
    "wake",
]
