"""Recognises file types by their first bytes, and rejects unsupported ones with advice."""

import re
import zipfile
from dataclasses import dataclass

from classifier.tables.rows import UnusableInput

TABLE_ADVICE = "Save it as CSV or Excel (.xlsx) first."
# Signature → what the file is and what to do. Only signatures that no text file has, or markup.
REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document. Copy its table into a spreadsheet and save it as CSV or Excel (.xlsx)."),
    (b"{\\rtf", f"a rich text document. {TABLE_ADVICE}"),
    (b"\x89PNG\r\n", "an image. Type the posts into a spreadsheet, or send their text."),
    (b"\xff\xd8\xff", "an image. Type the posts into a spreadsheet, or send their text."),
    (b"GIF8", "an image. Type the posts into a spreadsheet, or send their text."),
    (b"SQLite format 3\0", "a SQLite database. Export the table as CSV first."),
    (b"PAR1", "a Parquet file. Export it as CSV first."),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive. Unpack it and send the file in it."),
    (b"Rar!\x1a\x07", "a RAR archive. Unpack it and send the file in it."),
    (b"BZh", "a bzip2 archive. Unpack it, or pack it with gzip or zip."),
    (b"\xfd7zXZ\0", "an xz archive. Unpack it, or pack it with gzip or zip."),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive. Unpack it, or pack it with gzip or zip."),
    (b"\x7fELF", "a program, not a table."),
    (b"MZ\x90\0", "a program, not a table."),
)
MARKUP: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"<!doctype html|<html|<head|<body|<table", re.I), f"a web page. {TABLE_ADVICE}"),
    (re.compile(rb"<\?xml|<kml|<rss|<feed", re.I), f"an XML file. {TABLE_ADVICE}"),
)
CONTROLS = re.compile("[\1-\b\x0e-\x1a\x1c-\x1f\x7f]")  # rare in any text
MOST_CONTROLS = 20  # at most one in this many characters
OLE, GZIP, ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06")
OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."
TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".tab", ".ndjson", ".jsonl", ".json", ".geojson", ".js")


@dataclass(frozen=True, slots=True)
class Packed:
    """What a ZIP file is.

    Arguments:
        form: xlsx or ods, or empty for an archive.
        member: the one text file in an archive.
    """

    form: str = ""
    member: str = ""


def refuse(name: str, start: bytes) -> None:
    """Raise UnusableInput if the file has the signature of a file without rows."""
    for beginning, what in REFUSED:
        if start.startswith(beginning):
            raise UnusableInput(f"{name} is {what}")
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        raise UnusableInput(f"{name} is an image. Type the posts into a spreadsheet, or send their text.")
    if start[257:262] == b"ustar":
        raise UnusableInput(f"{name} is a tar archive. Unpack it and send the file in it.")
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    for pattern, what in MARKUP:
        if pattern.match(text):
            raise UnusableInput(f"{name} is {what}")


def refuse_binary(name: str, sample: str) -> None:
    """Raise UnusableInput if the decoded content is not text."""
    controls = len(CONTROLS.findall(sample))
    if controls > 1 and controls * MOST_CONTROLS > len(sample):
        raise UnusableInput(f"{name} is neither text nor another supported file type. {TABLE_ADVICE}")


def form_of_ole(name: str, content: bytes) -> str:
    """Return xls for an old Excel workbook. Raises UnusableInput for encrypted workbooks and other documents."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise UnusableInput(f"{name} is password-protected. Remove the password in Excel and save it again.")
    if any(stream.encode("utf-16-le") in content for stream in ("Workbook", "Book")):
        return "xls"
    raise UnusableInput(f"{name} is an old Office document, not a table. {TABLE_ADVICE}")


def contents_of_zip(name: str, archive: zipfile.ZipFile) -> Packed:
    """Return what the ZIP file contains. Raises UnusableInput for unsupported content."""
    names = archive.namelist()
    if "xl/workbook.xml" in names:
        return Packed(form="xlsx")
    if "xl/workbook.bin" in names:
        raise UnusableInput(f"{name} is a binary Excel workbook (.xlsb). Save it as .xlsx.")
    if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
        kind = archive.read("mimetype")
        if kind.startswith(OPEN_DOCUMENT + b"spreadsheet"):
            return Packed(form="ods")
        if kind.startswith(OPEN_DOCUMENT):
            raise UnusableInput(f"{name} is an OpenDocument file, but not a spreadsheet. {TABLE_ADVICE}")
    if any(one.startswith(("word/", "ppt/")) for one in names):
        raise UnusableInput(f"{name} is a Word or PowerPoint document. {TABLE_ADVICE}")
    files = [one for one in names if not one.endswith("/") and not _hidden(one)]
    if len(files) == 1 and files[0].lower().endswith(TEXT_SUFFIXES):
        return Packed(member=files[0])
    if len(files) == 1:
        raise UnusableInput(f"{name} is an archive that contains {files[0][:100]!r}. Unpack it and send that file.")
    shown = ", ".join(one[:60] for one in files[:5])
    raise UnusableInput(
        f"{name} is an archive that contains {len(files):,} files ({shown}). Unpack it and send them one by one."
    )


def _hidden(member: str) -> bool:
    return member.startswith("__MACOSX/") or member.rsplit("/", 1)[-1].startswith(".")
