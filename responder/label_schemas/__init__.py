"""Label schemas as people change them: each change is a version that can be restored, and is audited.

How a schema comes to be shown:
1. `create` copies the shipped categories or another schema, or `upload` reads a file.
2. `add`, `change_category` and `rename` make new versions. Nothing that posts may have is ever removed.
3. `activate` shows it on all pages, in files and in the API; `use_shipped` goes back.
"""

from responder.label_schemas.changing import (
    activate,
    add,
    change_category,
    create,
    find,
    rename,
    restore,
    upload,
    use_shipped,
)
from responder.label_schemas.files import as_file, read_file

__all__ = [
    "activate",
    "add",
    "as_file",
    "change_category",
    "create",
    "find",
    "read_file",
    "rename",
    "restore",
    "upload",
    "use_shipped",
]
