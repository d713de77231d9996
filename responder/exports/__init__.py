"""Posts that pass a filter, as files: the same rows as the list, masked, marked, a page at a time."""

from responder.exports.kinds import KINDS, Kind
from responder.exports.stream import Export, prepare

__all__ = ["KINDS", "Export", "Kind", "prepare"]
