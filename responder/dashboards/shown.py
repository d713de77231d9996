"""The contents of a panel: a sentence, a note, a table that can be downloaded, and the chart."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from responder import spreadsheets
from responder.queries.filters import Filter

Cell = str | int | float | None
TOO_FEW = 10  # fewest observations for a percentage, median or trend


@dataclass(frozen=True, slots=True)
class Series:
    """One row of a chart: `token` names its colour in the page's tokens."""

    token: str
    label: str
    values: Sequence[float | None]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of a panel.

    Arguments:
        kind: `stack` (bars, stacked), `line`, or `across` (bars from left to right).
        time: whether the labels are the bars of time, which then carry the annotations.
        target: (value, words) of a line to compare with.
        unit: that readouts append.
    """

    kind: str
    labels: Sequence[str]
    series: Sequence[Series]
    time: bool = True
    target: tuple[float, str] | None = None
    unit: str = ""
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Legend:
    token: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A key figure: its value, how it changed, what it should be, and its course over time."""

    key: str
    label: str
    value: str
    change: str
    target: str
    met: bool | None
    spark: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class PanelContent:
    """The content of a panel: headline, table and chart.

    Arguments:
        head, rows: the table, in words for people. `file_head`, `file_rows`: the same for machines, where they differ.
        heat: whether the table itself is the picture, shaded by its counts.
        drill: for each row, the filters of the posts that its cells after the first count.
    """

    headline: str
    note: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    chart: Chart | None = None
    legend: Sequence[Legend] = ()
    tiles: Sequence[Tile] = ()
    file_head: Sequence[str] = ()
    file_rows: Sequence[Sequence[Cell]] = field(default=())
    heat: bool = False
    drill: Sequence[Sequence[Filter]] = ()

    def table(self) -> list[Sequence[Cell]]:
        """Head and rows for machines."""
        return [self.file_head or self.head, *(self.file_rows or self.rows)]

    def file(self) -> list[list[Cell]]:
        """Return the header and rows of the CSV file, without cells that start a formula."""
        return [[spreadsheets.safe(cell) for cell in row] for row in self.table()]


def share(part: int, whole: int) -> str:
    """`62 %`; with too few to say, the counts themselves."""
    return f"{round(100 * part / whole)}\u202f%" if whole >= TOO_FEW else f"{part} of {whole}"
