"""Finds the header of a table below its title rows, and names its columns."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from classifier.tables import hxl
from classifier.tables.limits import COLUMN_LIMIT
from classifier.tables.rows import UnusableInput, column_named, counted

EMPTY = "The file is empty. It needs a header row and at least one row below it."
LOOKED_AT = 25  # rows that may stand before the header
TEXT_NAMES = (
    "text", "tweet_text", "full_text", "tweet", "message", "post", "content", "body", "comment", "description", "#description",
)  # fmt: skip
NAMES = frozenset(
    "text tweettext fulltext tweet message content body post comment description title id tweetid postid sourceid createdat "
    "timestamp time date datetime lang language latitude longitude lat lon lng author user username screenname label "
    "category classlabel event place location country url source".split()
)
INVISIBLE = re.compile("[\ufeff\u200b\u2060\u00ad]")
MARKS = "\u200c\u200d\u200e\u200f\u202a\u202b\u202c"


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a table.

    Arguments:
        names: of all columns; empty text for those to leave out, which have neither a name nor cells.
        given: the names that the file gives, without those that were made up.
        tags: column → HXL tag.
        records: how many records end with the header, its tags included.
        before: number of records before the header.
        trailing: whether rows may end with delimiters that begin no column.
        text: position of the column that most probably holds the text, or None.
        notes: sentences about generated names and skipped records.
    """

    names: tuple[str, ...]
    given: tuple[str, ...]
    tags: Mapping[str, str] = field(default_factory=dict)
    records: int = 1
    before: int = 0
    trailing: bool = False
    text: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def unnamed(self) -> tuple[str, ...]:
        """Columns with generated names. They are omitted from rows in which they are empty."""
        return tuple(name for name in self.names if name not in self.given)


def find(records: Sequence[Sequence[str]]) -> Header:
    """Find the header in the first records of a table. Raises UnusableInput."""
    if not any(_filled(cells) for cells in records):
        raise UnusableInput(EMPTY)
    at, tags_at = _positions(records)
    cells = records[at]
    if len(cells) > COLUMN_LIMIT:
        raise UnusableInput(f"The file has {len(cells):,} columns; the limit is {COLUMN_LIMIT:,}.")
    last = at if tags_at is None else tags_at
    return _named(records, at, tags_at, last + 1)


def clean(name: str) -> str:
    """Return the name of a column without surrounding space, line breaks, quotation marks and zero-width characters."""
    return " ".join(INVISIBLE.sub("", name).split()).strip(MARKS).strip(' "')


def _filled(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell.strip())


def _positions(records: Sequence[Sequence[str]]) -> tuple[int, int | None]:
    """Return the position of the header and of its HXL tags."""
    looked_at = records[:LOOKED_AT]
    for position, cells in enumerate(looked_at):
        if hxl.is_tag_row(cells):
            above = next((one for one in range(position - 1, -1, -1) if _filled(records[one])), None)
            named = above is not None and 2 * _filled(records[above]) >= _filled(cells)
            return (above if named and above is not None else position), position
    return _header_position(looked_at, _usual_width(records)), None


def _usual_width(records: Sequence[Sequence[str]]) -> int:
    widths = Counter(filled for cells in records if (filled := _filled(cells)) > 1)
    return widths.most_common(1)[0][0] if widths else 1


def _header_position(records: Sequence[Sequence[str]], width: int) -> int:
    filled = [position for position, cells in enumerate(records) if _filled(cells)]
    first = next((one for one in filled if not _is_title(records[one], width)), filled[0])
    if _known(records[first]):
        return first
    later = [one for one in filled if one > first and _filled(records[one]) > _filled(records[first])]
    return next((one for one in later if _known(records[one]) >= 2), first)


def _is_title(cells: Sequence[str], width: int) -> bool:
    return width > 1 and _filled(cells) == 1 and not _known(cells)


def _known(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if re.sub(r"[\W_]+", "", clean(cell).lower()) in NAMES)


def _named(records: Sequence[Sequence[str]], at: int, tags_at: int | None, following: int) -> Header:
    sample = records[following:]
    raw = [clean(cell) for cell in records[at]]
    width = len(raw)
    while (
        width > 1
        and not raw[width - 1]
        and not any(_cell(cells, width - 1) for cells in sample if len(cells) <= len(raw))
    ):
        width -= 1
    names, notes = _unique(raw[:width])
    given = tuple(name for name, cell in zip(names, raw, strict=False) if cell)
    tags = {}
    if tags_at is not None:
        row = records[tags_at]
        tags = {name: tag for name, cell in zip(names, row, strict=False) if (tag := hxl.normalised(cell))}
    if skipped := [cells for cells in records[:at] if _filled(cells)]:
        shown = " ".join(" ".join(skipped[0]).split())[:80]
        notes.insert(0, f"Skipped {counted(len(skipped), 'title or comment row')} before the header: “{shown}”.")
    return Header(
        names=names, given=given, tags=tags, records=following, before=at, trailing=width < len(raw),
        text=_text_position(names, tags, sample), notes=tuple(notes),
    )  # fmt: skip


def _cell(cells: Sequence[str], position: int) -> str:
    return cells[position].strip() if position < len(cells) else ""


def _unique(raw: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    taken, names, notes = set(filter(None, raw)), list[str](), list[str]()
    for position, name in enumerate(raw, 1):
        chosen = name or f"column {position}"
        if chosen in names or (not name and chosen in taken):
            number = 2
            while (chosen_again := f"{chosen} {number}") in taken or chosen_again in names:
                number += 1
            if name:
                notes.append(f"Two columns are named “{name[:60]}”; the later one is read as “{chosen_again[:64]}”.")
            chosen = chosen_again
        names.append(chosen)
    return tuple(names), notes[:20]


def _text_position(names: Sequence[str], tags: Mapping[str, str], sample: Sequence[Sequence[str]]) -> int | None:
    for name, tag in tags.items():
        if tag.startswith("#description"):
            return names.index(name)
    for wanted in TEXT_NAMES:
        if found := column_named(names, wanted):
            return names.index(found)
    lengths = [sum(len(cells[one]) for cells in sample if one < len(cells)) for one in range(len(names))]
    longest = max(range(len(names)), key=lengths.__getitem__)
    return longest if lengths[longest] else None
