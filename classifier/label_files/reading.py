"""Reads a label file, or a folder of HumAID's, item by item and in bounded memory."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from classifier.label_files import formats, humaid, tabular
from classifier.label_files.rows import Item
from classifier.tables import FORMATS, BadRow, Reading, Row, UnusableInput, open_table

LOOKED_AT = 100  # rows, to find the format and the columns
MOST_ROWS = 500_000
NAMES_SHOWN = 500  # characters of a file's column names in a message


@dataclass(frozen=True, slots=True)
class Options:
    """How a label file is read.

    Arguments:
        form: one of `formats.FORMATS`; empty: by its suffix and content.
        columns: our column → that of the file, where it isn't the usual one.
    """

    form: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


class UnclearColumns(UnusableInput):
    """The column of the text or of the label can't be told.

    Arguments:
        names: columns of the file, to choose from.
    """

    def __init__(self, message: str, names: list[str]) -> None:
        super().__init__(message)
        self.names = names


class LabelFile:
    """An open label file. `form`, `names` and `columns` say how it is understood.

    Raises UnusableInput where the file can't be read or has no column for the text or the label.
    """

    def __init__(self, path: str, options: Options) -> None:
        if options.form and options.form not in formats.FORMATS:
            raise UnusableInput(
                f"The format {options.form[:20]!r} is unknown. Use one of: {', '.join(formats.FORMATS)}."
            )
        unknown = [name for name in options.columns if name not in tabular.COLUMNS]
        if unknown:
            raise UnusableInput(
                f"There is no column {unknown[0][:40]!r}. Those with a meaning are: {', '.join(tabular.COLUMNS)}."
            )
        self.reading: Reading | None = None
        self.names: list[str] = []
        self.columns: dict[str, str] = {}
        self._opened = ExitStack()
        self._rows: Iterator[tuple[int, Row | BadRow]] = iter(())
        self._parts: Iterator[Item] | None = None
        if Path(path).is_dir() or options.form == "humaid":
            self.form = "humaid"
            self._parts = humaid.items(Path(path))
            return
        with ExitStack() as opened:
            table = opened.enter_context(open_table(path, form=options.form if options.form in FORMATS else None))
            rows = table.rows()
            first = list(islice(rows, LOOKED_AT))
            self.reading = table.reading
            self.form = options.form or _detected(table.reading.form, first)
            if self.form not in formats.TOOLS:
                self._find_columns(first, options.columns)
            self._rows = chain(first, rows)
            self._opened = opened.pop_all()

    def __enter__(self) -> "LabelFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def items(self) -> Iterator[Item]:
        """Yield what each row says, once. Rows beyond MOST_ROWS are named by one BadRow and not read."""
        if self._parts is not None:
            yield from self._parts
            return
        for number, (line, row) in enumerate(self._rows):
            if number >= MOST_ROWS:
                yield BadRow(line, f"A file can have at most {MOST_ROWS:,} rows. Split it: the rest was not read.")
                return
            if isinstance(row, BadRow):
                yield row
                continue
            lost = next((repair for repair in row.repairs if repair.lossy), None)
            if lost is not None:
                yield BadRow(line, lost.detail)
                continue
            yield from formats.items(self.form, line, row, self.columns)

    def _find_columns(self, first: list[tuple[int, Row | BadRow]], chosen: Mapping[str, str]) -> None:
        good = [row for _line, row in first if not isinstance(row, BadRow)]
        if not good:
            raise UnusableInput(_no_rows(first))
        self.names = list(dict.fromkeys(str(name) for row in good for name in row))
        self.columns = tabular.find_columns(self.names, chosen)
        for name in ("text", "label", *chosen):
            if name not in self.columns:
                known = ", ".join(self.names)[:NAMES_SHOWN]
                column_name = chosen.get(name, "")
                problem = f"no column {column_name[:60]!r}" if column_name else f"no column for the {name}"
                raise UnclearColumns(
                    f"There is {problem}. Choose one with --column {name}=NAME. The file has: {known}.", self.names
                )


def _detected(form: str, first: list[tuple[int, Row | BadRow]]) -> str:
    """The format of the first rows: that of a tool where they look like it."""
    if form in ("ndjson", "json"):
        for _line, row in first:
            if not isinstance(row, BadRow) and (tool := formats.detect(row)):
                return tool
    return form


def _no_rows(first: list[tuple[int, Row | BadRow]]) -> str:
    if not first:
        return "The file has no rows."
    return f"None of the first {len(first)} rows could be read. The first error: {first[0][1]}"
