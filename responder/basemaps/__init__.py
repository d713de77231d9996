"""Base maps: files of vector tiles that this installation serves itself, and addresses of pictures that others serve.

See docs/adr/0046-base-maps.md.
"""

from responder.basemaps.adding import limit, read_folder, upload
from responder.basemaps.archive import BrokenArchive
from responder.basemaps.changing import add_address, find, move, remove, rename
from responder.basemaps.files import root, state
from responder.basemaps.sources import archive_of, files_for, picture_origins, shown

__all__ = [
    "BrokenArchive", "add_address", "archive_of", "files_for", "find", "limit", "move", "picture_origins", "read_folder", "remove", "rename",
    "root", "shown", "state", "upload",
]  # fmt: skip
