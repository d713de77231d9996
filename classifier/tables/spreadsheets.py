"""Reads the rows of workbooks: xlsx, xls and ods."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

from classifier.tables import headers
from classifier.tables.fitting import fitted
from classifier.tables.headers import Header
from classifier.tables.limits import LINE_LIMIT, SAMPLE_LINES
from classifier.tables.reading import Reading, Rows, Table
from classifier.tables.rows import BadRow, UnusableInput
from classifier.tables.sources import Source

PROGRAM = Path(__file__).with_name("sheet_process.py")
LARGEST = 200_000_000  # bytes of a workbook
UNPACKED = 400_000_000  # bytes of what is packed in it
MEMBERS = 10_000
ADVICE = "Save the sheet as CSV and send that."
ERRORS = {
    "password": "{name} is password-protected. Remove the password and save it again.",
    "size": "{name} is too large for a workbook. " + ADVICE,
    "damaged": "{name} is not a valid workbook: {reason}. Open it in a spreadsheet program and save it again.",
}
Cells = tuple[int, list[str] | None]


@contextmanager
def open_table(source: Source) -> Iterator[Table]:
    """Open a workbook and yield the rows of its first sheet with a table. Raises UnusableInput."""
    _require_moderate(source)
    command = [sys.executable, "-I", str(PROGRAM), str(Path(source.path).absolute())]
    with subprocess.Popen(  # noqa: S603 - our own program, and a path that is one argument
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        try:
            about = _message(source, process.stdout)
            notes = _notes(about)
            cells = _cells(source, process.stdout)
            first = list(islice(cells, SAMPLE_LINES // 2))
            header = headers.find([found or [] for _, found in first])
            before = first[header.before][0] - 1
            reading = Reading(
                form=source.workbook, header=header.given, hxl=header.tags, skipped=before, notes=notes + header.notes
            )
            yield Table(reading, _rows(chain(first[header.records :], cells), header))
        finally:
            process.kill()


def _require_moderate(source: Source) -> None:
    """Raise UnusableInput for a workbook that is too large, compressed or uncompressed."""
    size = Path(source.path).stat().st_size
    if source.workbook != "xls":
        try:
            with zipfile.ZipFile(source.path) as archive:
                members = archive.infolist()
        except (OSError, zipfile.BadZipFile) as error:
            raise UnusableInput(ERRORS["damaged"].format(name=source.name, reason=error)) from error
        if any(member.flag_bits & 1 for member in members):
            raise UnusableInput(ERRORS["password"].format(name=source.name))
        if len(members) > MEMBERS or sum(member.file_size for member in members) > UNPACKED:
            raise UnusableInput(ERRORS["size"].format(name=source.name))
    if size > LARGEST:
        raise UnusableInput(ERRORS["size"].format(name=source.name))


def _message(source: Source, stream: IO[str]) -> Any:
    """Return the next line of the process's output. Raises UnusableInput if it reports an error or ends early."""
    line = stream.readline()
    if not line.endswith("\n"):  # the process was stopped because it exceeded a limit
        raise UnusableInput(ERRORS["size"].format(name=source.name))
    said = json.loads(line)
    if isinstance(said, dict) and "error" in said:
        raise UnusableInput(ERRORS[said["error"]].format(name=source.name, reason=said.get("reason", "")))
    return said


def _cells(source: Source, stream: IO[str]) -> Iterator[Cells]:
    while (said := _message(source, stream)) is not None:
        yield said[0], said[1]


def _notes(about: dict[str, Any]) -> tuple[str, ...]:
    if not about["others"]:
        return ()
    shown = ", ".join(f"“{name[:40]}”" for name in about["others"][:10])
    return (f"Only the sheet “{about['sheet'][:40]}” was read. The other sheets are: {shown}.",)


def _rows(cells: Iterator[Cells], header: Header) -> Rows:
    for line, found in cells:
        if found is None:
            yield line, BadRow(line, f"The row has more than {LINE_LIMIT:,} characters.")
        elif any(map(str.strip, found)):
            yield line, fitted(line, found, header, [], grid=True)
