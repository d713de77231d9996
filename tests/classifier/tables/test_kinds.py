"""What holds no rows is refused with what it is and what to do."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from classifier.tables import UnusableInput, read_rows, sources

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def packed(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def tarred() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.csv"))
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "PDF document"),
        (b"<!DOCTYPE html><html><body>", "web page"),
        (b"\n <html lang='en'>", "web page"),
        (b"<?xml version='1.0'?><kml>", "XML file"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\xff\xd8\xff\xe0", "image"),
        (b"RIFF\1\2\3\4WEBPVP8 ", "image"),
        (b"SQLite format 3\0\x10\0", "SQLite database"),
        (b"{\\rtf1\\ansi", "rich text"),
        (b"PAR1\x15\x04", "Parquet"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "7-Zip"),
        (b"Rar!\x1a\x07\x01", "RAR"),
        (tarred(), "tar archive"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        (OLE + "WordDocument".encode("utf-16-le"), "old Office document"),
        (OLE + "Workbook".encode("utf-16-le"), "not a valid"),
        (packed(**{"word/document.xml": "<w/>"}), "Word or PowerPoint"),
        (packed(**{"mimetype": "application/vnd.oasis.opendocument.text"}), "not a spreadsheet"),
        (packed(**{"xl/workbook.bin": "x"}), "xlsb"),
        (packed(**{"a.csv": "id,text\n", "b.csv": "id,text\n"}), "2 files"),
        (packed(**{"a.pdf": "x"}), "a.pdf"),
        (packed(**{"a.csv": "%PDF-1.4"}), "PDF document"),
        (packed(), "0 files"),
        (bytes(range(1, 9)) * 50, "neither text|not a valid xlsx workbook"),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a"])
def test_other_files_are_refused_by_their_content(tmp_path: Path, content: bytes, message: str, name: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnusableInput, match=message):
        list(read_rows(str(tmp_path / name)))


def test_one_text_file_in_an_archive_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(packed(**{"__MACOSX/._a.csv": "x", "folder/a.csv": "id;text\n1;a, b\n"}))
    assert list(read_rows(str(tmp_path / "a.zip"))) == [(2, {"id": "1", "text": "a, b"})]
    (tmp_path / "b.zip").write_bytes(packed(**{"a.jsonl": '{"text": "a"}\n'}))
    assert list(read_rows(str(tmp_path / "b.zip"))) == [(1, {"text": "a"})]


def test_an_archive_that_never_ends_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.zip").write_bytes(packed(**{"a.csv": "id,text\n" + "1,a\n" * 100_000}))
    monkeypatch.setattr(sources, "UNPACKED", 200_000)
    with pytest.raises(UnusableInput, match="once unpacked"):
        list(read_rows(str(tmp_path / "a.zip")))


def test_a_file_without_a_known_suffix_is_read_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "posts").write_text("id;text\n1;a\n")
    (tmp_path / "posts.dat").write_text('{"text": "a"}\n')
    assert list(read_rows(str(tmp_path / "posts"))) == [(2, {"id": "1", "text": "a"})]
    assert list(read_rows(str(tmp_path / "posts.dat"))) == [(1, {"text": "a"})]
