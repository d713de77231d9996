"""Rows of HXL tags, which say what each column of a table means (https://hxlstandard.org)."""

import re
from collections.abc import Sequence

TAG = re.compile(r"\s*#\s*([A-Za-z][A-Za-z0-9_]*)((?:\s*\+\s*[A-Za-z][A-Za-z0-9_]*)*)\s*")
HASHTAGS = frozenset(
    "access activity adm1 adm2 adm3 adm4 adm5 affected beneficiary capacity cause channel contact country crisis currency "
    "date delivery description event frequency geo group impact indicator inneed item loc meta modality need operations "
    "org output population reached region respondee sector service severity status subsector targeted value".split()
)


def normalised(cell: str) -> str:
    """Return the tag in lower case without spaces, such as `#loc+name`; empty if the cell has no tag."""
    match = TAG.fullmatch(cell)
    return "#" + "".join((match[1] + match[2]).split()).lower() if match else ""


def is_tag_row(cells: Sequence[str]) -> bool:
    """Whether all non-empty cells are tags, and at least one of them is in the standard.

    A post may consist of hashtags, so that in a table of one column only a tag with attributes counts.
    """
    tags = [normalised(cell) for cell in cells if cell.strip()]
    if not tags or not all(tags) or not any(_core(tag) in HASHTAGS for tag in tags):
        return False
    return len(tags) > 1 or "+" in tags[0] or tags[0] == "#description"


def _core(tag: str) -> str:
    return tag[1:].split("+", 1)[0]
